//! All that the rows of every table agree on: the seed, the sizes, the years,
//! the people and the campaigns. It stays small whatever the number of deals.

use super::chance::Draws;
use super::company::{self, Campaign, PLANS, Rep, Segment, TEAMS};
use super::timeline::{Day, Timeline, months_before, next_month, workday};

/// The invented company and its years.
pub(super) struct World {
    pub(super) seed: u64,
    /// Number of deals; the other tables follow it.
    pub(super) deals: u64,
    /// Customers from before the first deal.
    pub(super) legacy: u64,
    /// Number of contacts.
    pub(super) contacts: u64,
    pub(super) timeline: Timeline,
    pub(super) reps: Vec<Rep>,
    pub(super) agents: Vec<String>,
    pub(super) campaigns: Vec<Campaign>,
    /// The first day on which the company worked with a CRM.
    pub(super) crm: Day,
    /// The first day on which the small plan costs more.
    pub(super) price_rise: Day,
    /// The first day of the two quarters in which too few people answer mails.
    pub(super) short_staffed: Day,
    survival: Survival,
    reps_by_team: [Vec<usize>; TEAMS.len()],
    campaigns_by_day: Vec<Vec<usize>>,
}

impl World {
    pub(super) fn new(seed: u64, deals: u64, timeline: Timeline) -> Self {
        let reps = company::reps(seed, deals, &timeline);
        let campaigns = company::campaigns(seed, &timeline);
        let mut reps_by_team = [const { Vec::new() }; TEAMS.len()];
        for (number, rep) in reps.iter().enumerate() {
            reps_by_team[rep.team].push(number);
        }
        let running = |day: Day| {
            (0..campaigns.len()).filter(|i| (campaigns[*i].start..campaigns[*i].end).contains(&day)).collect()
        };
        let price_rise = months_before(timeline.end, 5);
        Self {
            seed,
            deals,
            legacy: deals / 20,
            contacts: deals * 2 / 5,
            crm: months_before(timeline.end, 18),
            price_rise,
            short_staffed: months_before(timeline.end, 6),
            survival: Survival::new(&timeline, price_rise),
            campaigns_by_day: (timeline.start..timeline.end).map(running).collect(),
            agents: company::agents(deals),
            reps,
            reps_by_team,
            campaigns,
            timeline,
        }
    }

    /// Somebody who sells to this segment in this region.
    pub(super) fn rep_for(&self, region: usize, segment: Segment, draws: &mut Draws) -> usize {
        let enterprise = segment == Segment::Enterprise;
        let team = match region {
            0 => {
                if enterprise {
                    2
                } else {
                    0
                }
            }
            1 => {
                if enterprise {
                    3
                } else {
                    1
                }
            }
            _ => 4,
        };
        *draws.pick(&self.reps_by_team[team])
    }

    /// A campaign of the day, by how many people each moves.
    pub(super) fn campaign_on(&self, day: Day, draws: &mut Draws) -> Option<usize> {
        let running = self.campaigns_by_day.get(usize::try_from(day - self.timeline.start).ok()?)?;
        let mut left = draws.below(running.iter().map(|i| u64::from(self.campaigns[*i].pull)).sum());
        for number in running {
            match left.checked_sub(u64::from(self.campaigns[*number].pull)) {
                Some(rest) => left = rest,
                None => return Some(*number),
            }
        }
        None
    }

    /// The day on which a customer of a plan leaves; `None` if not before the export.
    pub(super) fn end_of_life(&self, plan: usize, started: Day, draws: &mut Draws) -> Option<Day> {
        let chance = draws.below(1 << 20);
        let within = draws.between(0, 27);
        let day = workday(self.survival.end(plan, started, chance)? + within);
        (day < self.timeline.end).then_some(day)
    }
}

/// Months that customers may have started in before the first deal.
pub(super) const LEGACY_MONTHS: u32 = 24;

/// The share of customers that is left after each month, by plan.
struct Survival {
    months: Vec<Day>,
    left: [Vec<u64>; PLANS.len()],
}

impl Survival {
    fn new(timeline: &Timeline, price_rise: Day) -> Self {
        let first = months_before(timeline.start, LEGACY_MONTHS);
        let months: Vec<Day> = timeline.months(first).map(|(month, _)| month).collect();
        let left = PLANS.map(|(name, leaving)| {
            let mut left = 1_u64 << 40;
            months
                .iter()
                .map(|month| {
                    let raised = name == PLANS[0].0 && next_month(*month) > price_rise;
                    let leaving = if raised { leaving * 5 / 2 } else { leaving };
                    left -= left / 10_000 * leaving;
                    left
                })
                .collect()
        });
        Self { months, left }
    }

    /// The first day of the month in which so many of 2²⁰ have left.
    fn end(&self, plan: usize, started: Day, chance: u64) -> Option<Day> {
        let from = self.months.partition_point(|month| *month <= started).checked_sub(1)?;
        let left = &self.left[plan];
        let line = (left[from] >> 20) * chance;
        let after = &left[from + 1..];
        let month = after.partition_point(|left| *left > line);
        (month < after.len()).then(|| self.months[from + 1 + month])
    }
}
