//! Sizes of memory as people write them: `512MiB`, `1.5 GB`.

/// Reads a size in bytes: a number and a unit, in powers of 1,024 (`KiB`,
/// `MiB`, `GiB`, `TiB`) or of 1,000 (`KB`, `MB`, `GB`, `TB`), in any case.
pub fn parse(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    let number = crate::Decimal::from_str_exact(number).ok()?;
    let bytes = number.checked_mul(factor.into())?.trunc();
    usize::try_from(u64::try_from(bytes).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn numbers_with_units_are_sizes() {
        assert_eq!(parse("2GiB"), Some(2 << 30));
        assert_eq!(parse("1.5 gb"), Some(1_500_000_000));
        assert_eq!(parse("512 MiB"), Some(512 << 20));
        assert_eq!(parse("0.5KiB"), Some(512));
        assert_eq!(parse("7b"), Some(7));
    }

    #[test]
    fn anything_else_is_not() {
        for text in ["", "2", "GiB", "2 GiBs", "-1GiB", "1.2.3GiB", "1e3MB", "99999999999999TiB", "²GiB", "."]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
