//! Deals, what leads to them, and what they are measured against.

use super::{
    CAMPAIGN, CONTACT, CUSTOMER, CanonicalColumn as Column, CanonicalReference, CanonicalTable,
    CanonicalType as Type,
};

pub(super) const DEALS: CanonicalTable = CanonicalTable {
    name: "deals",
    description: "One row per deal (opportunity), in its present state.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the deal."),
        Column::optional("customer_id", Type::TEXT, "The customer it is (or would be) with."),
        Column::optional("contact_id", Type::TEXT, "The person it is talked about with."),
        Column::optional("owner", Type::TEXT, "The rep who owns it."),
        Column::optional("team", Type::TEXT, "The team of its owner."),
        Column::optional("pipeline", Type::TEXT, "The pipeline it moves through."),
        Column::optional("stage", Type::TEXT, "The stage it is in, or was in when it ended."),
        Column::required("outcome", Type::TEXT, "How it ended: won, lost, or open while it has not.")
            .words(&["won", "lost", "open"]),
        Column::optional("amount", Type::MONEY, "What it is worth, in the project's currency."),
        Column::optional("currency", Type::TEXT, "The currency of the amount, an ISO 4217 code."),
        Column::required("created_at", Type::Time, "When it entered the pipeline."),
        Column::optional("closed_at", Type::Time, "When it was won or lost; blank while it is open."),
        Column::optional("expected_close_at", Type::Time, "When it is expected to close."),
        Column::optional(
            "probability",
            Type::NUMBER,
            "The chance that it is won, as a fraction from 0 to 1.",
        )
        .share(),
        Column::optional("source", Type::TEXT, "Where it came from."),
        Column::optional("campaign_id", Type::TEXT, "The campaign that it is credited to."),
        Column::optional("product", Type::TEXT, "What is sold."),
        Column::optional("region", Type::TEXT, "Where it is sold."),
        Column::optional("kind", Type::TEXT, "A new customer, more to a present one, or a renewal.")
            .words(&["new", "upsell", "renewal"]),
    ],
    // Most deal metrics speak of deals that ended, so a period holds those that
    // closed in it; metrics of the pipeline say `.on(deals.created_at)`.
    time: Some("closed_at"),
    key: Some("id"),
    references: &[CUSTOMER, CONTACT, CAMPAIGN],
};

pub(super) const STAGE_CHANGES: CanonicalTable = CanonicalTable {
    name: "stage_changes",
    description: "One row each time a deal enters a stage.",
    columns: &[
        Column::required("deal_id", Type::TEXT, "The deal."),
        Column::required("stage", Type::TEXT, "The stage entered."),
        Column::required("entered_at", Type::Time, "When it was entered."),
        Column::optional("left_at", Type::Time, "When it was left; else the deal's next change counts."),
    ],
    time: Some("entered_at"),
    key: None,
    references: &[CanonicalReference { name: "deal", on: "deal_id", table: "deals" }],
};

pub(super) const LEADS: CanonicalTable = CanonicalTable {
    name: "leads",
    description: "One row per lead.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the lead."),
        Column::optional("email", Type::TEXT, "Its e-mail address."),
        Column::optional("owner", Type::TEXT, "The rep who owns it."),
        Column::optional("source", Type::TEXT, "Where it came from."),
        Column::optional("campaign_id", Type::TEXT, "The campaign that it is credited to."),
        Column::required("created_at", Type::Time, "When it came in."),
        Column::optional("first_response_at", Type::Time, "When somebody first answered it."),
        Column::optional("qualified_at", Type::Time, "When it was found worth pursuing."),
        Column::optional("converted_at", Type::Time, "When it became a customer."),
        Column::optional("customer_id", Type::TEXT, "The customer it became."),
        Column::optional("score", Type::NUMBER, "Its score, on the project's own scale."),
        Column::optional("status", Type::TEXT, "Its status, in the project's own words."),
    ],
    time: Some("created_at"),
    key: Some("id"),
    references: &[CUSTOMER, CAMPAIGN],
};

pub(super) const ORDERS: CanonicalTable = CanonicalTable {
    name: "orders",
    description: "One row per purchase.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the order."),
        Column::required("customer_id", Type::TEXT, "Who bought."),
        Column::required("ordered_at", Type::Time, "When it was bought."),
        Column::required("amount", Type::MONEY, "What was paid, in the project's currency."),
        Column::optional("cost", Type::MONEY, "What the goods cost to provide."),
        Column::optional("campaign_id", Type::TEXT, "The campaign that it is credited to."),
        Column::optional("product", Type::TEXT, "What was bought."),
        Column::optional("kind", Type::TEXT, "The kind of order, in the project's own words."),
    ],
    time: Some("ordered_at"),
    key: Some("id"),
    references: &[CUSTOMER, CAMPAIGN],
};

pub(super) const UPSELL_OFFERS: CanonicalTable = CanonicalTable {
    name: "upsell_offers",
    description: "One row each time a customer is offered more.",
    columns: &[
        Column::required("customer_id", Type::TEXT, "Who was approached."),
        Column::required("offered_at", Type::Time, "When."),
        Column::optional("accepted_at", Type::Time, "When it was accepted; blank if it was not."),
        Column::optional("amount", Type::MONEY, "What it is worth, in the project's currency."),
    ],
    time: Some("offered_at"),
    key: None,
    references: &[CUSTOMER],
};

pub(super) const QUOTAS: CanonicalTable = CanonicalTable {
    name: "quotas",
    description: "One row per quota: an amount to be won in a span of time.",
    columns: &[
        Column::optional("owner", Type::TEXT, "The rep it is for, as deals name their owner."),
        Column::optional("team", Type::TEXT, "The team it is for, as deals name theirs."),
        Column::required("starts_at", Type::Time, "The first day it covers."),
        Column::required("ends_at", Type::Time, "The first day it no longer covers."),
        Column::required("amount", Type::MONEY, "What is to be won, in the project's currency."),
    ],
    // An amount for a span belongs to no single period: a metric spreads it, or
    // says `.on(quotas.starts_at)`.
    time: None,
    key: None,
    references: &[],
};
