//! A customer from its key: the deal that won it, or a number from before.

use super::chance::{AMOUNTS, Draws, Stream};
use super::company::{PLANS, REGION_WEIGHTS, SOURCES, Segment};
use super::customer_key::CustomerKey;
use super::deal::Deal;
use super::timeline::{Day, months_before, workday};
use super::world::{LEGACY_MONTHS, World};

/// From a first to a last day as a customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) started: Day,
    pub(super) ended: Option<Day>,
}

/// A customer.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) key: CustomerKey,
    pub(super) segment: Segment,
    pub(super) region: usize,
    pub(super) source: usize,
    pub(super) campaign: Option<usize>,
    pub(super) plan: usize,
    /// What the first year was sold for.
    pub(super) cents: i64,
    pub(super) life: Life,
    /// The second life of one who left and came back.
    pub(super) returned: Option<Life>,
}

/// Of a thousand customers who left, how many come back.
const RETURNING: u32 = 150;

impl Customer {
    /// The customer of this key, if it is one.
    pub(super) fn of(world: &World, key: CustomerKey) -> Option<Self> {
        if let Some(number) = key.0.checked_sub(world.legacy) {
            let (deal, started) = Deal::that_won_a_customer(world, number)?;
            let Deal { segment, region, source, campaign, cents, .. } = deal;
            return Some(Self::living(world, key, segment, region, source, campaign, cents, started));
        }
        let mut draws = Draws::of(world.seed, Stream::LegacyCustomer, key.0);
        let segment = Segment::ALL[draws.weighted(&Segment::WEIGHTS)];
        let region = draws.weighted(&REGION_WEIGHTS);
        let source = draws.weighted(&SOURCES.map(|(_, weight, _)| weight));
        let cents = draws.skewed(&AMOUNTS, segment.amount()) / 5_000 * 5_000;
        let first = months_before(world.timeline.start, LEGACY_MONTHS);
        let started = workday(first + draws.below((world.timeline.start - first - 2) as u64) as Day);
        Some(Self::living(world, key, segment, region, source, None, cents, started))
    }

    #[expect(clippy::too_many_arguments, reason = "they become the fields")]
    fn living(
        world: &World,
        key: CustomerKey,
        segment: Segment,
        region: usize,
        source: usize,
        campaign: Option<usize>,
        cents: i64,
        started: Day,
    ) -> Self {
        let mut draws = Draws::of(world.seed, Stream::CustomerLife, key.0);
        let plan = draws.weighted(match segment {
            Segment::Smb => &[70, 30, 0],
            Segment::MidMarket => &[5, 70, 25],
            Segment::Enterprise => &[0, 5, 95],
        });
        let life = Life { started, ended: world.end_of_life(plan, started, &mut draws) };
        let returned = match life.ended {
            Some(ended) if draws.per_mille(RETURNING) => {
                let started = workday(ended + draws.between(60, 270));
                (started < world.timeline.end)
                    .then(|| Life { started, ended: world.end_of_life(plan, started, &mut draws) })
            }
            _ => None,
        };
        Self { key, segment, region, source, campaign, plan, cents, life, returned }
    }

    /// The lives with the ids they have in the export: one who comes back is a
    /// new record.
    pub(super) fn lives(&self) -> impl Iterator<Item = (String, Life)> {
        let first = (self.key.to_string(), self.life);
        let second = self.returned.map(|life| (format!("{}-R", self.key), life));
        std::iter::once(first).chain(second)
    }

    /// What the customer pays per month, in cents.
    pub(super) fn monthly(&self) -> i64 {
        (self.cents / 12 / 100).max(25) * 100
    }

    /// The name of the plan.
    pub(super) fn plan_name(&self) -> &'static str {
        PLANS[self.plan].0
    }

    /// Some customer who is one on a day; `None` when chance finds none.
    pub(super) fn some(world: &World, day: Day, draws: &mut Draws) -> Option<Self> {
        let keys = world.legacy + world.timeline.rows_before(day, world.deals);
        (0..40).find_map(|_| {
            let customer = Self::of(world, CustomerKey(draws.below(keys)))?;
            let life = customer.life;
            (life.started < day && life.ended.is_none_or(|ended| ended > day)).then_some(customer)
        })
    }
}
