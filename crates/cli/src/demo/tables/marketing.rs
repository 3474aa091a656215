//! What marketing works with: leads, campaigns and their cost, visits, touches,
//! mails and who gets them.

use goalpost_core::schema::ColumnType;

use super::Table;
use crate::demo::chance::{Draws, Stream};
use crate::demo::chunks::{Column, Outcome, Rows};
use crate::demo::company::{Campaign, SOURCES};
use crate::demo::customer::Customer;
use crate::demo::customer_key::CustomerKey;
use crate::demo::deal::Deal;
use crate::demo::dirt;
use crate::demo::names::{PEOPLE, email, parts};
use crate::demo::timeline::{Day, MINUTE, midnight, workday, working_hour};
use crate::demo::world::World;

fn campaign_id(world: &World, campaign: Option<usize>) -> Option<&str> {
    campaign.and_then(|number| world.campaigns.get(number)).map(|campaign| campaign.id.as_str())
}

/// Leads, as many as deals.
pub(super) const LEADS: Table = Table {
    name: "leads",
    columns: &[
        Column::text("id"),
        Column::text("email"),
        Column::text("owner"),
        Column::text("source"),
        Column::text("campaign_id"),
        Column::moment("created_at"),
        Column::moment("first_response_at"),
        Column::moment("qualified_at"),
        Column::moment("converted_at"),
        Column::text("customer_id"),
        Column::new("score", ColumnType::Integer),
        Column::text("status"),
    ],
    fill: leads,
};

/// How soon leads are answered: the longest and shortest seconds, the share before
/// and after the CRM, and how many of a thousand then buy.
const ANSWERS: [(i32, i32, u32, u32, u32); 4] = [
    (20, 300, 14, 30, 250),
    (301, 3_600, 30, 36, 130),
    (3_601, 86_400, 36, 23, 70),
    (86_401, 500_000, 20, 11, 30),
];

fn leads(world: &World, rows: &mut Rows) -> Outcome {
    let end = midnight(world.timeline.end);
    for number in 0..world.deals {
        let mut draws = Draws::of(world.seed, Stream::Lead, number);
        let mut dirty = Draws::of(world.seed, Stream::LeadDirt, number);
        let day = world.timeline.day_of(number, world.deals);
        let created = working_hour(day, &mut draws);
        let answer = draws.weighted(&ANSWERS.map(|a| if day < world.crm { a.2 } else { a.3 }));
        let (low, high, _, _, buys) = ANSWERS[answer];
        let answered = created + i64::from(draws.between(low, high)) * 1_000_000;
        let answered = Some(answered).filter(|at| !draws.per_mille(40) && *at < end);
        let buys = answered.is_some() && draws.per_mille(buys);
        let bought = if buys { bought_soon(world, day, &mut draws) } else { None };
        let qualified = answered
            .map(|at| at + i64::from(draws.between(60, 6_000)) * MINUTE)
            .filter(|at| *at < end && (bought.is_some() || draws.per_mille(420 - 80 * answer as u32)));
        let converted = bought.as_ref().map(|(_, started)| midnight(*started) + 12 * 60 * MINUTE);
        // Whoever buys is qualified before, however fast that was.
        let qualified = match (qualified, converted) {
            (Some(qualified), Some(converted)) => Some(qualified.min(converted)),
            (None, Some(converted)) => Some(converted),
            (qualified, None) => qualified,
        };

        rows.format(format_args!("L-{}", 100_000 + number));
        let (first, last) = parts(draws.below(PEOPLE));
        let key = CustomerKey::of_deal(world, bought.as_ref().map_or(number, |(deal, _)| deal.number));
        rows.format(format_args!("{}", email(first, last, number, key.company(world))));
        let rep = match &bought {
            Some((deal, _)) => &world.reps[deal.rep],
            None => draws.pick(&world.reps),
        };
        let nobody = dirty.per_mille(dirt::LEAD_NO_OWNER.per_mille);
        rows.text((!nobody).then_some(rep.name.as_str()));
        let (source, campaign) = match &bought {
            Some((deal, _)) => (deal.source, deal.campaign),
            None => {
                let source = draws.weighted(&SOURCES.map(|(_, weight, _)| weight));
                (source, if draws.per_mille(450) { world.campaign_on(day, &mut draws) } else { None })
            }
        };
        rows.text(SOURCES[source].0);
        rows.text(campaign_id(world, campaign));
        rows.moment(created);
        rows.moment(answered);
        rows.moment(qualified);
        rows.moment(converted);
        rows.maybe(bought.as_ref().map(|_| key));
        let warm = if qualified.is_some() { 45 } else { 5 };
        rows.integer(i64::from(warm + draws.between(0, 50)));
        rows.text(match (converted, qualified, answered) {
            (Some(_), _, _) => "Converted",
            (None, Some(_), _) => "Qualified",
            (None, None, Some(_)) => {
                if draws.per_mille(600) {
                    "Unqualified"
                } else {
                    "Contacted"
                }
            }
            (None, None, None) => "New",
        });
        rows.end()?;
    }
    Ok(())
}

/// A deal of the next month that won a customer, with the day it was won.
fn bought_soon(world: &World, day: Day, draws: &mut Draws) -> Option<(Deal, Day)> {
    let first = world.timeline.rows_before(day + 1, world.deals);
    let count = world.timeline.rows_before(day + 31, world.deals).saturating_sub(first);
    if count == 0 {
        return None;
    }
    (0..14).find_map(|_| Deal::that_won_a_customer(world, first + draws.below(count)))
}

/// Campaigns.
pub(super) const CAMPAIGNS: Table = Table {
    name: "campaigns",
    columns: &[
        Column::text("id"),
        Column::text("name"),
        Column::text("channel"),
        Column::date("started_at"),
        Column::date("ended_at"),
        Column::money("budget"),
    ],
    fill: campaigns,
};

fn budget(world: &World, campaign: &Campaign) -> i64 {
    campaign.budget / 1_000 * world.deals as i64
}

fn campaigns(world: &World, rows: &mut Rows) -> Outcome {
    for campaign in &world.campaigns {
        rows.text(campaign.id.as_str());
        rows.text(campaign.name.as_str());
        rows.text(campaign.channel);
        rows.date(campaign.start);
        rows.date(campaign.end - 1);
        rows.hundredths(budget(world, campaign) / 100_000 * 100_000);
        rows.end()?;
    }
    Ok(())
}

/// What was spent: by month on each category, by week on each campaign.
pub(super) const SPEND: Table = Table {
    name: "spend",
    columns: &[
        Column::date("date"),
        Column::money("amount"),
        Column::text("category"),
        Column::text("campaign_id"),
    ],
    fill: spend,
};

/// Categories with what they cost, in cents per deal of the project.
const CATEGORIES: [(&str, i64); 4] =
    [("marketing", 9_000), ("sales", 32_000), ("service", 12_000), ("product", 21_000)];

fn spend(world: &World, rows: &mut Rows) -> Outcome {
    for (month, (first, next)) in world.timeline.months(world.timeline.start).enumerate() {
        // Salaries follow the year rather than the month.
        let busy =
            world.timeline.millionths(first, next) as i64 + i64::from(next - first) * 1_000_000 / 1_096;
        for (number, (category, cents)) in CATEGORIES.into_iter().enumerate() {
            let mut draws = Draws::of(world.seed, Stream::Spend, month as u64 * 10 + number as u64);
            let amount = (cents * world.deals as i64 / 1_000) * busy / 2_000;
            rows.date(next - 1);
            rows.hundredths(draws.around(amount, 30));
            rows.text(category);
            rows.text(None);
            rows.end()?;
        }
    }
    for (number, campaign) in world.campaigns.iter().enumerate() {
        let weeks = i64::from(campaign.end - campaign.start + 6) / 7;
        for (week, day) in (campaign.start..campaign.end).step_by(7).enumerate() {
            let index = 1_000_000 + number as u64 * 1_000 + week as u64;
            let mut draws = Draws::of(world.seed, Stream::Spend, index);
            rows.date(day);
            rows.hundredths(draws.around(budget(world, campaign) / weeks, 150));
            rows.text("marketing");
            rows.text(campaign.id.as_str());
            rows.end()?;
        }
    }
    Ok(())
}

/// Visits to the site, as many as deals.
pub(super) const VISITS: Table = Table {
    name: "visits",
    columns: &[
        Column::text("visitor_id"),
        Column::moment("at"),
        Column::text("source"),
        Column::text("campaign_id"),
        Column::new("converted", ColumnType::Bool),
    ],
    fill: visits,
};

fn visits(world: &World, rows: &mut Rows) -> Outcome {
    for number in 0..world.deals {
        let mut draws = Draws::of(world.seed, Stream::Visit, number);
        let day = world.timeline.day_of(number, world.deals);
        let source = draws.weighted(&SOURCES.map(|(_, weight, _)| weight));
        let campaign = if draws.per_mille(350) { world.campaign_on(day, &mut draws) } else { None };
        rows.format(format_args!("V-{}", 10_000 + draws.below(world.deals * 3 / 5)));
        rows.moment(working_hour(day, &mut draws));
        rows.text(SOURCES[source].0);
        rows.text(campaign_id(world, campaign));
        rows.flag(draws.per_mille((SOURCES[source].2 * 36 / 1_000) as u32));
        rows.end()?;
    }
    Ok(())
}

/// What customers, and leads that did not buy, saw of the company.
pub(super) const TOUCHES: Table = Table {
    name: "touches",
    columns: &[
        Column::text("customer_id"),
        Column::text("lead_id"),
        Column::moment("at"),
        Column::text("channel"),
        Column::text("campaign_id"),
    ],
    fill: touches,
};

const TOUCH_CHANNELS: [&str; 6] = ["website", "email", "call", "demo", "event", "social"];

fn touches(world: &World, rows: &mut Rows) -> Outcome {
    let mut touch = |customer: Option<CustomerKey>, lead: Option<u64>, day: Day, draws: &mut Draws| {
        let campaign = if draws.per_mille(400) { world.campaign_on(day, draws) } else { None };
        rows.maybe(customer);
        rows.maybe(lead.map(|number| format!("L-{}", 100_000 + number)));
        rows.moment(working_hour(day, draws));
        rows.text(TOUCH_CHANNELS[draws.weighted(&[34, 26, 14, 10, 8, 8])]);
        rows.text(campaign_id(world, campaign));
        rows.end()
    };
    for key in (world.legacy..CustomerKey::count(world)).map(CustomerKey) {
        let Some(customer) = Customer::of(world, key) else { continue };
        let mut draws = Draws::of(world.seed, Stream::Touch, key.0);
        let before = draws.between(10, 120);
        for _ in 0..1 + draws.weighted(&[8, 16, 22, 20, 14, 10, 10]) {
            let day = customer.life.started - draws.between(1, before);
            if day >= world.timeline.start {
                touch(Some(key), None, day, &mut draws)?;
            }
        }
    }
    for number in (0..world.deals).step_by(5) {
        let mut draws = Draws::of(world.seed, Stream::LeadTouch, number);
        touch(None, Some(number), world.timeline.day_of(number, world.deals), &mut draws)?;
    }
    Ok(())
}

/// Mails and what became of them.
pub(super) const EMAIL_EVENTS: Table = Table {
    name: "email_events",
    columns: &[
        Column::text("contact_id"),
        Column::text("campaign_id"),
        Column::moment("at"),
        Column::text("kind"),
    ],
    fill: email_events,
};

fn email_events(world: &World, rows: &mut Rows) -> Outcome {
    let end = midnight(world.timeline.end);
    let mails = world.deals / 5;
    for number in 0..mails {
        let mut draws = Draws::of(world.seed, Stream::Email, number);
        let day = world.timeline.day_of(number, mails);
        let known = world.timeline.rows_before(day, world.contacts);
        let contact = 100_000 + draws.below(known.max(1));
        let campaign = if draws.per_mille(800) { world.campaign_on(day, &mut draws) } else { None };
        let sent = working_hour(day, &mut draws);
        let mut event = |kind: &str, minutes: i32| {
            let at = sent + i64::from(minutes) * MINUTE;
            if at >= end {
                return Ok(());
            }
            rows.format(format_args!("P-{contact}"));
            rows.text(campaign_id(world, campaign));
            rows.moment(at);
            rows.text(kind);
            rows.end()
        };
        event("sent", 0)?;
        if draws.per_mille(28) {
            event("bounced", 1)?;
            continue;
        }
        event("delivered", 1)?;
        // People tire of mails: fewer open them from year to year.
        let tired = (day - world.timeline.start) as u32 * 90 / 1_096;
        if !draws.per_mille(380 - tired) {
            continue;
        }
        let opened = draws.between(2, 2_000);
        event("opened", opened)?;
        if draws.per_mille(180) {
            event("opened", opened + draws.between(30, 900))?;
        }
        if draws.per_mille(230) {
            event("clicked", opened + draws.between(1, 5))?;
        }
        if draws.per_mille(12) {
            event("shared", opened + draws.between(2, 60))?;
        }
        if draws.per_mille(14 + tired / 6) {
            event("unsubscribed", opened + draws.between(1, 10))?;
        }
    }
    Ok(())
}

/// Who gets the newsletter.
pub(super) const SUBSCRIBERS: Table = Table {
    name: "subscribers",
    columns: &[
        Column::text("contact_id"),
        Column::text("list"),
        Column::date("subscribed_at"),
        Column::date("unsubscribed_at"),
    ],
    fill: subscribers,
};

fn subscribers(world: &World, rows: &mut Rows) -> Outcome {
    for number in 0..world.contacts {
        let mut draws = Draws::of(world.seed, Stream::Subscriber, number);
        if !draws.per_mille(520) {
            continue;
        }
        let from = world.timeline.day_of(number, world.contacts);
        let left = workday(from + draws.between(20, 500));
        rows.format(format_args!("P-{}", 100_000 + number));
        rows.text(if draws.per_mille(250) { "product news" } else { "newsletter" });
        rows.date(from);
        rows.date((draws.per_mille(170) && left < world.timeline.end).then_some(left));
        rows.end()?;
    }
    Ok(())
}
