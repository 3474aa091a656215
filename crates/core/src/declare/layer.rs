//! Layers of scripts.

/// Where a script comes from; later layers replace names of earlier ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The default scripts inside the program.
    BuiltIn,
    /// A pack named in `goalpost.toml`, with its position there.
    Pack(usize, String),
    /// The project's own `metrics.d/`.
    Project,
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::Pack(_, name) => write!(f, "pack {name}"),
            Self::Project => f.write_str("project"),
        }
    }
}
