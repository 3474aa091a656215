//! Verdicts as a comment for a pull request, and as a job summary.
//!
//! What needs attention comes first, with its reasons; what is met stands
//! folded below. The first line is a comment that names the project's folder,
//! by which a bot finds the comment that it wrote before and replaces it; it is
//! the same when the project cannot be read. Code hosts refuse long comments, so
//! that many verdicts are cut off, and counted.

use goalpost_core::diagnostic::Severity;
use goalpost_core::report::Verdict;
use goalpost_core::verdict::{ExitCode, Gate};

use super::Checked;
use super::github::shortened;
use super::words::{
    counts, details, figures, gate, kind, left_out, needs_attention, period, problem, subject, symbol,
};
use crate::diagnostics::sorted;
use crate::escape::visible;
use crate::render::markdown::escaped;

/// GitHub takes 65,536 characters of a comment, GitLab more.
const MOST: usize = 60_000;

/// Characters of a cell or line.
const MOST_IN_LINE: usize = 400;

/// A check.
pub(crate) fn check(checked: &Checked<'_>) -> String {
    let project = checked.report.map_or("", |report| report.project.as_str());
    let sign = if checked.exit == ExitCode::Success { "✅" } else { "❌" };
    let title = if project.is_empty() { "Goals".to_owned() } else { format!("Goals of {}", line(project)) };
    let as_of = checked.report.map(|report| format!(" as of {}", line(&report.as_of))).unwrap_or_default();
    let mut page = Page { text: format!("{}\n", marker(&checked.places.project())), left_out: 0 };
    page.add(&format!("### {sign} {title}: {}\n\n", gate(checked)));
    page.add(&format!("{}{as_of} (exit code {}).\n", counts(checked), checked.exit as u8));
    problems(checked, &mut page);
    let (mut attention, others): (Vec<&Verdict>, Vec<&Verdict>) =
        checked.verdicts().iter().partition(|verdict| needs_attention(verdict));
    attention.sort_by_key(|verdict| order(verdict.gate));
    if !attention.is_empty() {
        table(&attention, checked, &mut page);
        page.add("\n");
        for verdict in &attention {
            page.add(&reasons(verdict, checked));
        }
    }
    if !others.is_empty() {
        page.add(&format!("\n<details><summary>{} met or pending</summary>\n", others.len()));
        table(&others, checked, &mut page);
        for (index, (verdict, words)) in
            others.iter().filter_map(|verdict| Some((verdict, left_out(verdict)?))).enumerate()
        {
            let before = if index == 0 { "\n" } else { "" };
            page.add(&format!("{before}- **{}**: {}\n", line(&subject(verdict)), line(&words)));
        }
        // Closed even where rows were cut off.
        page.text.push_str("\n</details>\n");
    }
    if page.left_out > 0 {
        page.text.push_str(&format!(
            "\n{} more lines do not fit here; other reports have them all.\n",
            page.left_out
        ));
    }
    page.text
}

/// A text that stops growing at a length.
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn add(&mut self, part: &str) {
        if self.text.len() + part.len() <= MOST {
            self.text.push_str(part);
        } else {
            self.left_out += 1;
        }
    }
}

/// A comment that is the same for every run of a project.
fn marker(folder: &str) -> String {
    let fine = |c: char| if c.is_alphanumeric() || "/._".contains(c) { c } else { '-' };
    let name: String = folder.chars().map(fine).collect();
    let name = name.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if name.is_empty() {
        "<!-- goalpost check -->".to_owned()
    } else {
        format!("<!-- goalpost check {name} -->")
    }
}

/// What fails comes first.
const fn order(gate: Gate) -> u8 {
    match gate {
        Gate::Fails => 0,
        Gate::Warns => 1,
        Gate::Passes | Gate::Silent => 2,
    }
}

fn problems(checked: &Checked<'_>, page: &mut Page) {
    for (index, diagnostic) in sorted(checked.diagnostics).into_iter().enumerate() {
        if index == 0 {
            page.add("\n");
        }
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let place = diagnostic.at.as_ref().map(|span| format!(" at {}", line(&span.to_string())));
        page.add(&format!(
            "- **{word}** {}{}: {}\n",
            line(diagnostic.code.name()),
            place.unwrap_or_default(),
            line(&problem(diagnostic))
        ));
    }
}

fn table(verdicts: &[&Verdict], checked: &Checked<'_>, page: &mut Page) {
    page.add(
        "\n| | goal | period | value | compared with | owner |\n| --- | --- | --- | ---: | --- | --- |\n",
    );
    for verdict in verdicts {
        let figures = figures(verdict, checked.currency());
        let word = format!("{} {}", symbol(verdict.kind), kind(verdict.kind));
        let cells = [
            word,
            subject(verdict),
            period(verdict).to_owned(),
            figures.value,
            figures.aim,
            verdict.owner.clone().unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| line(cell)).collect();
        page.add(&format!("| {} |\n", cells.join(" | ")));
    }
}

/// Why a verdict stands so, as an item of a list.
fn reasons(verdict: &Verdict, checked: &Checked<'_>) -> String {
    let mut text = format!("- **{}**: {}\n", line(&subject(verdict)), line(&verdict.reason));
    for detail in details(verdict, checked.currency()) {
        text.push_str(&format!("  - {}\n", line(&detail)));
    }
    text.push_str(&format!("  - at {}\n", line(&verdict.at.to_string())));
    text
}

/// A text on one line, cut where it is too long, with nothing of it markup.
/// Texts that were made visible before stay as they are.
fn line(text: &str) -> String {
    escaped(&shortened(&visible(text), MOST_IN_LINE))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn what_needs_attention_comes_first() {
        let report = fixture::every_kind();
        assert_snapshot!(check(&fixture::checked(&report)), @r"
        <!-- goalpost check -->
        ### ❌ Goals of Acme: the gate fails

        1 met, 1 at risk, 3 missed, 1 no data, 2 incomplete, 1 inconclusive, 1 pending, 1 waived as of 2026-03-15T00:00:00+00:00 (exit code 1).

        | | goal | period | value | compared with | owner |
        | --- | --- | --- | ---: | --- | --- |
        | ✗ missed | close rate by region (region=EMEA) | 2026-02 | 19.9999 % | target ≥ 25.0000 %, limit 20.0000 % | sales-ops |
        | ✗ missed | mix | 2026-02 | 50.0 % | checked by a function | sales-ops |
        | % incomplete | partial | 2026-02 | 25.0 % | target ≥ 25.0 %, limit 20.0 %, stretch 30.0 % | sales-ops |
        | ! at risk | resolution\_time | 2026-02 | 5.0 hours | target ≤ 4.0 hours, limit 8.0 hours |  |
        | ✗ missed | deal\_size | 2026-02 | \$900.00 | target ≥ \$1,200.00, limit \$1,000.00 | sales-ops |
        | \~ inconclusive | discount | 2026-02 | 30.0 % | between 20.0 % and 40.0 % | sales-ops |
        | % incomplete | partly | 2026-02 | 25.0 % | target ≥ 25.0 %, limit 20.0 %, stretch 30.0 % | sales-ops |
        | - waived | close\_rate\_waived (region=EMEA) | 2026-02 | 19.9999 % | target ≥ 25.0000 %, limit 20.0000 % | sales-ops |
        | ? no data | quiet |  | – | target ≥ 25.0 %, limit 20.0 % | sales-ops |

        - **close rate by region (region=EMEA)**: below the limit
          - interval 18.0 % to 22.0 % (n 1,204)
          - since 2026-01 (25.0 %) -5.0 points: won -6.0 points, ended +1.0 points; mostly rep 017 -4.0 points (mix -1.0 points, rate -3.0 points)
          - metric close\_rate · owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:5:1
        - **mix**: half of it is one customer
          - owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:28:1
        - **partial**: 40 % of the rows were left out (no amount: 40), and at most 5 % may be
          - metric close\_rate · owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:40:1
        - **resolution\_time**: between limit and target
          - at metrics.d/goals.rhai:36:1
        - **deal\_size**: below the limit
          - since 2026-01 (\$1,000.00) -\$100.00: won\_revenue -\$100.00
          - metric won\_revenue · advises only · owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:12:1
        - **discount**: 11 rows are too few to tell
          - interval 10.0 % to 50.0 % (n 11)
          - owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:24:1
        - **partly**: 40 % of the rows were left out (no amount: 40), and at most 5 % may be
          - metric close\_rate · owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:44:1
        - **close\_rate\_waived (region=EMEA)**: below the limit
          - waived by dana until 2026-09-30, else missed: the new CRM (metrics.d/goals.rhai:20:1)
          - metric close\_rate · owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:16:1
        - **quiet**: no ended deals
          - metric close\_rate · owner sales-ops · due 2026-12-31 · board plan 2026
          - at metrics.d/goals.rhai:32:1

        <details><summary>2 met or pending</summary>

        | | goal | period | value | compared with | owner |
        | --- | --- | --- | ---: | --- | --- |
        | ✓ met | close\_rate | 2026-02 | 25.0 % | target ≥ 25.0 %, limit 20.0 %, stretch 30.0 % | sales-ops |
        | … pending | won\_revenue | 2026-02 | \$400,000.00 | target ≥ \$1,000,000.00 | sales-ops |

        </details>
        ");
    }

    #[test]
    fn a_run_that_failed_says_why() {
        let failed = fixture::failed();
        assert_snapshot!(check(&fixture::broken(&failed)), @r"
        <!-- goalpost check -->
        ### ❌ Goals: the gate could not be judged

        no verdicts (exit code 2).

        - **error** unknown-goal at command line:1:16: there is no goal \`x\`
        - **error** empty-table at data/deals.csv: \`deals\` has no rows
        - **error** unknown-name at metrics.d/goals.rhai:3:6: \`close\_rte\` is not known; not declared; help: did you mean \`close\_rate\`?; known: close\_rate
        - **warning** bad-value at data/deals.csv:7:3: 3 cells of \`amount\` are no numbers
        ");
    }

    #[test]
    fn the_marker_is_stable_and_closes_itself() {
        assert_eq!(marker("teams/Söhne --> <b>"), "<!-- goalpost check teams/Söhne-b -->");
        assert_eq!(marker(""), "<!-- goalpost check -->");
    }

    #[test]
    fn every_row_has_its_cells_and_nothing_is_markup() {
        let report = fixture::hostile();
        let text = check(&fixture::checked(&report));
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), report.verdicts.len() + 2);
        for row in rows {
            // A bar that is escaped is part of a cell.
            let mut bars = 0;
            let mut escaped = false;
            for c in row.chars() {
                bars += usize::from(c == '|' && !escaped);
                escaped = c == '\\' && !escaped;
            }
            assert_eq!(bars, 7, "{row}");
        }
        let tags = text.replace("<!-- goalpost check", "").replace(" -->", "").replace("\\](", "");
        assert!(!tags.contains('<') && !tags.contains("](") && !tags.contains('@'), "{tags}");
    }

    #[test]
    fn many_verdicts_are_cut_off_and_counted() {
        let mut report = fixture::every_kind();
        let all = report.verdicts.clone();
        while report.verdicts.len() < 2_000 {
            report.verdicts.extend(all.clone());
        }
        let text = check(&fixture::checked(&report));
        assert!(text.len() < 62_000, "{}", text.len());
        assert!(text.contains("more lines do not fit here"));
        assert!(text.contains("</details>"));
    }
}
