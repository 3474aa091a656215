//! The dirt that real exports have, with its shares.
//!
//! The list is the only place where a share is written: the generator draws by
//! it and the README of the project is made from it.

/// One kind of dirt.
pub(super) struct Dirt {
    pub(super) table: &'static str,
    /// What an analyst finds.
    pub(super) what: &'static str,
    /// Of a thousand rows that can have it.
    pub(super) per_mille: u32,
    /// Whether only text files can hold it.
    pub(super) text_only: bool,
}

macro_rules! dirt {
    ($($name:ident = $table:literal, $per_mille:literal, $text_only:literal, $what:literal;)*) => {
        $(pub(super) const $name: Dirt =
            Dirt { table: $table, what: $what, per_mille: $per_mille, text_only: $text_only };)*

        /// All of it.
        pub(super) const ALL: &[Dirt] = &[$($name,)*];
    };
}

dirt! {
    DEAL_BAD_DATE = "deals", 8, true, "a close date that is no date (`31/02/2026`, `tbc`), among ended deals";
    DEAL_THOUSANDS = "deals", 5, true, "an amount with thousands separators (`12,500.00`)";
    DEAL_SIGN = "deals", 4, true, "an amount with a currency sign (`$12500.00`)";
    DEAL_NO_AMOUNT = "deals", 10, false, "no amount";
    DEAL_NO_OWNER = "deals", 8, false, "no owner";
    DEAL_FORMER_OWNER = "deals", 6, false, "an owner who is not in `reps` (`Former User`)";
    DEAL_NEGATIVE = "deals", 4, false, "closed before it was created, among ended deals";
    CUSTOMER_NEWLINE = "customers", 8, false, "a line break inside the name";
    CUSTOMER_SPACES = "customers", 15, false, "spaces after the name";
    CONTACT_DUPLICATE = "contacts", 40, false, "a second record of somebody, found by e-mail or phone";
    CONTACT_NO_EMAIL = "contacts", 60, false, "no e-mail";
    CONTACT_BAD_EMAIL = "contacts", 12, false, "an e-mail that is none (`maya(at)example`)";
    CONTACT_NO_PHONE = "contacts", 180, false, "no phone";
    CONTACT_NO_COMPANY = "contacts", 50, false, "no company";
    CONTACT_NO_COUNTRY = "contacts", 90, false, "no country";
    CONTACT_SPACES = "contacts", 25, false, "spaces around the e-mail";
    LEAD_NO_OWNER = "leads", 12, false, "no owner";
    TICKET_NO_CUSTOMER = "tickets", 40, false, "nobody known as the requester";
    TICKET_OLD_CUSTOMER = "tickets", 5, false, "a requester who is not in `customers` (merged records)";
    TICKET_NO_AGENT = "tickets", 10, false, "no assignee";
    TICKET_NEGATIVE = "tickets", 4, false, "answered before it was opened (clocks differ)";
    TICKET_BAD_DATE = "tickets", 4, true, "a time of solving that is no time (`0000-00-00 00:00:00`), among solved ones";
}
