//! People: users of the CRM, their logins, and the contacts in it.

use super::Table;
use crate::demo::chance::{Draws, Stream};
use crate::demo::chunks::{Column, Outcome, Rows};
use crate::demo::company::TEAMS;
use crate::demo::dirt;
use crate::demo::names::{CompanyName, PEOPLE, email, parts};
use crate::demo::timeline::{Day, months_before, workday, working_hour};
use crate::demo::world::World;

/// Who may use the CRM.
pub(super) const USERS: Table = Table {
    name: "users",
    columns: &[
        Column::text("id"),
        Column::text("name"),
        Column::text("team"),
        Column::date("licensed_from"),
        Column::date("licensed_until"),
    ],
    fill: users,
};

struct User<'a> {
    id: String,
    name: &'a str,
    team: &'static str,
    from: Day,
    until: Option<Day>,
    /// Of a thousand working days, those on which they log in.
    active: u32,
}

/// All users: reps, then agents.
fn all_users(world: &World) -> impl Iterator<Item = User<'_>> {
    let reps = world.reps.iter().map(|rep| (rep.name.as_str(), TEAMS[rep.team].0));
    let agents = world.agents.iter().map(|agent| (agent.as_str(), "Support"));
    reps.chain(agents).enumerate().map(|(number, (name, team))| {
        let mut draws = Draws::of(world.seed, Stream::User, number as u64);
        let from = workday(world.crm + draws.between(0, 120));
        let left = workday(from + draws.between(200, 900));
        let until = (draws.per_mille(100) && left < world.timeline.end).then_some(left);
        // Some are licensed and hardly ever come.
        let active = if draws.per_mille(150) { draws.between(0, 12) } else { draws.between(150, 600) };
        User { id: format!("U-{:03}", number + 1), name, team, from, until, active: active as u32 }
    })
}

fn users(world: &World, rows: &mut Rows) -> Outcome {
    for user in all_users(world) {
        rows.text(user.id.as_str());
        rows.text(user.name);
        rows.text(user.team);
        rows.date(user.from);
        rows.date(user.until);
        rows.end()?;
    }
    Ok(())
}

/// Logins of the last twelve months, which is as long as they are kept.
pub(super) const LOGINS: Table =
    Table { name: "logins", columns: &[Column::text("user_id"), Column::moment("at")], fill: logins };

fn logins(world: &World, rows: &mut Rows) -> Outcome {
    for (number, user) in all_users(world).enumerate() {
        let first = months_before(world.timeline.end, 12).max(user.from);
        for day in first..user.until.unwrap_or(world.timeline.end) {
            let mut draws = Draws::of(world.seed, Stream::Login, number as u64 * 100_000 + day as u64);
            if workday(day) == day && draws.per_mille(user.active) {
                rows.text(user.id.as_str());
                rows.moment(working_hour(day, &mut draws));
                rows.end()?;
            }
        }
    }
    Ok(())
}

/// Contacts, as people typed them.
pub(super) const CONTACTS: Table = Table {
    name: "contacts",
    columns: &[
        Column::text("id"),
        Column::text("email"),
        Column::text("phone"),
        Column::text("name"),
        Column::text("company"),
        Column::text("country"),
        Column::text("owner"),
        Column::date("created_at"),
        Column::date("updated_at"),
    ],
    fill: contacts,
};

/// Countries: the code, what others write, the calling code.
const COUNTRIES: [(&str, &str, &str); 8] = [
    ("GB", "United Kingdom", "+44"),
    ("US", "USA", "+1"),
    ("DE", "Germany", "+49"),
    ("FR", "France", "+33"),
    ("NL", "Holland", "+31"),
    ("CA", "Canada", "+1"),
    ("AU", "australia", "+61"),
    ("SG", "Singapore", "+65"),
];

const COUNTRY_WEIGHTS: [u32; 8] = [22, 30, 12, 8, 6, 7, 9, 6];

/// What is known of somebody, before it was typed.
struct Contact {
    name: (&'static str, &'static str),
    company: CompanyName,
    country: usize,
    email: Option<String>,
    /// Nine digits that nobody else has.
    phone: Option<u64>,
}

impl Contact {
    fn of(world: &World, number: u64) -> Self {
        let mut draws = Draws::of(world.seed, Stream::Contact, number);
        let name = parts(draws.below(PEOPLE));
        let company = CompanyName::drawn(&mut draws);
        let country = draws.weighted(&COUNTRY_WEIGHTS);
        let email = (!draws.per_mille(dirt::CONTACT_NO_EMAIL.per_mille))
            .then(|| email(name.0, name.1, number, company));
        // 7,919 and 10⁹ have no common factor, so no two numbers meet.
        let phone = (!draws.per_mille(dirt::CONTACT_NO_PHONE.per_mille))
            .then_some((number * 7_919 + 207_946_001) % 1_000_000_000);
        Self { name, company, country, email, phone }
    }

    /// Whose second record this is.
    fn original(world: &World, number: u64) -> Option<u64> {
        let is_second = |number: u64| {
            let mut draws = Draws::of(world.seed, Stream::ContactDuplicate, number);
            draws.per_mille(dirt::CONTACT_DUPLICATE.per_mille)
        };
        if !is_second(number) {
            return None;
        }
        (number.saturating_sub(60)..number).rev().skip(3).find(|first| !is_second(*first))
    }
}

fn contacts(world: &World, rows: &mut Rows) -> Outcome {
    for number in 0..world.contacts {
        let mut draws = Draws::of(world.seed, Stream::ContactDirt, number);
        let original = Contact::original(world, number);
        let contact = Contact::of(world, original.unwrap_or(number));
        let created = world.timeline.day_of(number, world.contacts);

        rows.format(format_args!("P-{}", 100_000 + number));
        // A second record has the address in other letters, or only the number in another form.
        let by_phone = original.is_some() && (contact.email.is_none() || draws.per_mille(350));
        match &contact.email {
            Some(_) if by_phone && contact.phone.is_some() => rows.text(None),
            Some(email) if original.is_some() => rows.format(format_args!("{} ", email.to_uppercase())),
            Some(_) if draws.per_mille(dirt::CONTACT_BAD_EMAIL.per_mille) => {
                rows.format(format_args!("{}(at){}", contact.name.0, contact.company.ground));
            }
            Some(email) if draws.per_mille(dirt::CONTACT_SPACES.per_mille) => {
                rows.format(format_args!(" {email} "));
            }
            Some(email) => rows.text(email.as_str()),
            None => rows.text(None),
        }
        let (code, spoken, prefix) = COUNTRIES[contact.country];
        let (a, b, c) = match contact.phone {
            Some(digits) => (digits / 1_000_000, digits / 1_000 % 1_000, digits % 1_000),
            None => (0, 0, 0),
        };
        match (contact.phone, draws.below(10)) {
            (None, _) => rows.text(None),
            (Some(_), _) if original.is_some() => rows.format(format_args!("(0){a:03}-{b:03}-{c:03}")),
            (Some(_), 0) => rows.format(format_args!("0{a:03} {b:03}{c:03}")),
            (Some(_), 1) => rows.format(format_args!("{prefix}{a:03}{b:03}{c:03}")),
            (Some(_), _) => rows.format(format_args!("{prefix} {a:03} {b:03} {c:03}")),
        }
        rows.format(format_args!("{} {}", contact.name.0, contact.name.1));
        let company = !draws.per_mille(dirt::CONTACT_NO_COMPANY.per_mille);
        rows.maybe(company.then_some(contact.company));
        rows.text(if draws.per_mille(dirt::CONTACT_NO_COUNTRY.per_mille) {
            None
        } else if draws.per_mille(120) {
            Some(spoken)
        } else {
            Some(code)
        });
        let rep = draws.pick(&world.reps);
        rows.text((!draws.per_mille(110)).then_some(rep.name.as_str()));
        rows.date(created);
        // A third is never looked at again, the others until recently.
        let age = world.timeline.end - created;
        let since = if draws.per_mille(330) { 0 } else { age - draws.between(0, age.clamp(1, 240)) };
        rows.date(created + since.clamp(0, age - 1));
        rows.end()?;
    }
    Ok(())
}
