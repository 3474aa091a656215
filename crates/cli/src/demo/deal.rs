//! How a deal goes: what, how much, how long, and how it ends. It looks at no
//! other deal; `book` says with whom each is made.

use super::chance::{AMOUNTS, Draws, LENGTHS, Stream};
use super::company::{BOTTLENECK, PRODUCTS, REGION_WEIGHTS, SOURCES, STAGES, Segment};
use super::customer_key::CustomerKey;
use super::timeline::{Day, workday};
use super::world::World;

/// What a deal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    New,
    Upsell,
    Renewal,
}

/// How a deal stands on the day of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Won(Day),
    Lost(Day),
    Open,
}

/// A deal without its dirt.
#[derive(Clone, Debug)]
pub(super) struct Deal {
    pub(super) number: u64,
    pub(super) kind: Kind,
    /// The customer it is made with, if that is one already.
    pub(super) customer: Option<CustomerKey>,
    pub(super) segment: Segment,
    pub(super) region: usize,
    pub(super) rep: usize,
    pub(super) product: usize,
    pub(super) source: usize,
    pub(super) campaign: Option<usize>,
    pub(super) cents: i64,
    pub(super) created: Day,
    /// The days on which it entered the stages it has reached.
    pub(super) entered: [Day; STAGES.len()],
    /// How many stages it has reached, 1 or more.
    pub(super) reached: usize,
    pub(super) end: End,
}

/// Whom a deal is made with.
pub(super) struct Party {
    pub(super) customer: Option<CustomerKey>,
    pub(super) segment: Segment,
    pub(super) region: usize,
    pub(super) source: usize,
}

impl Deal {
    /// The deal of this number if it made a new customer, who then started on
    /// the day it was won.
    pub(super) fn that_won_a_customer(world: &World, number: u64) -> Option<(Self, Day)> {
        let mut draws = Draws::of(world.seed, Stream::Deal, number);
        let Kind::New = kind(&mut draws) else { return None };
        let created = world.timeline.day_of(number, world.deals);
        let party = newcomer(&mut draws);
        let deal = Self::with(world, number, Kind::New, created, party, &mut draws);
        match deal.end {
            End::Won(day) => Some((deal, day)),
            End::Lost(_) | End::Open => None,
        }
    }

    /// A deal of a kind with somebody.
    pub(super) fn with(
        world: &World,
        number: u64,
        kind: Kind,
        created: Day,
        party: Party,
        draws: &mut Draws,
    ) -> Self {
        let Party { customer, segment, region, source } = party;
        let rep = world.rep_for(region, segment, draws);
        let product = draws.weighted(&PRODUCTS.map(|(_, weight, _)| weight));
        let campaign = if draws.per_mille(450) { world.campaign_on(created, draws) } else { None };
        let won = draws.below(1_000) < chance_to_win(world, kind, segment, rep, source, campaign, created);

        let growth = 1_000 + 100 * i64::from(created - world.timeline.start) / 1_096;
        let share = match kind {
            Kind::New => 1_000,
            Kind::Upsell => 450,
            Kind::Renewal => 800,
        };
        let median = segment.amount() * PRODUCTS[product].2 / 1_000 * share / 1_000 * growth / 1_000;
        // Prices are round: to 50 units of currency, and now and then to the cent.
        let exact = draws.skewed(&AMOUNTS, median).max(5_000);
        let cents = if draws.per_mille(850) { exact / 5_000 * 5_000 } else { exact };

        let lost_in = if won { STAGES.len() - 1 } else { draws.weighted(&[36, 24, 25, 15]) };
        let stuck = draws.per_mille(12);
        let pace = world.reps[rep].pace * if created >= world.crm { 850 } else { 1_000 } / 1_000;
        let mut entered = [created; STAGES.len()];
        let mut day = created;
        let mut reached = 0;
        let mut ended = false;
        for (stage, first_day) in entered.iter_mut().enumerate().take(lost_in + 1) {
            if day >= world.timeline.end {
                break;
            }
            *first_day = day;
            reached = stage + 1;
            // Who does not say no is asked for a while before the deal is given up.
            let patience = if won || stage < lost_in || stage == BOTTLENECK { 1 } else { 2 };
            let times = if stage == BOTTLENECK { 15 } else { patience };
            // In hundredths of a day, so that short stages are not cut.
            let length = draws.skewed(&LENGTHS, segment.stage_days() * times * pace / 10);
            let days = ((length + 50) / 100).max(1) as Day;
            day = workday(day + days);
            ended = stage == lost_in && !stuck;
        }
        let end = match (ended && day < world.timeline.end, won) {
            (false, _) => End::Open,
            (true, true) => End::Won(day),
            (true, false) => End::Lost(day),
        };
        Self {
            number,
            kind,
            customer,
            segment,
            region,
            rep,
            product,
            source,
            campaign,
            cents,
            created,
            entered,
            reached,
            end,
        }
    }
}

/// What a deal is about, by chance.
pub(super) fn kind(draws: &mut Draws) -> Kind {
    match draws.weighted(&[76, 15, 9]) {
        0 => Kind::New,
        1 => Kind::Upsell,
        _ => Kind::Renewal,
    }
}

/// Somebody who is no customer yet.
pub(super) fn newcomer(draws: &mut Draws) -> Party {
    Party {
        customer: None,
        segment: Segment::ALL[draws.weighted(&Segment::WEIGHTS)],
        region: draws.weighted(&REGION_WEIGHTS),
        source: draws.weighted(&SOURCES.map(|(_, weight, _)| weight)),
    }
}

fn chance_to_win(
    world: &World,
    kind: Kind,
    segment: Segment,
    rep: usize,
    source: usize,
    campaign: Option<usize>,
    created: Day,
) -> u64 {
    let base = match kind {
        Kind::New => segment.win() * SOURCES[source].2 / 1_000,
        Kind::Upsell => 400,
        Kind::Renewal => 700,
    };
    let campaign = campaign.map_or(1_000, |number| world.campaigns[number].win);
    let with_crm = if created >= world.crm { 1_120 } else { 1_000 };
    let chance = base * world.reps[rep].win / 1_000 * campaign / 1_000 * with_crm / 1_000;
    chance.clamp(0, 950) as u64
}
