//! Skeleton.

pub mod sink;
