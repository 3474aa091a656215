//! The CRM itself: who uses it, and the contacts kept in it.

use super::{CanonicalColumn as Column, CanonicalReference, CanonicalTable, CanonicalType as Type};

pub(super) const USERS: CanonicalTable = CanonicalTable {
    name: "users",
    description: "One row per user of the CRM.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the user."),
        Column::optional("team", Type::TEXT, "The user's team."),
        Column::required("licensed_from", Type::Time, "When the licence began."),
        Column::optional("licensed_until", Type::Time, "When it ended; blank while it goes on."),
    ],
    time: Some("licensed_from"),
    key: Some("id"),
    references: &[],
};

pub(super) const LOGINS: CanonicalTable = CanonicalTable {
    name: "logins",
    description: "One row each time a user was active in the CRM.",
    columns: &[Column::required("user_id", Type::TEXT, "Who."), Column::required("at", Type::Time, "When.")],
    time: Some("at"),
    key: None,
    references: &[CanonicalReference { name: "user", on: "user_id", table: "users" }],
};

pub(super) const CONTACTS: CanonicalTable = CanonicalTable {
    name: "contacts",
    description: "One row per person known.",
    columns: &[
        Column::required("id", Type::TEXT, "Identifies the contact."),
        Column::optional("email", Type::TEXT, "The e-mail address."),
        Column::optional("phone", Type::TEXT, "The phone number."),
        Column::optional("name", Type::TEXT, "The person's name."),
        Column::optional("company", Type::TEXT, "The company the person works for."),
        Column::optional("country", Type::TEXT, "The country."),
        Column::optional("owner", Type::TEXT, "The rep who owns the contact."),
        Column::required("created_at", Type::Time, "When it was recorded."),
        Column::optional("updated_at", Type::Time, "When it was last changed."),
    ],
    time: Some("created_at"),
    key: Some("id"),
    references: &[],
};
