//! The rows: their dirt, their references, and the facts that are to be discovered.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{DEALS, Project, Row};
use crate::demo::dirt::{self, Dirt};

/// The share of rows for which something holds, against the dirt it is.
fn assert_share(dirt: &Dirt, hits: usize, rows: usize) {
    let expected = rows as f64 * f64::from(dirt.per_mille) / 1_000.0;
    // Five standard deviations of a count of rare events.
    let slack = 5.0 * expected.sqrt() + 1.0;
    let off = (hits as f64 - expected).abs();
    assert!(off <= slack, "{} with {}: {hits} of {rows}, expected {expected}", dirt.table, dirt.what);
    assert!(hits > 0, "{} with {}", dirt.table, dirt.what);
}

#[test]
fn dirt_is_there_in_the_shares_stated() {
    let project = Project::written(|options| options.deals = DEALS);
    let count = |rows: &[Row], holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count();

    let deals = project.table("deals");
    let all = deals.len();
    let has = |text: char| move |row: &Row| row.get("Amount").contains(text);
    // An amount below a thousand shows no separator.
    let thousands = count(&deals, &has(','));
    assert_share(&dirt::DEAL_THOUSANDS, thousands, all);
    assert_share(&dirt::DEAL_SIGN, count(&deals, &has('$')), all);
    assert_share(&dirt::DEAL_NO_AMOUNT, count(&deals, &|row| row.get("Amount").is_empty()), all);
    assert_share(&dirt::DEAL_NO_OWNER, count(&deals, &|row| row.get("Deal owner").is_empty()), all);
    let former = count(&deals, &|row| row.get("Deal owner") == "Former User");
    assert_share(&dirt::DEAL_FORMER_OWNER, former, all);
    let ended = count(&deals, &|row| row.get("Deal Stage").starts_with("Closed"));
    let bad = count(&deals, &|row| !row.get("Close Date").is_empty() && row.day("Close Date").is_none());
    assert_share(&dirt::DEAL_BAD_DATE, bad, ended);
    assert_share(&dirt::DEAL_NEGATIVE, count(&deals, &|row| days(row).is_some_and(|days| days < 0)), ended);

    let tickets = project.table("tickets");
    let all = tickets.len();
    let unknown = count(&tickets, &|row| row.get("Organization").is_empty());
    assert_share(&dirt::TICKET_NO_CUSTOMER, unknown, all);
    assert_share(&dirt::TICKET_NO_AGENT, count(&tickets, &|row| row.get("Assignee").is_empty()), all);
    let negative = count(&tickets, &|row| wait(row, "Created at", "First reply at").is_some_and(|s| s < 0));
    assert_share(&dirt::TICKET_NEGATIVE, negative, all);
    let bad = count(&tickets, &|row| row.get("Solved at").starts_with("0000"));
    assert_share(&dirt::TICKET_BAD_DATE, bad, all);

    let customers = project.table("customers");
    let newlines = count(&customers, &|row| row.get("name").contains('\n'));
    assert_share(&dirt::CUSTOMER_NEWLINE, newlines, customers.len());
    let spaces = count(&customers, &|row| row.get("name").ends_with(' '));
    assert_share(&dirt::CUSTOMER_SPACES, spaces, customers.len());

    let leads = project.table("leads");
    assert_share(&dirt::LEAD_NO_OWNER, count(&leads, &|row| row.get("owner").is_empty()), leads.len());

    let contacts = project.table("contacts");
    let all = contacts.len();
    let malformed = count(&contacts, &|row| row.get("email").contains("(at)"));
    assert_share(&dirt::CONTACT_BAD_EMAIL, malformed, all);
    assert_share(&dirt::CONTACT_NO_COUNTRY, count(&contacts, &|row| row.get("country").is_empty()), all);
    assert_share(&dirt::CONTACT_NO_COMPANY, count(&contacts, &|row| row.get("company").is_empty()), all);
    assert_share(&dirt::CONTACT_NO_PHONE, count(&contacts, &|row| row.get("phone").is_empty()), all);
    let spaces = count(&contacts, &|row| row.get("email").starts_with(' '));
    assert_share(&dirt::CONTACT_SPACES, spaces, all);
    // Second records are found by the address in small letters, or by the last nine digits.
    let mut seen = BTreeSet::new();
    let seconds = count_mut(&contacts, |row| {
        let digits: String = row.get("phone").chars().filter(char::is_ascii_digit).collect();
        let keys =
            [row.get("email").trim().to_lowercase(), digits[digits.len().saturating_sub(9)..].to_owned()];
        let known = keys.iter().filter(|key| !key.contains("(at)")).any(|key| seen.contains(key));
        seen.extend(keys.into_iter().filter(|key| !key.is_empty()));
        known
    });
    assert_share(&dirt::CONTACT_DUPLICATE, seconds, all);
}

fn count_mut(rows: &[Row], mut holds: impl FnMut(&Row) -> bool) -> usize {
    rows.iter().filter(|row| holds(row)).count()
}

/// Days from creation to closing of a deal.
fn days(deal: &Row) -> Option<i64> {
    Some((deal.day("Close Date")? - deal.day("Create Date")?).num_days())
}

/// Seconds from one moment to another.
fn wait(row: &Row, from: &str, until: &str) -> Option<i64> {
    Some(row.seconds(until)? - row.seconds(from)?)
}

#[test]
fn references_lead_somewhere() {
    let project = Project::written(|options| options.deals = DEALS);
    let keys = |table: &str, column: &str| {
        let rows = project.table(table);
        let keys: BTreeSet<String> = rows.iter().map(|row| row.get(column).to_owned()).collect();
        assert_eq!(keys.len(), rows.len(), "{table}.{column} is not unique");
        assert!(!keys.contains(""), "{table}.{column} is blank");
        keys
    };
    let deals = keys("deals", "Record ID");
    let customers = keys("customers", "id");
    let campaigns = keys("campaigns", "id");
    let contacts = keys("contacts", "id");
    let leads = keys("leads", "id");
    let users = keys("users", "id");
    let reps = keys("reps", "name");
    keys("tickets", "Id");
    keys("orders", "id");
    keys("subscriptions", "id");
    let unmatched = |table: &str, column: &str, keys: &BTreeSet<String>| {
        let rows = project.table(table);
        rows.iter().filter(|row| !row.get(column).is_empty() && !keys.contains(row.get(column))).count()
    };
    for (table, column, keys) in [
        ("deals", "Associated Company IDs", &customers),
        ("deals", "Associated Contact IDs", &contacts),
        ("deals", "Campaign ID", &campaigns),
        ("stage_changes", "deal_id", &deals),
        ("quotas", "owner", &reps),
        ("upsell_offers", "customer_id", &customers),
        ("customers", "campaign_id", &campaigns),
        ("customers", "returned_from", &customers),
        ("subscriptions", "customer_id", &customers),
        ("orders", "customer_id", &customers),
        ("orders", "campaign_id", &campaigns),
        ("leads", "owner", &reps),
        ("leads", "customer_id", &customers),
        ("leads", "campaign_id", &campaigns),
        ("spend", "campaign_id", &campaigns),
        ("visits", "campaign_id", &campaigns),
        ("touches", "customer_id", &customers),
        ("touches", "lead_id", &leads),
        ("touches", "campaign_id", &campaigns),
        ("email_events", "contact_id", &contacts),
        ("email_events", "campaign_id", &campaigns),
        ("subscribers", "contact_id", &contacts),
        ("surveys", "customer_id", &customers),
        ("logins", "user_id", &users),
        ("contacts", "owner", &reps),
    ] {
        assert_eq!(unmatched(table, column, keys), 0, "{table}.{column}");
    }
    assert_share(&dirt::DEAL_FORMER_OWNER, unmatched("deals", "Deal owner", &reps), deals.len());
    let old = unmatched("tickets", "Organization", &customers);
    assert_share(&dirt::TICKET_OLD_CUSTOMER, old, deals.len());
}

/// A customer starts on the day its first deal was won, and its stages end that day.
#[test]
fn tables_tell_the_same_story() {
    let project = Project::written(|options| options.deals = 3_000);
    let customers: BTreeMap<String, NaiveDate> = project
        .table("customers")
        .iter()
        .map(|row| (row.get("id").to_owned(), row.day("started_at").expect("a date")))
        .collect();
    let mut closings = BTreeMap::new();
    for change in project.table("stage_changes") {
        if change.get("stage").starts_with("Closed") {
            closings.insert(change.get("deal_id").to_owned(), change.day("entered_at").expect("a date"));
        }
    }
    let mut checked = 0;
    for deal in project.table("deals") {
        let ended = deal.get("Deal Stage").starts_with("Closed");
        assert_eq!(closings.contains_key(deal.get("Record ID")), ended);
        let Some(days) = days(&deal).filter(|days| *days >= 0) else { continue };
        let closed = deal.day("Create Date").expect("a date") + chrono::Days::new(days as u64);
        assert_eq!(closings[deal.get("Record ID")], closed);
        if deal.get("Deal Type") == "newbusiness" && deal.get("Deal Stage") == "Closed Won" {
            assert_eq!(customers[deal.get("Associated Company IDs")], closed);
            checked += 1;
        }
    }
    assert!(checked > 450, "{checked}");
}

/// The numbers behind the list "What there is to discover" of the README.
#[test]
fn what_there_is_to_discover_is_in_the_rows() {
    let project = Project::written(|options| options.deals = DEALS);
    let share = |rows: &[&Row], holds: &dyn Fn(&Row) -> bool| {
        rows.iter().filter(|row| holds(row)).count() as f64 / rows.len() as f64
    };
    let mean = |values: Vec<i64>| values.iter().sum::<i64>() as f64 / values.len() as f64;

    let deals = project.table("deals");
    let ended: Vec<&Row> = deals.iter().filter(|row| row.get("Deal Stage").starts_with("Closed")).collect();
    let won = |row: &Row| row.get("Deal Stage") == "Closed Won";
    let of = |rep: &str| -> Vec<&Row> {
        ended.iter().copied().filter(|row| row.get("Deal owner") == rep).collect()
    };
    let all = share(&ended, &won);
    assert!((0.28..0.40).contains(&all), "{all}");
    let closer = share(&of("Maya Okafor"), &won);
    assert!(closer > 1.4 * all, "{closer} against {all}");
    let cycle = |rows: Vec<&Row>| mean(rows.into_iter().filter(|row| won(row)).filter_map(days).collect());
    let colleagues = cycle(of("Kwame Petit"));
    let slow = cycle(of("Tomas Berg"));
    assert!(slow > 1.5 * colleagues, "{slow} against {colleagues}");

    let mut stays: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for change in project.table("stage_changes") {
        if let (Some(left), Some(entered)) = (change.day("left_at"), change.day("entered_at")) {
            stays.entry(change.get("stage").to_owned()).or_default().push((left - entered).num_days());
        }
    }
    let lengths: BTreeMap<String, f64> = stays.into_iter().map(|(stage, days)| (stage, mean(days))).collect();
    let others = (lengths["Qualified"] + lengths["Demo"] + lengths["Proposal"]) / 3.0;
    let ratio = lengths["Legal review"] / others;
    assert!((8.0..12.0).contains(&ratio), "{lengths:?}");

    let leads = project.table("leads");
    let answered = |from: i64, to: i64| -> Vec<&Row> {
        let within = |row: &&Row| {
            wait(row, "created_at", "first_response_at").is_some_and(|seconds| (from..=to).contains(&seconds))
        };
        leads.iter().filter(within).collect()
    };
    let converted = |row: &Row| !row.get("converted_at").is_empty();
    let (fast, late) = (share(&answered(0, 300), &converted), share(&answered(86_401, i64::MAX), &converted));
    assert!(fast > 4.0 * late, "{fast} against {late}");

    let money = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let cost: f64 = project
        .table("spend")
        .iter()
        .filter(|row| row.get("campaign_id") == "CMP-25")
        .map(|row| money(row.get("amount")))
        .sum();
    let brought = |campaign: &str| -> f64 {
        let of_it = deals.iter().filter(|row| row.get("Campaign ID") == campaign && won(row));
        of_it.map(|row| money(row.get("Amount"))).sum()
    };
    assert!(brought("CMP-25") < cost && brought("CMP-01") > 0.0, "{} for {cost}", brought("CMP-25"));

    assert!(project.table("customers").iter().any(|row| !row.get("returned_from").is_empty()));
    let active: BTreeSet<String> =
        project.table("logins").iter().map(|row| row.get("user_id").to_owned()).collect();
    assert!(active.len() < project.table("users").len());
}
