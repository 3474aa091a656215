//! What is meant to do harm, or has been harmed: queries that never end, bytes
//! that were damaged.

mod damage;
mod queries;
