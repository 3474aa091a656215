//! What service works with: tickets and what customers think.

use goalpost_core::schema::ColumnType;

use super::Table;
use crate::demo::chance::{Draws, Stream, WAITS};
use crate::demo::chunks::{Column, Outcome, Rows};
use crate::demo::customer::Customer;
use crate::demo::customer_key::CustomerKey;
use crate::demo::dirt;
use crate::demo::timeline::{MINUTE, midnight, working_hour};
use crate::demo::world::World;

/// Tickets under headers like those of a help desk.
pub(super) const TICKETS: Table = Table {
    name: "tickets",
    columns: &[
        Column::text("Id"),
        Column::text("Organization"),
        Column::text("Assignee"),
        Column::text("Via"),
        Column::text("Priority"),
        Column::moment("Created at"),
        Column::moment("First reply at"),
        Column::by_hand("Solved at", ColumnType::DateTime),
        Column::new("Reopened", ColumnType::Bool),
    ],
    fill: tickets,
};

/// Channels with their share and the median minutes to an answer.
const CHANNELS: [(&str, u32, i64); 4] =
    [("email", 50, 170), ("web", 16, 150), ("chat", 20, 4), ("phone", 14, 2)];

/// Priorities with their share and the median minutes of work.
const PRIORITIES: [(&str, u32, i64); 4] =
    [("urgent", 6, 240), ("high", 18, 600), ("normal", 56, 1_500), ("low", 20, 3_600)];

fn tickets(world: &World, rows: &mut Rows) -> Outcome {
    let end = midnight(world.timeline.end);
    for number in 0..world.deals {
        let mut draws = Draws::of(world.seed, Stream::Ticket, number);
        let mut dirty = Draws::of(world.seed, Stream::TicketDirt, number);
        let day = world.timeline.day_of(number, world.deals);
        let opened = working_hour(day, &mut draws);
        let (channel, _, wait) = CHANNELS[draws.weighted(&CHANNELS.map(|(_, weight, _)| weight))];
        let (priority, _, work) = PRIORITIES[draws.weighted(&PRIORITIES.map(|(_, weight, _)| weight))];
        let slow = wait > 60 && day >= world.short_staffed;
        let wait = if slow { wait * 17 / 10 } else { wait };
        let seconds = draws.skewed(&WAITS, wait * 60);
        let answered = Some(opened + seconds * 1_000_000).filter(|at| *at < end);
        let solved = answered
            .map(|at| at + draws.skewed(&WAITS, work) * MINUTE)
            .filter(|at| !draws.per_mille(25) && *at < end);
        let reopened = solved.is_some() && draws.per_mille(55);

        rows.format(format_args!("{}", 200_000 + number));
        match dirty.below(1_000) as u32 {
            n if n < dirt::TICKET_NO_CUSTOMER.per_mille => rows.text(None),
            n if n < dirt::TICKET_NO_CUSTOMER.per_mille + dirt::TICKET_OLD_CUSTOMER.per_mille => {
                rows.format(format_args!("C-{}", 1_000 + dirty.below(9_000)));
            }
            _ => rows.maybe(Customer::some(world, day, &mut draws).map(|customer| customer.key)),
        }
        let agent = draws.pick(&world.agents);
        let unassigned = dirty.per_mille(dirt::TICKET_NO_AGENT.per_mille);
        rows.text((!unassigned).then_some(agent.as_str()));
        rows.text(channel);
        rows.text(priority);
        rows.moment(opened);
        let negative = dirty.per_mille(dirt::TICKET_NEGATIVE.per_mille);
        let earlier = i64::from(dirty.between(1, 50)) * MINUTE;
        rows.moment(answered.map(|at| if negative { opened - earlier } else { at }));
        let bad = dirty.per_mille(dirt::TICKET_BAD_DATE.per_mille);
        if bad && solved.is_some() && rows.takes_text() {
            rows.text("0000-00-00 00:00:00");
        } else {
            rows.moment(solved);
        }
        rows.flag(reopened);
        rows.end()?;
    }
    Ok(())
}

/// Answers to three kinds of question, each on its own scale.
pub(super) const SURVEYS: Table = Table {
    name: "surveys",
    columns: &[
        Column::text("kind"),
        Column::new("score", ColumnType::Integer),
        Column::new("scale_min", ColumnType::Integer),
        Column::new("scale_max", ColumnType::Integer),
        Column::text("customer_id"),
        Column::text("agent"),
        Column::moment("at"),
    ],
    fill: surveys,
};

/// Kinds with their share, scale, and the weight of each answer from the lowest.
const SURVEY_KINDS: [(&str, u32, i64, &[u32]); 3] = [
    ("nps", 40, 0, &[2, 1, 2, 2, 3, 6, 7, 15, 22, 22, 18]),
    ("csat", 44, 1, &[5, 6, 14, 38, 37]),
    ("ces", 16, 1, &[3, 5, 8, 15, 27, 26, 16]),
];

fn surveys(world: &World, rows: &mut Rows) -> Outcome {
    let count = world.deals / 4;
    for number in 0..count {
        let mut draws = Draws::of(world.seed, Stream::Survey, number);
        let day = world.timeline.day_of(number, count);
        let kind = draws.weighted(&SURVEY_KINDS.map(|(_, weight, _, _)| weight));
        let (name, _, lowest, answers) = SURVEY_KINDS[kind];
        let agent = draws.below(world.agents.len() as u64) as usize;
        let mut answer = draws.weighted(answers);
        // One agent in eight is liked less, and so is waiting.
        let worse = agent % 8 == 2 || day >= world.short_staffed && draws.per_mille(300);
        if name != "nps" && worse {
            answer = answer.min(draws.weighted(answers));
        }
        rows.text(name);
        rows.integer(lowest + answer as i64);
        rows.integer(lowest);
        rows.integer(lowest + answers.len() as i64 - 1);
        rows.maybe(CustomerKey::asked(world, day, &mut draws));
        rows.text((name != "nps").then(|| world.agents[agent].as_str()));
        rows.moment(working_hour(day, &mut draws));
        rows.end()?;
    }
    Ok(())
}

impl CustomerKey {
    /// A customer who answers on a day.
    fn asked(world: &World, day: i32, draws: &mut Draws) -> Option<Self> {
        Customer::some(world, day, draws).map(|customer| customer.key)
    }
}
