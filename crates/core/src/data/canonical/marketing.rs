//! Campaigns, what they cost, and what people did in them.

use super::{
    CAMPAIGN, CONTACT, CUSTOMER, CanonicalColumn as Column, CanonicalReference, CanonicalTable,
    CanonicalType as Type,
};

pub(super) const CAMPAIGNS: CanonicalTable = CanonicalTable {
    name: "campaigns",
    description: "One row per campaign.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the campaign."),
        Column::required("name", Type::TEXT, "What it is called."),
        Column::optional("channel", Type::TEXT, "The channel it runs in."),
        Column::optional("started_at", Type::Time, "When it started."),
        Column::optional("ended_at", Type::Time, "When it ended; blank while it runs."),
        Column::optional("budget", Type::MONEY, "What it may cost, in the project's currency."),
    ],
    time: Some("started_at"),
    key: Some("id"),
    references: &[],
};

pub(super) const SPEND: CanonicalTable = CanonicalTable {
    name: "spend",
    description: "One row per amount spent, e.g. per day and campaign.",
    columns: &[
        Column::required("date", Type::Time, "When it was spent."),
        Column::required("amount", Type::MONEY, "What was spent, in the project's currency."),
        Column::required("category", Type::TEXT, "What it was spent on.").words(&[
            "marketing",
            "sales",
            "service",
            "product",
        ]),
        Column::optional("campaign_id", Type::TEXT, "The campaign it was spent on."),
    ],
    time: Some("date"),
    key: None,
    references: &[CAMPAIGN],
};

pub(super) const VISITS: CanonicalTable = CanonicalTable {
    name: "visits",
    description: "One row per visit to the web site.",
    columns: &[
        Column::required("visitor_id", Type::TEXT, "Who visited."),
        Column::required("at", Type::Time, "When."),
        Column::optional("source", Type::TEXT, "Where the visitor came from."),
        Column::optional("campaign_id", Type::TEXT, "The campaign that led there."),
        Column::required("converted", Type::BOOL, "Whether the visitor did what the visit was for."),
    ],
    time: Some("at"),
    key: None,
    references: &[CAMPAIGN],
};

pub(super) const TOUCHES: CanonicalTable = CanonicalTable {
    name: "touches",
    description: "One row each time a customer or lead was reached; `customer_id` or `lead_id` says whom.",
    columns: &[
        Column::optional("customer_id", Type::TEXT, "The customer who was reached."),
        Column::optional("lead_id", Type::TEXT, "The lead that was reached."),
        Column::required("at", Type::Time, "When."),
        Column::required("channel", Type::TEXT, "Through which channel."),
        Column::optional("campaign_id", Type::TEXT, "In which campaign."),
    ],
    time: Some("at"),
    key: None,
    references: &[CUSTOMER, CanonicalReference { name: "lead", on: "lead_id", table: "leads" }, CAMPAIGN],
};

pub(super) const EMAIL_EVENTS: CanonicalTable = CanonicalTable {
    name: "email_events",
    description: "One row per event of a mail to a contact.",
    columns: &[
        Column::required("contact_id", Type::TEXT, "Who got the mail."),
        Column::optional("campaign_id", Type::TEXT, "The campaign it belongs to."),
        Column::required("at", Type::Time, "When it happened."),
        Column::required("kind", Type::TEXT, "What happened.").words(&[
            "sent",
            "delivered",
            "opened",
            "clicked",
            "bounced",
            "unsubscribed",
            "shared",
        ]),
    ],
    time: Some("at"),
    key: None,
    references: &[CONTACT, CAMPAIGN],
};

pub(super) const SUBSCRIBERS: CanonicalTable = CanonicalTable {
    name: "subscribers",
    description: "One row per contact and mailing list.",
    columns: &[
        Column::required("contact_id", Type::TEXT, "Who subscribed."),
        Column::optional("list", Type::TEXT, "To which list."),
        Column::required("subscribed_at", Type::Time, "When."),
        Column::optional("unsubscribed_at", Type::Time, "When the contact left; blank while subscribed."),
    ],
    time: Some("subscribed_at"),
    key: None,
    references: &[CONTACT],
};
