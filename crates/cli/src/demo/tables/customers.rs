//! Who buys and what they have: customers, subscriptions, orders.

use goalpost_core::schema::ColumnType;

use super::Table;
use crate::demo::chance::{AMOUNTS, Draws, Stream};
use crate::demo::chunks::{Column, Outcome, Rows};
use crate::demo::company::{PLANS, PRODUCTS, REGIONS, SOURCES};
use crate::demo::customer::Customer;
use crate::demo::customer_key::CustomerKey;
use crate::demo::dirt;
use crate::demo::timeline::workday;
use crate::demo::world::World;

/// All customers in the order of their keys.
fn customers(world: &World) -> impl Iterator<Item = Customer> {
    (0..CustomerKey::count(world)).filter_map(|key| Customer::of(world, CustomerKey(key)))
}

/// Customers; one who left and came back is a second record.
pub(super) const CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        Column::text("id"),
        Column::text("name"),
        Column::text("segment"),
        Column::text("region"),
        Column::text("plan"),
        Column::text("source"),
        Column::text("campaign_id"),
        Column::date("started_at"),
        Column::date("ended_at"),
        Column::text("returned_from"),
    ],
    fill: write_customers,
};

fn write_customers(world: &World, rows: &mut Rows) -> Outcome {
    for customer in customers(world) {
        let mut dirty = Draws::of(world.seed, Stream::CustomerDirt, customer.key.0);
        let newline = dirty.per_mille(dirt::CUSTOMER_NEWLINE.per_mille);
        let spaces = dirty.per_mille(dirt::CUSTOMER_SPACES.per_mille);
        let name = customer.key.company(world);
        for (number, (id, life)) in customer.lives().enumerate() {
            rows.text(id.as_str());
            match (newline, spaces) {
                (true, _) => rows.format(format_args!("{}{}\n{}", name.ground, name.place, name.form)),
                (false, true) => rows.format(format_args!("{name}  ")),
                (false, false) => rows.format(format_args!("{name}")),
            }
            rows.text(customer.segment.name());
            rows.text(REGIONS[customer.region]);
            rows.text(customer.plan_name());
            rows.text(SOURCES[customer.source].0);
            rows.text(customer.campaign.map(|campaign| world.campaigns[campaign].id.as_str()));
            rows.date(life.started);
            rows.date(life.ended);
            rows.maybe((number > 0).then_some(customer.key));
            rows.end()?;
        }
    }
    Ok(())
}

/// What customers pay per month; an upgrade ends one row and starts the next.
pub(super) const SUBSCRIPTIONS: Table = Table {
    name: "subscriptions",
    columns: &[
        Column::text("id"),
        Column::text("customer_id"),
        Column::text("plan"),
        Column::money("mrr"),
        Column::date("started_at"),
        Column::date("ended_at"),
    ],
    fill: subscriptions,
};

fn subscriptions(world: &World, rows: &mut Rows) -> Outcome {
    for customer in customers(world) {
        let mut draws = Draws::of(world.seed, Stream::Subscription, customer.key.0);
        for (customer_id, life) in customer.lives() {
            let upgraded = workday(life.started + draws.between(90, 500));
            let wanted = draws.per_mille(220);
            let last = life.ended.unwrap_or(world.timeline.end);
            let upgraded = (wanted && upgraded < last).then_some(upgraded);
            let mut row = |part: u32, plan: usize, mrr: i64, from, until| {
                rows.format(format_args!("{customer_id}/{part}"));
                rows.text(customer_id.as_str());
                rows.text(PLANS[plan].0);
                rows.hundredths(mrr);
                rows.date(from);
                rows.date(until);
                rows.end()
            };
            let mrr = customer.monthly();
            row(1, customer.plan, mrr, life.started, upgraded.or(life.ended))?;
            if let Some(day) = upgraded {
                let plan = (customer.plan + 1).min(PLANS.len() - 1);
                row(2, plan, draws.around(mrr * 3 / 2, 100) / 100 * 100, day, life.ended)?;
            }
        }
    }
    Ok(())
}

/// What customers order besides: hardware, training, services.
pub(super) const ORDERS: Table = Table {
    name: "orders",
    columns: &[
        Column::text("id"),
        Column::text("customer_id"),
        Column::date("ordered_at"),
        Column::money("amount"),
        Column::money("cost"),
        Column::text("campaign_id"),
        Column::text("product"),
        Column::text("kind"),
        Column::new("units", ColumnType::Integer),
    ],
    fill: orders,
};

/// Most orders of one customer.
const MOST_ORDERS: u32 = 9;

fn orders(world: &World, rows: &mut Rows) -> Outcome {
    for customer in customers(world) {
        let mut draws = Draws::of(world.seed, Stream::Order, customer.key.0);
        let mut number = 0;
        for (customer_id, life) in customer.lives() {
            let last = life.ended.unwrap_or(world.timeline.end).min(world.timeline.end);
            let mut day = life.started;
            while day < last && number < MOST_ORDERS {
                number += 1;
                let units = i64::from(draws.between(1, 12));
                let each = draws.skewed(&AMOUNTS, customer.segment.amount() / 60).max(900);
                let amount = each * units;
                rows.format(format_args!("O-{}-{number}", 10_000 + customer.key.0));
                rows.text(customer_id.as_str());
                rows.date(day);
                rows.hundredths(amount);
                rows.hundredths(draws.around(amount * 35 / 100, 400));
                let campaign = if number == 1 {
                    customer.campaign
                } else if draws.per_mille(250) {
                    world.campaign_on(day, &mut draws)
                } else {
                    None
                };
                rows.text(campaign.map(|campaign| world.campaigns[campaign].id.as_str()));
                rows.text(PRODUCTS[draws.weighted(&PRODUCTS.map(|(_, weight, _)| weight))].0);
                rows.text(if number == 1 { "first" } else { "repeat" });
                rows.integer(units);
                rows.end()?;
                if !draws.per_mille(700) {
                    break;
                }
                day = workday(day + draws.between(25, 190));
            }
        }
    }
    Ok(())
}
