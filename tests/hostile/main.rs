//! What is meant to do harm, or has been harmed: queries that never end, bytes
//! that were damaged, devices that are full.

mod damage;
mod full;
mod queries;
