//! The tables of the exports, each a list of columns and a function that fills
//! it row by row.

mod customers;
mod marketing;
mod people;
mod sales;
mod service;

use super::chunks::{Column, Outcome, Rows};
use super::world::World;

/// A table of the project.
pub(super) struct Table {
    /// The name in the project, and of the file.
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) fill: fn(&World, &mut Rows) -> Outcome,
}

/// All tables, those that take longest first.
pub(super) const ALL: &[Table] = &[
    sales::STAGE_CHANGES,
    sales::DEALS,
    service::TICKETS,
    marketing::LEADS,
    marketing::TOUCHES,
    marketing::VISITS,
    marketing::EMAIL_EVENTS,
    customers::ORDERS,
    people::CONTACTS,
    service::SURVEYS,
    customers::SUBSCRIPTIONS,
    customers::CUSTOMERS,
    sales::UPSELL_OFFERS,
    marketing::SUBSCRIBERS,
    people::LOGINS,
    people::USERS,
    sales::QUOTAS,
    sales::REPS,
    marketing::CAMPAIGNS,
    marketing::SPEND,
];
