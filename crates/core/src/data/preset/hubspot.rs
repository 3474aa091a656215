//! HubSpot: labels of the export from its lists, and property names of its interface.

use super::{ENDED, Fate, Place, Preset, PresetTable, Reading, When, of, plain, words};

const CREATED: &[&str] = &["Create Date", "Create date", "createdate", "hs_createdate"];
const CHANGED: &[&str] =
    &["Last Modified Date", "Last modified date", "lastmodifieddate", "hs_lastmodifieddate"];
const COUNTRY: &[&str] = &["Country/Region", "Country", "country"];
const SOURCE: &[&str] = &["Original Source", "Original Traffic Source", "hs_analytics_source"];
const COMPANY_ID: &[&str] = &[
    "Associated Company IDs (Primary)",
    "Primary Associated Company ID",
    "Associated Company IDs",
    "Associated Company ID",
    "associatedcompanyid",
];
const FULL_NAME: &[Place] = &[Place {
    headers: &["First Name", "firstname"],
    reading: Reading::Followed(&["Last Name", "lastname"]),
    when: When::Always,
}];

pub(super) const HUBSPOT: Preset = Preset {
    name: "hubspot",
    product: "HubSpot",
    // What is archived there is in its recycle bin.
    gone: &[Fate::Deleted, Fate::Archived, Fate::Merged],
    tables: &[
        PresetTable {
            table: "deals",
            export: "deals",
            columns: &[
                of("id", &[plain(&["Record ID", "Deal ID", "hs_object_id"])]),
                of("customer_id", &[plain(COMPANY_ID)]),
                of("contact_id", &[plain(&["Associated Contact IDs", "Associated Contact ID"])]),
                of("owner", &[plain(&["Deal owner", "hubspot_owner_id"])]),
                of("team", &[plain(&["HubSpot Team", "hubspot_team_id"])]),
                of("pipeline", &[plain(&["Pipeline"])]),
                of("stage", &[plain(&["Deal Stage", "dealstage"])]),
                of(
                    "outcome",
                    &[
                        words(&["Is Closed Won", "hs_is_closed_won"], IS_WON),
                        words(&["Is closed lost", "hs_is_closed_lost"], IS_LOST),
                        words(&["Is Deal Closed?", "hs_is_closed"], IS_CLOSED),
                        // The stages of the pipeline that every account begins with.
                        words(
                            &["Deal Stage", "dealstage"],
                            &[
                                ("Closed Won", "won"),
                                ("closedwon", "won"),
                                ("Closed Won (Sales Pipeline)", "won"),
                                ("Closed Lost", "lost"),
                                ("closedlost", "lost"),
                                ("Closed Lost (Sales Pipeline)", "lost"),
                                ("Appointment Scheduled", "open"),
                                ("appointmentscheduled", "open"),
                                ("Appointment Scheduled (Sales Pipeline)", "open"),
                                ("Qualified To Buy", "open"),
                                ("qualifiedtobuy", "open"),
                                ("Qualified To Buy (Sales Pipeline)", "open"),
                                ("Presentation Scheduled", "open"),
                                ("presentationscheduled", "open"),
                                ("Presentation Scheduled (Sales Pipeline)", "open"),
                                ("Decision Maker Bought-In", "open"),
                                ("decisionmakerboughtin", "open"),
                                ("Decision Maker Bought-In (Sales Pipeline)", "open"),
                                ("Contract Sent", "open"),
                                ("contractsent", "open"),
                                ("Contract Sent (Sales Pipeline)", "open"),
                            ],
                        ),
                    ],
                ),
                of("amount", &[plain(&["Amount"])]),
                of("currency", &[plain(&["Currency", "deal_currency_code"])]),
                of("created_at", &[plain(CREATED)]),
                // One date serves both: while a deal is open, it is a hope.
                of("closed_at", &[plain(&["Close Date", "closedate"])]).only("outcome", ENDED),
                of("expected_close_at", &[plain(&["Close Date", "closedate"])]),
                of("probability", &[plain(&["Deal Probability", "hs_deal_stage_probability"])]),
                of("source", &[plain(SOURCE)]),
                of("campaign_id", &[plain(&["hs_campaign"])]),
                of(
                    "kind",
                    &[words(
                        &["Deal Type", "dealtype"],
                        &[
                            ("New Business", "new"),
                            ("newbusiness", "new"),
                            ("Existing Business", "upsell"),
                            ("existingbusiness", "upsell"),
                            ("Renewal", "renewal"),
                        ],
                    )],
                ),
            ],
        },
        PresetTable {
            table: "customers",
            export: "companies",
            columns: &[
                of("id", &[plain(&["Record ID", "Company ID", "hs_object_id"])]),
                of("name", &[plain(&["Company name", "Name"])]),
                of("segment", &[plain(&["Industry"])]),
                of("region", &[plain(COUNTRY)]),
                of("source", &[plain(SOURCE)]),
                // The day of recording is none on which a customer was won.
                of("started_at", &[plain(&["Became a Customer Date", "hs_lifecyclestage_customer_date"])]),
            ],
        },
        PresetTable {
            table: "leads",
            export: "contacts, seen as leads",
            columns: &[
                of("id", &[plain(&["Record ID", "Contact ID", "hs_object_id"])]),
                of("email", &[plain(&["Email"])]),
                of("owner", &[plain(&["Contact owner", "hubspot_owner_id"])]),
                of("source", &[plain(SOURCE)]),
                of("created_at", &[plain(CREATED)]),
                of(
                    "first_response_at",
                    &[plain(&["Date of first engagement", "hs_sa_first_engagement_date"])],
                ),
                of(
                    "qualified_at",
                    &[plain(&[
                        "Became a Sales Qualified Lead Date",
                        "hs_lifecyclestage_salesqualifiedlead_date",
                    ])],
                ),
                of("converted_at", &[plain(&["Became a Customer Date", "hs_lifecyclestage_customer_date"])]),
                of("customer_id", &[plain(COMPANY_ID)]),
                of("score", &[plain(&["HubSpot Score", "hubspotscore"])]),
                of("status", &[plain(&["Lead Status", "hs_lead_status"])]),
            ],
        },
        PresetTable {
            table: "tickets",
            export: "tickets",
            columns: &[
                of("id", &[plain(&["Record ID", "Ticket ID", "hs_object_id", "hs_ticket_id"])]),
                of("customer_id", &[plain(COMPANY_ID)]),
                of("agent", &[plain(&["Ticket owner", "hubspot_owner_id"])]),
                of("channel", &[plain(&["Source", "source_type"])]),
                of("priority", &[plain(&["Priority", "hs_ticket_priority"])]),
                of("opened_at", &[plain(CREATED)]),
                of(
                    "first_response_at",
                    &[plain(&["First agent email response date", "first_agent_reply_date"])],
                ),
                of("resolved_at", &[plain(&["Close date", "closed_date"])]),
            ],
        },
        PresetTable {
            table: "contacts",
            export: "contacts",
            columns: &[
                of("id", &[plain(&["Record ID", "Contact ID", "hs_object_id"])]),
                of("email", &[plain(&["Email"])]),
                of("phone", &[plain(&["Phone Number", "Phone", "Mobile Phone Number"])]),
                of("name", FULL_NAME),
                of("company", &[plain(&["Company Name", "Company", "Associated Company"])]),
                of("country", &[plain(COUNTRY)]),
                of("owner", &[plain(&["Contact owner", "hubspot_owner_id"])]),
                of("created_at", &[plain(CREATED)]),
                of("updated_at", &[plain(CHANGED)]),
            ],
        },
    ],
};

const IS_WON: &[(&str, &str)] =
    &[("true", "won"), ("yes", "won"), ("1", "won"), ("false", ""), ("no", ""), ("0", "")];
const IS_LOST: &[(&str, &str)] =
    &[("true", "lost"), ("yes", "lost"), ("1", "lost"), ("false", ""), ("no", ""), ("0", "")];
/// Closed alone does not say how.
const IS_CLOSED: &[(&str, &str)] =
    &[("true", ""), ("yes", ""), ("1", ""), ("false", "open"), ("no", "open"), ("0", "open")];
