//! What sales works with: deals, their stages, quotas, reps, upsell offers.

use goalpost_core::schema::ColumnType;

use super::Table;
use crate::demo::book;
use crate::demo::chance::{AMOUNTS, Draws, Stream};
use crate::demo::chunks::{Column, MONEY, Outcome, Rows};
use crate::demo::company::{FORMER_OWNER, PROBABILITY, PRODUCTS, REGIONS, SOURCES, STAGES, TEAMS};
use crate::demo::customer::Customer;
use crate::demo::customer_key::CustomerKey;
use crate::demo::deal::{Deal, End, Kind};
use crate::demo::dirt;
use crate::demo::timeline::{Day, next_month, quarter_start, workday};
use crate::demo::world::World;

/// Deals under the headers of a HubSpot export.
pub(super) const DEALS: Table = Table {
    name: "deals",
    columns: &[
        Column::text("Record ID"),
        Column::text("Deal Name"),
        Column::text("Deal Stage"),
        Column::text("Pipeline"),
        Column::by_hand("Amount", MONEY),
        Column::text("Currency"),
        Column::text("Deal owner"),
        Column::text("Team"),
        Column::by_hand("Create Date", ColumnType::Date),
        Column::by_hand("Close Date", ColumnType::Date),
        Column::by_hand("Expected Close Date", ColumnType::Date),
        Column::new("Deal Probability", ColumnType::Decimal(2)),
        Column::text("Original Source"),
        Column::text("Campaign ID"),
        Column::text("Product"),
        Column::text("Region"),
        Column::text("Segment"),
        Column::text("Deal Type"),
        Column::text("Associated Company IDs"),
        Column::text("Associated Contact IDs"),
    ],
    fill: deals,
};

/// The id of a deal.
fn deal_id(number: u64) -> u64 {
    4_100_000_000 + number
}

fn deals(world: &World, rows: &mut Rows) -> Outcome {
    for number in 0..world.deals {
        let deal = book::deal(world, number);
        let mut draws = Draws::of(world.seed, Stream::DealRow, number);
        let mut dirty = Draws::of(world.seed, Stream::DealDirt, number);
        let key = deal.customer.unwrap_or(CustomerKey::of_deal(world, number));
        let rep = &world.reps[deal.rep];

        rows.format(format_args!("{}", deal_id(number)));
        rows.format(format_args!("{} - {}", key.company(world), PRODUCTS[deal.product].0));
        rows.text(match deal.end {
            End::Won(_) => "Closed Won",
            End::Lost(_) => "Closed Lost",
            End::Open => STAGES[deal.reached - 1],
        });
        rows.text(if deal.kind == Kind::New { "New business" } else { "Existing customers" });
        amount(&deal, rows, &mut dirty);
        rows.text("USD");
        rows.text(match dirty.below(1_000) as u32 {
            n if n < dirt::DEAL_NO_OWNER.per_mille => None,
            n if n < dirt::DEAL_NO_OWNER.per_mille + dirt::DEAL_FORMER_OWNER.per_mille => Some(FORMER_OWNER),
            _ => Some(rep.name.as_str()),
        });
        rows.text(TEAMS[rep.team].0);
        rows.date(deal.created);
        closed(&deal, rows, &mut dirty);
        let expected = deal.segment.stage_days() as Day * 18;
        rows.date(workday(deal.created + expected + draws.between(-expected / 3, expected / 2)));
        rows.hundredths(match deal.end {
            End::Won(_) => 100,
            End::Lost(_) => 0,
            End::Open => PROBABILITY[deal.reached - 1],
        });
        rows.text(SOURCES[deal.source].0);
        rows.text(deal.campaign.map(|campaign| world.campaigns[campaign].id.as_str()));
        rows.text(PRODUCTS[deal.product].0);
        rows.text(REGIONS[deal.region]);
        rows.text(deal.segment.name());
        rows.text(match deal.kind {
            Kind::New => "newbusiness",
            Kind::Upsell => "existingbusiness",
            Kind::Renewal => "renewal",
        });
        // Who has not bought is no customer yet.
        let won = deal.kind == Kind::New && matches!(deal.end, End::Won(_));
        rows.maybe(deal.customer.or(won.then_some(key)));
        let contact = number * world.contacts / world.deals;
        rows.format(format_args!("P-{}", 100_000 + contact.saturating_sub(draws.below(50))));
        rows.end()?;
    }
    Ok(())
}

fn amount(deal: &Deal, rows: &mut Rows, dirty: &mut Draws) {
    let whole = deal.cents / 100;
    let mut left = dirty.below(1_000) as u32;
    let mut falls_on = |dirt: &dirt::Dirt| match left.checked_sub(dirt.per_mille) {
        Some(rest) => {
            left = rest;
            false
        }
        None => {
            left = u32::MAX;
            true
        }
    };
    if falls_on(&dirt::DEAL_NO_AMOUNT) {
        rows.hundredths(None);
    } else if falls_on(&dirt::DEAL_THOUSANDS) && rows.takes_text() {
        let text = format!("{whole}");
        let (thousands, rest) = text.split_at(text.len().saturating_sub(3));
        let comma = if thousands.is_empty() { "" } else { "," };
        rows.format(format_args!("{thousands}{comma}{rest}.{:02}", deal.cents % 100));
    } else if falls_on(&dirt::DEAL_SIGN) && rows.takes_text() {
        rows.format(format_args!("${whole}.{:02}", deal.cents % 100));
    } else {
        rows.hundredths(deal.cents);
    }
}

fn closed(deal: &Deal, rows: &mut Rows, dirty: &mut Draws) {
    let negative = dirty.per_mille(dirt::DEAL_NEGATIVE.per_mille);
    let bad = dirty.per_mille(dirt::DEAL_BAD_DATE.per_mille);
    let earlier = dirty.between(1, 20);
    match deal.end {
        End::Open => rows.date(None),
        End::Won(_) | End::Lost(_) if negative => rows.date(deal.created - earlier),
        End::Won(_) | End::Lost(_) if bad && rows.takes_text() => {
            rows.text(if earlier % 2 == 0 { "31/02/2026" } else { "tbc" });
        }
        End::Won(day) | End::Lost(day) => rows.date(day),
    }
}

/// Every stage of every deal, with the day it was entered and left.
pub(super) const STAGE_CHANGES: Table = Table {
    name: "stage_changes",
    columns: &[
        Column::text("deal_id"),
        Column::text("stage"),
        Column::date("entered_at"),
        Column::date("left_at"),
    ],
    fill: stage_changes,
};

fn stage_changes(world: &World, rows: &mut Rows) -> Outcome {
    for number in 0..world.deals {
        let deal = book::deal(world, number);
        let ended = match deal.end {
            End::Won(day) => Some(("Closed Won", day)),
            End::Lost(day) => Some(("Closed Lost", day)),
            End::Open => None,
        };
        for (stage, name) in STAGES.into_iter().enumerate().take(deal.reached) {
            rows.format(format_args!("{}", deal_id(number)));
            rows.text(name);
            rows.date(deal.entered[stage]);
            let left = if stage + 1 < deal.reached {
                Some(deal.entered[stage + 1])
            } else {
                ended.map(|(_, day)| day)
            };
            rows.date(left);
            rows.end()?;
        }
        if let Some((stage, day)) = ended {
            rows.format(format_args!("{}", deal_id(number)));
            rows.text(stage);
            rows.date(day);
            rows.date(None);
            rows.end()?;
        }
    }
    Ok(())
}

/// Who sells, for whom and where.
pub(super) const REPS: Table = Table {
    name: "reps",
    columns: &[
        Column::text("name"),
        Column::text("team"),
        Column::text("manager"),
        Column::text("region"),
        Column::date("hired_at"),
    ],
    fill: reps,
};

fn reps(world: &World, rows: &mut Rows) -> Outcome {
    for rep in &world.reps {
        let (team, region) = TEAMS[rep.team];
        rows.text(rep.name.as_str());
        rows.text(team);
        rows.text(rep.manager.as_str());
        rows.text(REGIONS[region]);
        rows.date(rep.hired);
        rows.end()?;
    }
    Ok(())
}

/// What each rep is to sell in each quarter, the running one included.
pub(super) const QUOTAS: Table = Table {
    name: "quotas",
    columns: &[
        Column::text("owner"),
        Column::text("team"),
        Column::date("starts_at"),
        Column::date("ends_at"),
        Column::money("amount"),
    ],
    fill: quotas,
};

/// What a team sells in three years, in cents per deal of the project, about,
/// in the order of [`TEAMS`].
const TEAM_SALES: [i64; TEAMS.len()] = [137_000, 97_000, 69_000, 67_000, 64_000];

fn quotas(world: &World, rows: &mut Rows) -> Outcome {
    let mut quarter = quarter_start(world.timeline.start);
    let mut number = 0;
    while quarter <= world.timeline.end {
        let next = next_month(next_month(next_month(quarter)));
        for rep in &world.reps {
            let mut draws = Draws::of(world.seed, Stream::Quota, number);
            let colleagues = world.reps.iter().filter(|other| other.team == rep.team).count() as i64;
            let share = TEAM_SALES[rep.team] * world.deals as i64 / colleagues / 12;
            // Quotas rise from year to year, whatever was sold.
            let grown = share * (800 + i64::from(quarter - world.timeline.start) * 400 / 1_096) / 1_000;
            rows.text(rep.name.as_str());
            rows.text(TEAMS[rep.team].0);
            rows.date(quarter);
            rows.date(next);
            rows.hundredths((draws.around(grown, 80) / 100_000).max(1) * 100_000);
            rows.end()?;
            number += 1;
        }
        quarter = next;
    }
    Ok(())
}

/// Offers of more to customers.
pub(super) const UPSELL_OFFERS: Table = Table {
    name: "upsell_offers",
    columns: &[
        Column::text("customer_id"),
        Column::date("offered_at"),
        Column::date("accepted_at"),
        Column::money("amount"),
    ],
    fill: upsell_offers,
};

fn upsell_offers(world: &World, rows: &mut Rows) -> Outcome {
    for key in (0..CustomerKey::count(world)).map(CustomerKey) {
        let mut draws = Draws::of(world.seed, Stream::Offer, key.0);
        if !draws.per_mille(450) {
            continue;
        }
        let Some(customer) = Customer::of(world, key) else { continue };
        let first = customer.life.started.max(world.timeline.start);
        let offered = workday(first + draws.between(45, 330));
        let last = customer.life.ended.unwrap_or(world.timeline.end).min(world.timeline.end);
        if offered >= last {
            continue;
        }
        let accepted = workday(offered + draws.between(1, 30));
        let accepted = (draws.per_mille(220) && accepted < last).then_some(accepted);
        rows.maybe(Some(key));
        rows.date(offered);
        rows.date(accepted);
        rows.hundredths(draws.skewed(&AMOUNTS, customer.cents / 3) / 5_000 * 5_000 + 5_000);
        rows.end()?;
    }
    Ok(())
}
