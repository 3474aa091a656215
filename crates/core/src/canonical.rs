//! The canonical tables of the catalogue.
