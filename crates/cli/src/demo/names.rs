//! Names of people and companies, put together from short lists; none is meant.

use std::fmt;

use super::chance::Draws;

const FIRST: [&str; 30] = [
    "Maya", "Tomas", "Ines", "Kwame", "Priya", "Oskar", "Leila", "Hugo", "Aiko", "Ben", "Chiara", "Dmitri",
    "Elif", "Farid", "Greta", "Hana", "Ivan", "Jana", "Karim", "Luz", "Mateo", "Nora", "Owen", "Paula",
    "Quentin", "Rosa", "Samir", "Tessa", "Umar", "Vera",
];

const LAST: [&str; 30] = [
    "Okafor",
    "Lindqvist",
    "Moreau",
    "Tanaka",
    "Novak",
    "Haddad",
    "Silva",
    "Berg",
    "Castillo",
    "Duarte",
    "Eriksen",
    "Fischer",
    "Gupta",
    "Horvath",
    "Ito",
    "Jansen",
    "Kowalski",
    "Larsen",
    "Mbeki",
    "Nguyen",
    "Orlov",
    "Petit",
    "Quinn",
    "Romano",
    "Schmid",
    "Torres",
    "Ueda",
    "Vargas",
    "Weber",
    "Yilmaz",
];

const GROUND: [&str; 40] = [
    "Alder", "Amber", "Anchor", "Ash", "Beacon", "Birch", "Blue", "Bright", "Cedar", "Clear", "Cliff",
    "Copper", "Crest", "Dune", "Eagle", "East", "Elm", "Ember", "Fern", "Field", "Flint", "Fox", "Granite",
    "Green", "Harbor", "Hazel", "Heron", "High", "Iron", "Juniper", "Lake", "Maple", "Mill", "North", "Oak",
    "Pine", "River", "Silver", "Stone", "West",
];

const PLACE: [&str; 40] = [
    "bank", "bay", "bridge", "brook", "craft", "dale", "field", "flow", "ford", "forge", "gate", "grove",
    "haven", "hill", "house", "land", "leaf", "light", "line", "mark", "mead", "mill", "mont", "path",
    "point", "port", "ridge", "rock", "shore", "side", "song", "spring", "stead", "stream", "vale", "view",
    "ward", "water", "well", "wood",
];

const FORM: [&str; 8] = ["Ltd", "GmbH", "Inc", "Group", "Logistics", "Foods, Inc", "& Sons", "Labs"];

/// The number of people with different names.
pub(super) const PEOPLE: u64 = 900;

/// The name of the n-th of [`PEOPLE`].
pub(super) fn person(number: u64) -> String {
    let (first, last) = parts(number);
    format!("{first} {last}")
}

/// The e-mail address of somebody, at a domain reserved for examples.
pub(super) fn email(first: &str, last: &str, number: u64, company: CompanyName) -> String {
    let at = format!("{first}.{last}{number}@{}{}.example", company.ground, company.place);
    at.to_lowercase()
}

/// First and last name of the n-th of [`PEOPLE`].
pub(super) fn parts(number: u64) -> (&'static str, &'static str) {
    let first = number % 30;
    let last = (number * 7 + number / 30) % 30;
    (FIRST[first as usize], LAST[last as usize])
}

/// The name of a company.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompanyName {
    pub(super) ground: &'static str,
    pub(super) place: &'static str,
    pub(super) form: &'static str,
}

impl CompanyName {
    pub(super) fn drawn(draws: &mut Draws) -> Self {
        Self { ground: *draws.pick(&GROUND), place: *draws.pick(&PLACE), form: *draws.pick(&FORM) }
    }
}

impl fmt::Display for CompanyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}", self.ground, self.place, self.form)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_people_share_a_name() {
        let names: BTreeSet<String> = (0..PEOPLE).map(person).collect();
        assert_eq!(names.len() as u64, PEOPLE);
    }
}
