//! Headers of columns that mark rows which are no rows of the business: deleted,
//! archived, merged into others, tests.
//!
//! Every tool that copies data has its own spelling (`_fivetran_deleted`,
//! `_sdc_deleted_at`, `Date Deleted`, `ISDELETED`), so a header is taken apart into
//! words, whatever its case and separators, and is a mark if it says what happened
//! and nothing that makes it say something else: `deleted_by_name` is a name,
//! `owner_deleted` is about the owner, `deleted_count` is a number.

/// What is said of a row by its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is deleted, by a column of its own.
    Deleted,
    /// It is deleted, by a status among others.
    DeletedStatus,
    /// It is archived: deleted in some products, merely put away in others.
    Archived,
    /// Another row has taken its place.
    Merged,
    /// It was made to try something out.
    Test,
}

impl Fate {
    /// What its rows are called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deleted | Self::DeletedStatus => "deleted",
            Self::Archived => "archived",
            Self::Merged => "merged into others",
            Self::Test => "tests",
        }
    }
}

/// How a column marks rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What its rows are.
    pub fate: Fate,
    /// What is in the cell of a marked row.
    pub marked: Marked,
}

/// What is in the cell of a marked row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// A word for true, or the time since when it is.
    Flag,
    /// A status that says so.
    Status,
    /// Anything but a word for nothing.
    Filled,
}

impl Marked {
    /// Whether a cell that is not blank marks its row.
    pub fn holds(self, cell: &str) -> bool {
        let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(cell));
        match self {
            Self::Flag => is(TRUE) || (is_dated(cell) && !is_no_time(cell)),
            Self::Status => is(GONE),
            Self::Filled => !is(FALSE) && !is(NOTHING) && !is_no_time(cell),
        }
    }
}

/// The mark that a header is in a table, also known by these other names.
pub fn mark<'n>(header: &str, names: impl IntoIterator<Item = &'n str>) -> Option<Mark> {
    let words = words(header);
    let own: Vec<String> = names.into_iter().flat_map(self::words).collect();
    let is_own = |word: &str| own.iter().any(|own| own == word || own.strip_suffix('s') == Some(word));
    // What tools add has an underscore before it, and often their name, which may be any.
    let is_tool = header.trim().starts_with('_');
    let is_before = |word: &str| is_tool || BEFORE.contains(&word) || TIMES.contains(&word) || is_own(word);
    let is_after = |word: &str| AFTER.contains(&word) || TIMES.contains(&word) || is_own(word);
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    if all.iter().any(|word| DENIED.contains(word)) {
        return None;
    }
    if is_merged(&all) {
        return Some(Mark { fate: Fate::Merged, marked: Marked::Filled });
    }
    if let Some((_, before)) = all.split_last().filter(|(last, _)| matches!(**last, "status" | "state")) {
        let is_plain = before.iter().all(|word| BEFORE.contains(word) || is_own(word));
        return is_plain.then_some(Mark { fate: Fate::DeletedStatus, marked: Marked::Status });
    }
    let (place, fate) = all.iter().enumerate().find_map(|(place, word)| Some((place, fate(word)?)))?;
    let (before, after) = (&all[..place], &all[place + 1..]);
    if !before.iter().all(|word| is_before(word)) || !after.iter().all(|word| is_after(word)) {
        return None;
    }
    let is_time = before.iter().chain(after).any(|word| TIMES.contains(word));
    match (fate, is_time) {
        // The time of a test is no test.
        (Fate::Test, true) => None,
        (fate, true) => Some(Mark { fate, marked: Marked::Filled }),
        (fate, false) => Some(Mark { fate, marked: Marked::Flag }),
    }
}

fn fate(word: &str) -> Option<Fate> {
    match word {
        "deleted" | "deletion" | "trashed" | "trash" | "tombstone" | "tombstoned" | "discarded" => {
            Some(Fate::Deleted)
        }
        "archived" => Some(Fate::Archived),
        "test" => Some(Fate::Test),
        _ => None,
    }
}

/// Whether words name the row that took this one's place.
fn is_merged(words: &[&str]) -> bool {
    let words = words.strip_suffix(&["id"]).unwrap_or(words);
    matches!(words, [.., "merged" | "merge", "into" | "to"] | ["master", "record"])
}

/// The words of a header, in small letters: `Deal - DeletedAt`, `deal_deleted_at` and
/// `DEALDELETEDAT` are as near to each other as their letters let them be.
fn words(header: &str) -> Vec<String> {
    let letters: Vec<char> = header.chars().collect();
    let mut words = vec![String::new()];
    for (i, &letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || letters.get(i + 1).is_some_and(|after| after.is_lowercase())
            });
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).flat_map(|word| cut(&word)).collect()
}

/// A word that is several without a separator: `isdeleted`, `archivedat`.
fn cut(word: &str) -> Vec<String> {
    let ends = |rest: &str| -> Option<Vec<String>> {
        if fate(rest).is_some() {
            return Some(vec![rest.to_owned()]);
        }
        TIMES.iter().chain(&["flag", "into", "by"]).find_map(|end| {
            let stem = rest.strip_suffix(end)?;
            (fate(stem).is_some() || stem == "merged").then(|| vec![stem.to_owned(), (*end).to_owned()])
        })
    };
    let begins = ["", "is", "was", "date", "soft"].iter().find_map(|start| {
        let rest = ends(word.strip_prefix(start)?)?;
        Some((*start, rest))
    });
    match begins {
        Some(("", rest)) => rest,
        Some((start, mut rest)) => {
            rest.insert(0, start.to_owned());
            rest
        }
        None => vec![word.to_owned()],
    }
}

/// Words before what happened that change nothing of it.
const BEFORE: &[&str] = &[
    "is",
    "was",
    "has",
    "been",
    "in",
    "soft",
    "hard",
    "marked",
    "flagged",
    "record",
    "row",
    "entity",
    "object",
    "item",
    "data",
    "source",
    "system",
    "sys",
    "meta",
    "crm",
    "hs",
    "hubspot",
    "sf",
    "sfdc",
    "salesforce",
    "fivetran",
    "airbyte",
    "sdc",
    "stitch",
    "ab",
    "cdc",
    "dlt",
    "etl",
    "lifecycle",
];

/// Words after it that change nothing of it.
const AFTER: &[&str] =
    &["flag", "ind", "indicator", "yn", "bool", "c", "record", "row", "account", "data", "mark", "marker"];

/// Words that say that a column holds the time at which it happened.
const TIMES: &[&str] = &["at", "on", "date", "time", "timestamp", "datetime", "ts", "utc"];

/// Words with which a header says something else, or the contrary.
const DENIED: &[&str] = &[
    "not",
    "non",
    "un",
    "by",
    "count",
    "number",
    "num",
    "total",
    "reason",
    "can",
    "may",
    "allow",
    "auto",
    "after",
    "before",
    "last",
    "from",
    "if",
    "name",
    "email",
    "user",
    "undeleted",
    "restored",
];

/// How exports write that something is so.
const TRUE: &[&str] = &["true", "1", "yes", "t", "y"];
/// How exports write that something is not so.
pub(super) const FALSE: &[&str] = &["false", "0", "no"];
/// How exports write that there is nothing, beside a blank.
const NOTHING: &[&str] = &["-", "--", "n", "f", "null", "none", "n/a", "never", "nan"];
/// States of a row that is deleted.
const GONE: &[&str] = &["deleted", "soft deleted", "soft-deleted", "soft_deleted", "trashed", "in trash"];

/// Whether a cell begins like a date with its year first, or is a count of seconds.
fn is_dated(cell: &str) -> bool {
    cell.len() >= "20260131".len() && cell.bytes().take(4).all(|byte| byte.is_ascii_digit())
}

/// Whether a cell is the time that databases have for none.
fn is_no_time(cell: &str) -> bool {
    ["0000-00-00", "0001-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00"]
        .iter()
        .any(|none| cell.starts_with(none))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(header: &str) -> Option<(Fate, Marked)> {
        mark(header, ["deals", "opportunities"]).map(|mark| (mark.fate, mark.marked))
    }

    #[test]
    fn marks_are_found_in_any_spelling() {
        let flags = "IsDeleted|ISDELETED|Is Deleted|is_deleted|Deleted|_deleted|__deleted|_fivetran_deleted|\
            Deal - Deleted|hs_is_deleted|trashed|is_trashed|isTrashed|In Trash|Is_Deleted__c|deleted_flag|\
            __hevo__marked_deleted|_peerdb_is_deleted|soft_deleted|deal_deleted";
        for header in flags.split('|') {
            assert_eq!(found(header), Some((Fate::Deleted, Marked::Flag)), "{header}");
        }
        let times = "deleted_at|Deleted At|DeletedAt|deletedAt|deletedDate|Deleted Date|Date Deleted|dateDeleted|\
            _sdc_deleted_at|_ab_cdc_deleted_at|_airbyte_raw_deleted_at|deleted on|deletion_date|DELETEDAT|\
            trashed_at|deletedtimestamp|discarded_at";
        for header in times.split('|') {
            assert_eq!(found(header), Some((Fate::Deleted, Marked::Filled)), "{header}");
        }
        for header in ["Archived", "IsArchived", "hs_archived", "is_archived", "archived__c"] {
            assert_eq!(found(header), Some((Fate::Archived, Marked::Flag)), "{header}");
        }
        for header in ["archived_at", "Archived Date", "archivedAt", "archivedat"] {
            assert_eq!(found(header), Some((Fate::Archived, Marked::Filled)), "{header}");
        }
        for header in ["merged_into", "MergedInto", "merged_into_id", "MasterRecordId", "Master Record ID"] {
            assert_eq!(found(header), Some((Fate::Merged, Marked::Filled)), "{header}");
        }
        for header in ["Status", "Record Status", "Deal - Status", "record_state", "Opportunity Status"] {
            let status = Some((Fate::DeletedStatus, Marked::Status));
            assert_eq!(mark(header, ["deals", "opportunity"]).map(|mark| (mark.fate, mark.marked)), status);
        }
        for header in ["test", "is_test", "isTest", "Test Account", "test_deal"] {
            assert_eq!(found(header), Some((Fate::Test, Marked::Flag)), "{header}");
        }
    }

    #[test]
    fn headers_that_say_something_else_are_no_marks() {
        let others = "deleted_by|deleted_by_name|deletedById|deletedby|owner_deleted|undeleted|not_deleted|\
            deleted_count|Number of deleted items|delete_reason|deletion_reason|last_archived_by|archive|\
            merged|hs_merged_object_ids|merged_from|test_name|latest|test_date|contest|tested|email_status|\
            payment_status|deleted_items|auto_archived|parent_account_deleted|id|";
        for header in others.split('|') {
            assert_eq!(found(header), None, "{header}");
        }
    }

    #[test]
    fn cells_mark_rows_with_words_for_true_or_a_time() {
        for cell in ["true", "TRUE", "1", "Yes", "2026-03-09", "2026-03-09 10:00", "1773050400"] {
            assert!(Marked::Flag.holds(cell), "{cell}");
        }
        for cell in ["false", "0", "no", "active", "0000-00-00 00:00:00"] {
            assert!(!Marked::Flag.holds(cell), "{cell}");
        }
        for cell in ["2026-03-09", "3/9/2026", "A-7"] {
            assert!(Marked::Filled.holds(cell), "{cell}");
        }
        for cell in ["0", "false", "null", "-", "0000-00-00", "0001-01-01T00:00:00Z"] {
            assert!(!Marked::Filled.holds(cell), "{cell}");
        }
        assert!(Marked::Status.holds("Deleted") && !Marked::Status.holds("Open"));
    }
}
