//! What scripts declare, as they declare it: nothing is resolved or computed.
//!
//! - `definition`: metrics, dimensions, parameters, and all of a load.
//! - `documentation`: the comment above a metric, taken apart.
//! - `layer`: where a script comes from.
//! - `case`: tests, with their rows and what they expect.

pub mod case;
pub mod definition;
pub mod documentation;
pub mod layer;
