//! The invented company: what it sells, where, who works there, and how it
//! advertises. Everything an analyst is meant to discover starts here.

use super::chance::{Draws, Stream};
use super::names::person;
use super::timeline::{Day, Timeline, date};

/// Customers by size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Smb,
    MidMarket,
    Enterprise,
}

impl Segment {
    pub(super) const ALL: [Self; 3] = [Self::Smb, Self::MidMarket, Self::Enterprise];
    pub(super) const WEIGHTS: [u32; 3] = [55, 32, 13];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Smb => "SMB",
            Self::MidMarket => "Mid-market",
            Self::Enterprise => "Enterprise",
        }
    }

    /// The median amount of a deal, in cents.
    pub(super) const fn amount(self) -> i64 {
        match self {
            Self::Smb => 400_000,
            Self::MidMarket => 1_300_000,
            Self::Enterprise => 4_500_000,
        }
    }

    /// The median days that one ordinary stage of a deal takes.
    pub(super) const fn stage_days(self) -> i64 {
        match self {
            Self::Smb => 2,
            Self::MidMarket => 3,
            Self::Enterprise => 5,
        }
    }

    /// How many of a thousand new deals are won, before anything else counts.
    pub(super) const fn win(self) -> i64 {
        match self {
            Self::Smb => 270,
            Self::MidMarket => 240,
            Self::Enterprise => 170,
        }
    }
}

/// Regions, in which teams work.
pub(super) const REGIONS: [&str; 3] = ["EMEA", "AMER", "APAC"];
/// Their share of deals.
pub(super) const REGION_WEIGHTS: [u32; 3] = [44, 41, 15];

/// Products with their share of deals and what they cost, in thousandths of the usual.
pub(super) const PRODUCTS: [(&str, u32, i64); 4] =
    [("Core", 45, 900), ("Analytics", 25, 1_100), ("Automation", 20, 1_300), ("Field Kit", 10, 600)];

/// Where deals come from, with their share and how much easier they are to win, in thousandths.
pub(super) const SOURCES: [(&str, u32, i64); 6] = [
    ("Organic Search", 28, 1_000),
    ("Paid Search", 20, 850),
    ("Referral", 14, 1_400),
    ("Partner", 12, 1_200),
    ("Event", 12, 1_000),
    ("Outbound", 14, 700),
];

/// Plans with the share of customers who leave, in ten-thousandths per month.
pub(super) const PLANS: [(&str, u64); 3] = [("Starter", 260), ("Team", 140), ("Business", 70)];

/// The stages before the end of a deal.
pub(super) const STAGES: [&str; 4] = ["Qualified", "Demo", "Proposal", "Legal review"];
/// The stage that takes about ten times as long as the others.
pub(super) const BOTTLENECK: usize = 3;
/// How likely a deal in each stage is thought to be won, in hundredths.
pub(super) const PROBABILITY: [i64; 4] = [20, 40, 60, 80];

/// Teams with their region.
pub(super) const TEAMS: [(&str, usize); 5] =
    [("EMEA Growth", 0), ("AMER Growth", 1), ("EMEA Enterprise", 0), ("AMER Enterprise", 1), ("APAC", 2)];

/// The teams of a dozen reps.
const DOZEN: [usize; 12] = [0, 1, 2, 1, 0, 4, 3, 0, 1, 2, 3, 4];
/// The rep who closes far more than the others.
pub(super) const CLOSER: u64 = 0;
/// The rep who takes far longer than the others.
pub(super) const SLOW: u64 = 1;

/// The owner of deals who has left and is not in the list of reps any more.
pub(super) const FORMER_OWNER: &str = "Former User";

/// Somebody who sells.
#[derive(Clone, Debug)]
pub(super) struct Rep {
    pub(super) name: String,
    pub(super) team: usize,
    pub(super) manager: String,
    /// Deals won, in thousandths of what others win.
    pub(super) win: i64,
    /// Days taken, in thousandths of what others take.
    pub(super) pace: i64,
    pub(super) hired: Day,
}

/// A dozen reps, and another dozen for every further 5,000 deals, up to 240.
pub(super) fn reps(seed: u64, deals: u64, timeline: &Timeline) -> Vec<Rep> {
    let dozens = (deals / 5_000).clamp(1, 20);
    (0..dozens * 12)
        .map(|number| {
            let mut draws = Draws::of(seed, Stream::Rep, number);
            let slot = (number % 12) as usize;
            let team = DOZEN[slot];
            Rep {
                name: person(number),
                team,
                manager: person(800 + team as u64 + 5 * (number / 48)),
                win: if number == CLOSER { 1_700 } else { i64::from(draws.between(900, 1_050)) },
                pace: if number == SLOW { 1_900 } else { i64::from(draws.between(900, 1_100)) },
                hired: timeline.start - draws.between(30, 1_500),
            }
        })
        .collect()
}

/// Who answers tickets: eight people, and eight more for every further 20,000 deals, up to 160.
pub(super) fn agents(deals: u64) -> Vec<String> {
    (0..8 * (deals / 20_000).clamp(1, 20)).map(|number| person(400 + number)).collect()
}

/// A campaign.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) channel: &'static str,
    pub(super) start: Day,
    /// The first day after it.
    pub(super) end: Day,
    /// What it costs, in cents per thousand deals of the project.
    pub(super) budget: i64,
    /// How many people it moves, relative to others.
    pub(super) pull: u32,
    /// Deals won, in thousandths of the usual.
    pub(super) win: i64,
}

const KINDS: [(&str, &str); 4] = [
    ("Webinar series", "webinar"),
    ("Search ads", "paid search"),
    ("Partner roadshow", "event"),
    ("Newsletter", "email"),
];

/// Two campaigns in every twelfth of the years, and the sponsorship that does not pay.
pub(super) fn campaigns(seed: u64, timeline: &Timeline) -> Vec<Campaign> {
    let named = |number: usize, name: &str, start: Day| {
        (format!("CMP-{:02}", number + 1), format!("{name} {}", date(start).format("%Y-%m")))
    };
    let days = timeline.end - timeline.start;
    let mut campaigns = Vec::new();
    for number in 0..24 {
        let quarter = number as Day / 2;
        let (start, end) = (timeline.start + days * quarter / 12, timeline.start + days * (quarter + 1) / 12);
        let (kind, channel) = KINDS[(number + number / 4) % 4];
        let (id, name) = named(number, kind, start);
        let budget = Draws::of(seed, Stream::Campaign, number as u64).around(700_000, 250);
        campaigns.push(Campaign { id, name, channel, start, end, budget, pull: 10, win: 1_000 });
    }
    let (start, end) = (timeline.end - 364, timeline.end - 91);
    let (id, name) = named(campaigns.len(), "Stadium sponsorship", start);
    let budget = 3_000_000;
    campaigns.push(Campaign { id, name, channel: "sponsorship", start, end, budget, pull: 1, win: 300 });
    campaigns
}
