//! What is said of a column that is text only because its cells do not show its type.
//!
//! That a text has no sum helps nobody whose column is empty, or holds `n/a` in one
//! of a thousand rows: what is said is why it is text, and how to declare the type.

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{ColumnRef, Expr, ExprKind, Owner};
use goalpost_core::row_type::RowType;
use goalpost_core::schema::{Odd, Others, Resolved, Untyped};
use goalpost_core::source::At;

use super::expr_check::{Checker, Problem};

/// The type of an expression in words, with the reason where it is text for want of a better.
pub(super) struct Described<'a> {
    words: String,
    found: Option<(Resolved<'a>, &'a Untyped)>,
}

impl std::fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)
    }
}

impl<'a> Checker<'a> {
    /// The type of an expression, as messages call it.
    pub(super) fn described(&self, expr: &Expr, ty: RowType) -> Described<'a> {
        let found = self.untyped(expr).filter(|_| ty == RowType::Text);
        let words = match &found {
            None => ty.name().to_owned(),
            Some((_, Untyped::Blank)) => "text, because it is empty in all rows".to_owned(),
            Some((_, Untyped::BlankSoFar)) => "text, because it is empty in its first rows".to_owned(),
            Some((_, Untyped::Odd(odd))) => format!("text, because of {}", because(odd)),
        };
        Described { words, found }
    }

    /// A mismatch of types; what is described says what to do about it, if it can.
    pub(super) fn mismatch(&mut self, described: &[&Described<'_>], at: &At, message: String, help: &str) {
        let mut problem = Diagnostic::error(Code::TypeMismatch, message).at(at.clone());
        let mut helps = Vec::new();
        for (resolved, untyped) in described.iter().filter_map(|described| described.found.as_ref()) {
            let (column, table) = (resolved.column, resolved.table);
            let ty = match untyped {
                Untyped::Odd(Odd { others: Others::Dates, .. }) => "date",
                _ => "decimal",
            };
            let from = match column.source == column.name.as_str() {
                true => String::new(),
                false => format!("from = \"{}\", ", column.source),
            };
            let declared =
                format!("[tables.{}.columns] {} = {{ {from}type = \"{ty}\"", table.name, column.name);
            helps.push(match untyped {
                Untyped::Blank | Untyped::BlankSoFar => {
                    format!("declare the type that its values would have: {declared} }} (or money, integer, date, …)")
                }
                Untyped::Odd(odd) => {
                    problem = problem.related(odd.at.clone(), strays(odd));
                    let null = odd.text.as_ref().map_or_else(String::new, |text| {
                        format!(", and `null_values = [{text:?}]` beside it if that stands for nothing")
                    });
                    format!("mend the cell, or declare the type: {declared} }}{null}; what cannot be read is then counted")
                }
            });
        }
        let help = if helps.is_empty() { help.to_owned() } else { helps.join("; ") };
        self.problems.push(Problem::Wrong(problem.help(help)));
    }

    /// The column that an expression is, and why nothing shows its type.
    fn untyped(&self, expr: &Expr) -> Option<(Resolved<'a>, &'a Untyped)> {
        let ExprKind::Column(ColumnRef { owner: Owner::Table(table), path }) = &*expr.kind else {
            return None;
        };
        let resolved = self.shapes.schema.resolve(table, path).ok()?;
        let untyped = resolved.column.untyped.as_ref()?;
        Some((resolved, untyped))
    }
}

/// The first value that is something else, and where it stands.
fn because(odd: &Odd) -> String {
    let what = odd.text.as_ref().map_or_else(|| "a cell".to_owned(), |text| format!("`{text}`"));
    let line = if odd.at.line > 0 { format!(":{}", odd.at.line) } else { String::new() };
    format!("{what} ({}{line})", odd.at.file.name)
}

fn strays(odd: &Odd) -> String {
    let what = match odd.others {
        Others::Numbers => "number",
        Others::Dates => "date",
    };
    match odd.count {
        1 => format!("the only one of {} values that is no {what}", odd.of),
        count => format!("the first of {count} among {} values that are no {what}", odd.of),
    }
}
