//! The deals by their numbers.

use super::chance::{Draws, Stream};
use super::customer::Customer;
use super::deal::{Deal, Kind, Party, kind, newcomer};
use super::world::World;

/// The deal of this number: with a newcomer, or with a customer whom an earlier deal won.
pub(super) fn deal(world: &World, number: u64) -> Deal {
    let mut draws = Draws::of(world.seed, Stream::Deal, number);
    let kind = kind(&mut draws);
    let created = world.timeline.day_of(number, world.deals);
    let customer = match kind {
        Kind::New => None,
        Kind::Upsell | Kind::Renewal => Customer::some(world, created, &mut draws),
    };
    let party = match customer {
        Some(Customer { key, segment, region, source, .. }) => {
            Party { customer: Some(key), segment, region, source }
        }
        None => newcomer(&mut draws),
    };
    Deal::with(world, number, kind, created, party, &mut draws)
}
