//! Names of columns from the headers of a source.
//!
//! Headers are compared without regard to case and to white space around them.
//! A header that no mapping takes gives its column a name in snake case.

use std::collections::BTreeSet;

use goalpost_core::white::trimmed;

/// A header as it is compared.
pub(in crate::source) fn folded(header: &str) -> String {
    trimmed(header).to_lowercase()
}

/// A header as a name in scripts: `Deal Stage`, `DealStage` and `deal-stage`
/// are `deal_stage`. `position` is 1 for the first column.
pub(in crate::source) fn snake_case(header: &str, position: usize) -> String {
    let letters: Vec<char> = header.chars().collect();
    let mut name = String::with_capacity(header.len());
    for (i, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            continue;
        }
        let before = i.checked_sub(1).map(|i| letters[i]);
        let after = letters.get(i + 1);
        // A word begins at a capital after a small letter, or before one (`URLPath`).
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() {
        return format!("column_{position}");
    }
    if name.starts_with(|first: char| first.is_numeric()) { format!("_{name}") } else { name.to_owned() }
}

/// A name that is not taken yet: itself, or with a number.
pub(in crate::source) fn free(name: String, taken: &BTreeSet<String>) -> String {
    if !taken.contains(&name) {
        return name;
    }
    (2..=taken.len() + 2)
        .map(|number| format!("{name}_{number}"))
        .find(|numbered| !taken.contains(numbered))
        .unwrap_or(name)
}

/// The first header that stands twice: both positions, counted from 1.
pub(in crate::source) fn doubled(headers: &[String]) -> Option<(usize, usize)> {
    let folded: Vec<String> = headers.iter().map(|header| folded(header)).collect();
    folded.iter().enumerate().filter(|(_, header)| !header.is_empty()).find_map(|(i, header)| {
        let first = folded[..i].iter().position(|earlier| earlier == header)?;
        Some((first + 1, i + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_names() {
        for (header, name) in [
            ("Deal Stage", "deal_stage"),
            ("Deal - ID", "deal_id"),
            ("CloseDate", "close_date"),
            ("AccountId", "account_id"),
            ("ID", "id"),
            ("URLPath", "url_path"),
            ("Probability (%)", "probability"),
            ("hs_pipeline_stage", "hs_pipeline_stage"),
            ("  Amount ", "amount"),
            ("2024 revenue", "_2024_revenue"),
            ("Größe", "größe"),
            ("", "column_3"),
            ("%", "column_3"),
            ("Address2Line", "address2_line"),
        ] {
            assert_eq!(snake_case(header, 3), name, "{header}");
        }
    }

    #[test]
    fn names_that_collide_are_numbered() {
        let taken: BTreeSet<String> = ["a".to_owned(), "a_2".to_owned()].into();
        assert_eq!(free("a".to_owned(), &taken), "a_3");
        assert_eq!(free("b".to_owned(), &taken), "b");
    }

    #[test]
    fn doubled_headers_are_found_whatever_their_case() {
        let headers = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(doubled(&headers(&["a", "b", " A "])), Some((1, 3)));
        assert_eq!(doubled(&headers(&["a", "", ""])), None);
    }
}
