//! Zendesk: headers of its ticket views and exports.
//!
//! Its durations are minutes after the ticket was opened, so the time at which
//! something happened is found by adding them. Those "within business hours"
//! belong to no moment and stay as they are; `business_time` counts them anew.

use super::{Fate, Place, Preset, PresetTable, Reading, When, of, plain, words};

const STATUS: &[&str] = &["Status"];
/// A ticket that was opened again keeps the time at which it was once solved.
const SOLVED: When = When::HoldsIfThere(STATUS, &["solved", "closed"]);

pub(super) const ZENDESK: Preset = Preset {
    name: "zendesk",
    product: "Zendesk",
    gone: &[Fate::Deleted, Fate::DeletedStatus, Fate::Merged],
    tables: &[PresetTable {
        table: "tickets",
        export: "tickets",
        columns: &[
            of("id", &[plain(&["Id", "Ticket ID"])]),
            of("customer_id", &[plain(&["Organization id", "Requester id"])]),
            of("agent", &[plain(&["Assignee", "Assignee name"])]),
            of("channel", &[plain(&["Via", "Channel"])]),
            of("priority", &[plain(&["Priority"])]),
            of("opened_at", &[plain(&["Created at", "created_at"])]),
            of(
                "first_response_at",
                &[Place {
                    headers: &["First reply time in minutes"],
                    reading: Reading::MinutesAfter("opened_at"),
                    when: When::Always,
                }],
            ),
            of(
                "resolved_at",
                &[
                    plain(&["Solved at", "solved_at"]).when(SOLVED),
                    Place {
                        headers: &["Full resolution time in minutes"],
                        reading: Reading::MinutesAfter("opened_at"),
                        when: SOLVED,
                    },
                ],
            ),
            of("reopened", &[words(&["Reopens"], &[("0", "false"), ("*", "true")])]),
        ],
    }],
};
