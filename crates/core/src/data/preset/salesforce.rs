//! Salesforce: labels of its reports, and field names of its data exports.

use super::{ENDED, FALSE, Fate, Place, Preset, PresetTable, Reading, When, of, plain, words};

const CREATED: &[&str] = &["Created Date", "CreatedDate", "Create Date"];
const CHANGED: &[&str] = &["Last Modified Date", "LastModifiedDate", "Last Modified"];
const SOURCE: &[&str] = &["Lead Source", "LeadSource"];
const WON: &[&str] = &["Won", "IsWon"];
const CLOSED: &[&str] = &["Closed", "IsClosed"];

pub(super) const SALESFORCE: Preset = Preset {
    name: "salesforce",
    product: "Salesforce",
    gone: &[Fate::Deleted, Fate::Merged],
    tables: &[
        PresetTable {
            table: "deals",
            export: "opportunities",
            columns: &[
                of("id", &[plain(&["Opportunity ID", "Id"])]),
                of("customer_id", &[plain(&["Account ID", "AccountId"])]),
                of("contact_id", &[plain(&["Contact ID", "ContactId"])]),
                of("owner", &[plain(&["Opportunity Owner", "Owner", "Owner ID", "OwnerId"])]),
                of("stage", &[plain(&["Stage", "StageName"])]),
                of(
                    "outcome",
                    &[
                        words(
                            WON,
                            &[
                                ("true", "won"),
                                ("1", "won"),
                                ("yes", "won"),
                                ("false", ""),
                                ("0", ""),
                                ("no", ""),
                            ],
                        ),
                        // Closed means lost only where the export says that it was not won.
                        words(
                            CLOSED,
                            &[
                                ("true", "lost"),
                                ("1", "lost"),
                                ("yes", "lost"),
                                ("false", "open"),
                                ("0", "open"),
                                ("no", "open"),
                            ],
                        )
                        .when(When::Holds(WON, FALSE)),
                        words(
                            CLOSED,
                            &[
                                ("true", ""),
                                ("1", ""),
                                ("yes", ""),
                                ("false", "open"),
                                ("0", "open"),
                                ("no", "open"),
                            ],
                        ),
                        // The stages that every organisation begins with.
                        words(
                            &["Stage", "StageName"],
                            &[
                                ("Closed Won", "won"),
                                ("Closed Lost", "lost"),
                                ("Prospecting", "open"),
                                ("Qualification", "open"),
                                ("Needs Analysis", "open"),
                                ("Value Proposition", "open"),
                                ("Id. Decision Makers", "open"),
                                ("Perception Analysis", "open"),
                                ("Proposal/Price Quote", "open"),
                                ("Negotiation/Review", "open"),
                            ],
                        ),
                    ],
                ),
                of("amount", &[plain(&["Amount"])]),
                of("currency", &[plain(&["Amount Currency", "Opportunity Currency", "CurrencyIsoCode"])]),
                of("created_at", &[plain(CREATED)]),
                // One date serves both: while an opportunity is open, it is a hope.
                of("closed_at", &[plain(&["Close Date", "CloseDate"])]).only("outcome", ENDED),
                of("expected_close_at", &[plain(&["Close Date", "CloseDate"])]),
                of(
                    "probability",
                    &[Place {
                        headers: &["Probability (%)", "Probability"],
                        reading: Reading::Percent,
                        when: When::Always,
                    }],
                ),
                of("source", &[plain(SOURCE)]),
                of("campaign_id", &[plain(&["Campaign ID", "CampaignId", "Primary Campaign Source ID"])]),
                of(
                    "kind",
                    &[words(
                        &["Type", "Opportunity Type"],
                        &[
                            ("New Customer", "new"),
                            ("New Business", "new"),
                            ("Existing Customer - Upgrade", "upsell"),
                            ("Existing Business", "upsell"),
                            ("Existing Customer - Replacement", ""),
                            ("Existing Customer - Downgrade", ""),
                            ("Renewal", "renewal"),
                        ],
                    )],
                ),
            ],
        },
        PresetTable {
            table: "customers",
            export: "accounts",
            columns: &[
                of("id", &[plain(&["Account ID", "AccountId", "Id"])]),
                of("name", &[plain(&["Account Name", "Name"])]),
                of("segment", &[plain(&["Industry"])]),
                of("region", &[plain(&["Billing Country", "BillingCountry"])]),
                of("source", &[plain(&["Account Source", "AccountSource"])]),
            ],
        },
        PresetTable {
            table: "leads",
            export: "leads",
            columns: &[
                of("id", &[plain(&["Lead ID", "Id"])]),
                of("email", &[plain(&["Email"])]),
                of("owner", &[plain(&["Lead Owner", "Owner ID", "OwnerId"])]),
                of("source", &[plain(SOURCE)]),
                of("created_at", &[plain(CREATED)]),
                of("converted_at", &[plain(&["Converted Date", "ConvertedDate"])]),
                of("customer_id", &[plain(&["Converted Account ID", "ConvertedAccountId"])]),
                of("status", &[plain(&["Lead Status", "Status"])]),
            ],
        },
        PresetTable {
            table: "campaigns",
            export: "campaigns",
            columns: &[
                of("id", &[plain(&["Campaign ID", "CampaignId", "Id"])]),
                of("name", &[plain(&["Campaign Name", "Name"])]),
                of("channel", &[plain(&["Type", "Campaign Type"])]),
                of("started_at", &[plain(&["Start Date", "StartDate"])]),
                of("ended_at", &[plain(&["End Date", "EndDate"])]),
                of("budget", &[plain(&["Budgeted Cost", "Budgeted Cost in Campaign", "BudgetedCost"])]),
            ],
        },
        PresetTable {
            table: "contacts",
            export: "contacts",
            columns: &[
                of("id", &[plain(&["Contact ID", "ContactId", "Id"])]),
                of("email", &[plain(&["Email"])]),
                of("phone", &[plain(&["Phone", "Mobile", "MobilePhone"])]),
                of(
                    "name",
                    &[
                        plain(&["Full Name", "Name"]),
                        Place {
                            headers: &["First Name", "FirstName"],
                            reading: Reading::Followed(&["Last Name", "LastName"]),
                            when: When::Always,
                        },
                    ],
                ),
                of("company", &[plain(&["Account Name"])]),
                of("country", &[plain(&["Mailing Country", "MailingCountry"])]),
                of("owner", &[plain(&["Contact Owner", "Owner ID", "OwnerId"])]),
                of("created_at", &[plain(CREATED)]),
                of("updated_at", &[plain(CHANGED)]),
            ],
        },
    ],
};
