//! Which headers a reader has to hand out for some columns, and where each finds its own.

use super::columns::BoundColumn;

/// The headers that columns read, each once, and where each column's are among them.
pub(in crate::source) struct Feed<'a> {
    /// The headers, folded, in the order of their slots.
    pub(in crate::source) headers: Vec<&'a str>,
    /// The slots of each column.
    pub(in crate::source) slots: Vec<Vec<usize>>,
}

impl<'a> Feed<'a> {
    /// What these columns read.
    pub(in crate::source) fn of(columns: impl IntoIterator<Item = &'a BoundColumn>) -> Self {
        let mut feed = Self { headers: Vec::new(), slots: Vec::new() };
        for column in columns {
            let slots = column.headers().map(|header| feed.slot(header)).collect();
            feed.slots.push(slots);
        }
        feed
    }

    fn slot(&mut self, header: &'a str) -> usize {
        self.headers.iter().position(|known| *known == header).unwrap_or_else(|| {
            self.headers.push(header);
            self.headers.len() - 1
        })
    }
}
