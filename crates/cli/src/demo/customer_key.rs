//! What identifies a customer, before it is known to be one.

use std::fmt;

use super::chance::{Draws, Stream};
use super::names::CompanyName;
use super::world::World;

/// Identifies a customer: numbers below [`World::legacy`] are from before the
/// first deal, the others are the number of the deal that won the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CustomerKey(pub(super) u64);

impl CustomerKey {
    /// The key of the customer, or would-be customer, of a deal.
    pub(super) fn of_deal(world: &World, deal: u64) -> Self {
        Self(world.legacy + deal)
    }

    /// How many keys there are; not each is a customer.
    pub(super) fn count(world: &World) -> u64 {
        world.legacy + world.deals
    }

    /// The name of the company, which is known before it is a customer.
    pub(super) fn company(self, world: &World) -> CompanyName {
        CompanyName::drawn(&mut Draws::of(world.seed, Stream::Company, self.0))
    }
}

impl fmt::Display for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C-{}", 10_000 + self.0)
    }
}
