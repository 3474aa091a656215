//! Rebuilds when the default scripts change, which are embedded.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../metrics.d");
}
