//! Customers, what they pay for, what they say, and what they ask for.

use super::{CAMPAIGN, CUSTOMER, CanonicalColumn as Column, CanonicalTable, CanonicalType as Type};

pub(super) const CUSTOMERS: CanonicalTable = CanonicalTable {
    name: "customers",
    description: "One row per customer, present and past.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the customer."),
        Column::optional("name", Type::TEXT, "What it is called."),
        Column::optional("segment", Type::TEXT, "The segment it belongs to."),
        Column::optional("region", Type::TEXT, "Where it is."),
        Column::optional("plan", Type::TEXT, "What it pays for."),
        Column::optional("source", Type::TEXT, "Where it came from."),
        Column::optional("campaign_id", Type::TEXT, "The campaign that won it."),
        Column::required("started_at", Type::Time, "When it became a customer."),
        Column::optional("ended_at", Type::Time, "When it stopped being one; blank while it is."),
    ],
    time: Some("started_at"),
    key: Some("id"),
    references: &[CAMPAIGN],
};

pub(super) const SUBSCRIPTIONS: CanonicalTable = CanonicalTable {
    name: "subscriptions",
    description: "One row per subscription and price: a change of price ends one row and starts another.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the row."),
        Column::required("customer_id", Type::TEXT, "Who pays."),
        Column::optional("plan", Type::TEXT, "For what."),
        Column::required("mrr", Type::MONEY, "What is paid per month, in the project's currency."),
        Column::required("started_at", Type::Time, "When it started."),
        Column::optional("ended_at", Type::Time, "When it ended; blank while it goes on."),
    ],
    time: Some("started_at"),
    key: Some("id"),
    references: &[CUSTOMER],
};

pub(super) const SURVEYS: CanonicalTable = CanonicalTable {
    name: "surveys",
    description: "One row per answer to a survey.",
    columns: &[
        Column::required("kind", Type::TEXT, "Net promoter score, satisfaction, or effort.")
            .words(&["nps", "csat", "ces"]),
        Column::required("score", Type::NUMBER, "The answer."),
        Column::optional("scale_min", Type::NUMBER, "The lowest answer possible."),
        Column::optional("scale_max", Type::NUMBER, "The highest answer possible."),
        Column::optional("customer_id", Type::TEXT, "Who answered."),
        Column::optional("agent", Type::TEXT, "The agent it is about."),
        Column::required("at", Type::Time, "When it was answered."),
    ],
    time: Some("at"),
    key: None,
    references: &[CUSTOMER],
};

pub(super) const TICKETS: CanonicalTable = CanonicalTable {
    name: "tickets",
    description: "One row per support ticket, in its present state.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the ticket."),
        Column::optional("customer_id", Type::TEXT, "Who asked."),
        Column::optional("agent", Type::TEXT, "Who answers."),
        Column::optional("channel", Type::TEXT, "How it was asked."),
        Column::optional("priority", Type::TEXT, "How urgent it is."),
        Column::required("opened_at", Type::Time, "When it was opened."),
        Column::optional("first_response_at", Type::Time, "When it was first answered."),
        Column::optional("resolved_at", Type::Time, "When it was resolved; blank while it is open."),
        Column::optional("reopened", Type::BOOL, "Whether it was opened again after that."),
    ],
    time: Some("opened_at"),
    key: Some("id"),
    references: &[CUSTOMER],
};
