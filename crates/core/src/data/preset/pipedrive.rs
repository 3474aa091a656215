//! Pipedrive: headers of the export from its lists, which name the object first.

use super::{ENDED, Fate, Place, Preset, PresetTable, Reading, When, of, plain, words};

const STATUS: &[&str] = &["Deal - Status"];

pub(super) const PIPEDRIVE: Preset = Preset {
    name: "pipedrive",
    product: "Pipedrive",
    gone: &[Fate::Deleted, Fate::DeletedStatus, Fate::Merged],
    tables: &[
        PresetTable {
            table: "deals",
            export: "deals",
            columns: &[
                of("id", &[plain(&["Deal - ID"])]),
                of("customer_id", &[plain(&["Deal - Organization ID"])]),
                of("contact_id", &[plain(&["Deal - Contact person ID"])]),
                of("owner", &[plain(&["Deal - Owner"])]),
                of("pipeline", &[plain(&["Deal - Pipeline"])]),
                of("stage", &[plain(&["Deal - Stage"])]),
                // A deleted deal is none: it has no outcome.
                of(
                    "outcome",
                    &[words(STATUS, &[("Won", "won"), ("Lost", "lost"), ("Open", "open"), ("Deleted", "")])],
                ),
                of("amount", &[plain(&["Deal - Value"])]),
                of("currency", &[plain(&["Deal - Currency of Value", "Deal - Currency"])]),
                of("created_at", &[plain(&["Deal - Deal created", "Deal - Creation date"])]),
                of(
                    "closed_at",
                    &[
                        plain(&["Deal - Deal closed on", "Deal - Closed on"]),
                        plain(&["Deal - Won time"]).when(When::Holds(STATUS, &["won"])),
                        plain(&["Deal - Lost time"]).when(When::Holds(STATUS, &["lost"])),
                    ],
                )
                .only("outcome", ENDED),
                of("expected_close_at", &[plain(&["Deal - Expected close date"])]),
                of(
                    "probability",
                    &[Place {
                        headers: &["Deal - Probability"],
                        reading: Reading::Percent,
                        when: When::Always,
                    }],
                ),
                of("source", &[plain(&["Deal - Source channel", "Deal - Source origin"])]),
            ],
        },
        PresetTable {
            table: "contacts",
            export: "people",
            columns: &[
                of("id", &[plain(&["Person - ID"])]),
                of("email", &[plain(&["Person - Email", "Person - Email - Work"])]),
                of("phone", &[plain(&["Person - Phone", "Person - Phone - Work"])]),
                of("name", &[plain(&["Person - Name"])]),
                of("company", &[plain(&["Person - Organization"])]),
                of("owner", &[plain(&["Person - Owner"])]),
                of("created_at", &[plain(&["Person - Person created", "Person - Creation date"])]),
                of("updated_at", &[plain(&["Person - Update time"])]),
            ],
        },
    ],
};
