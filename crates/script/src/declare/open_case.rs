//! A test while its body runs: what was said so far.

use goalpost_core::case::{Fixture, Matcher, Subject};
use goalpost_core::source::Span;

/// A test whose body is running.
#[derive(Debug, Default)]
pub(crate) struct OpenCase {
    pub(super) as_of: Option<(String, Span)>,
    pub(super) fixtures: Vec<Fixture>,
    pub(super) expectations: Vec<OpenExpectation>,
}

/// An expectation that may still lack what it expects.
#[derive(Debug)]
pub(super) struct OpenExpectation {
    pub(super) subject: Subject,
    pub(super) period: String,
    pub(super) segment: Vec<(String, Option<String>)>,
    pub(super) matcher: Option<Matcher>,
    pub(super) at: Span,
}
