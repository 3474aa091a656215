//! White space around texts, which is never part of what they say.
//!
//! Exports pad cells with spaces, web pages with spaces that do not break and with
//! characters that have no width, and nobody sees the difference between `C1` and
//! `C1 `. Cells are read without it, and `trim` takes the same away.

/// Unicode's white space, and characters without a width. Marks of the direction of
/// writing are none: they change what is seen.
pub const WHITE: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{180e}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\
    \u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{200b}\u{200c}\u{200d}\u{2028}\u{2029}\u{202f}\
    \u{205f}\u{2060}\u{3000}\u{feff}";

/// A text without the white space around it.
pub fn trimmed(text: &str) -> &str {
    /// Whether a byte at an end shows that there is none.
    const fn is_plain(byte: &u8) -> bool {
        byte.is_ascii_graphic()
    }
    let bytes = text.as_bytes();
    if bytes.first().is_some_and(is_plain) && bytes.last().is_some_and(is_plain) {
        return text;
    }
    text.trim_matches(is_white)
}

fn is_white(letter: char) -> bool {
    match letter.is_ascii() {
        true => letter.is_whitespace(),
        false => WHITE.contains(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_not_seen_is_left_around_a_text() {
        for text in ["C1", " C1", "C1 ", "\tC1\r\n", "C1\u{a0}", "\u{feff}C1\u{200b}", "\u{3000}C1\u{2060} "]
        {
            assert_eq!(trimmed(text), "C1", "{text:?}");
        }
        for text in ["", " ", "\u{a0}\u{200b}"] {
            assert_eq!(trimmed(text), "", "{text:?}");
        }
        assert_eq!(trimmed(" São Paulo\u{a0}é "), "São Paulo\u{a0}é");
    }

    #[test]
    fn all_of_unicodes_white_space_is_known() {
        let is_known = |letter: char| WHITE.contains(letter);
        assert!((char::MIN..=char::MAX).filter(|letter| letter.is_whitespace()).all(is_known));
    }
}
