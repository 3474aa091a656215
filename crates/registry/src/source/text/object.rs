//! The members of one object of JSON, each as it is written.
//!
//! A number is its own digits here, never a binary float, because a float keeps
//! fifteen of them. What is read has been found to be valid before; what a text
//! becomes is decided where cells are.

use std::borrow::Cow;

/// How deep objects may lie in each other.
const DEEPEST: usize = 128;
/// From so many places on a shifted point tells nothing: no program counts so far.
const FARTHEST: i64 = 400;

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held<'o> {
    /// Nothing.
    Null,
    /// A text, in its quotes.
    Text(&'o str),
    /// A number, by its digits.
    Number(&'o str),
    /// True or false.
    Word(&'o str),
    /// An array, with its brackets.
    Array(&'o str),
    /// An object; its members follow.
    Object,
}

/// Calls `each` with every member and its path, in the order in which they are
/// written. Says what is wrong with a name, or that objects lie too deep in each
/// other.
pub(super) fn members<'o>(object: &'o str, each: &mut impl FnMut(&str, Held<'o>)) -> Result<(), String> {
    let mut walk = Walk { text: object, at: 0 };
    walk.object(&mut String::new(), 1, each)
}

/// A text without its quotes, and what escapes in it stand for.
pub(super) fn unquoted(quoted: &str) -> Result<Cow<'_, str>, String> {
    if !quoted.contains('\\') {
        return Ok(Cow::Borrowed(quoted.trim_matches('"')));
    }
    serde_json::from_str(quoted).map(Cow::Owned).map_err(|error| {
        let message = error.to_string();
        message.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

/// A number with all its digits and no exponent, and without zeros that say nothing:
/// `1.50` is `1.5`, `2e3` is `2000`, as `1.5` and `2000` are.
pub(super) fn plain(number: &str) -> Cow<'_, str> {
    if !number.contains(['.', 'e', 'E']) {
        return Cow::Borrowed(number);
    }
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (digits, power) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let Some(power) = power.parse::<i64>().ok().filter(|power| power.abs() < FARTHEST) else {
        return Cow::Owned(format!("{sign}{number}"));
    };
    let digits = format!("{whole}{fraction}");
    let point = whole.len() as i64 + power;
    let before = usize::try_from(point).unwrap_or(0);
    let zeros = usize::try_from(-point).unwrap_or(0);
    let (whole, fraction) = match digits.get(..before) {
        Some(whole) => (whole.to_owned(), format!("{}{}", "0".repeat(zeros), &digits[before..])),
        None => (format!("{digits}{}", "0".repeat(before - digits.len())), String::new()),
    };
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Cow::Owned(format!("{sign}{whole}{point}{fraction}"))
}

/// An array in one way of writing: without white space, escapes only where needed.
pub(super) fn compact(array: &str) -> String {
    let mut walk = Walk { text: array, at: 0 };
    let mut found = String::with_capacity(array.len());
    while let Some(byte) = walk.peek() {
        match byte {
            b'"' => {
                let quoted = walk.quoted();
                let text = unquoted(quoted).ok().and_then(|text| serde_json::to_string(&text).ok());
                found.push_str(text.as_deref().unwrap_or(quoted));
            }
            b'[' | b']' | b'{' | b'}' | b',' | b':' => {
                found.push(char::from(byte));
                walk.at += 1;
            }
            _ => found.push_str(walk.bare()),
        }
    }
    found
}

/// A way through a text that is valid.
struct Walk<'o> {
    text: &'o str,
    at: usize,
}

impl<'o> Walk<'o> {
    fn object(
        &mut self,
        path: &mut String,
        depth: usize,
        each: &mut impl FnMut(&str, Held<'o>),
    ) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("objects lie more than {DEEPEST} deep in each other"));
        }
        self.at += 1;
        let length = path.len();
        loop {
            match self.peek() {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    self.at += 1;
                    return Ok(());
                }
            }
            let name = unquoted(self.quoted())?;
            if length > 0 {
                path.push('.');
            }
            path.push_str(&name);
            if self.peek() == Some(b':') {
                self.at += 1;
            }
            match self.peek() {
                Some(b'{') => {
                    each(path, Held::Object);
                    self.object(path, depth + 1, each)?;
                }
                _ => each(path, self.held()),
            }
            path.truncate(length);
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at.min(self.text.len())..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn held(&mut self) -> Held<'o> {
        match self.peek() {
            Some(b'"') => Held::Text(self.quoted()),
            Some(b'[') => Held::Array(self.array()),
            _ => match self.bare() {
                "null" => Held::Null,
                word @ ("true" | "false") => Held::Word(word),
                number => Held::Number(number),
            },
        }
    }

    /// The text that begins here, with its quotes.
    fn quoted(&mut self) -> &'o str {
        let from = self.at;
        let mut escaped = false;
        let ends = |byte: &u8| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        };
        let inside = self.text.as_bytes().get(from + 1..).unwrap_or_default();
        let length = inside.iter().position(ends).unwrap_or(inside.len());
        self.taken(from, from + length + 2)
    }

    /// The number or word that begins here.
    fn bare(&mut self) -> &'o str {
        let from = self.at;
        let rest = &self.text.as_bytes()[from..];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:]}[{\"".contains(byte);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        // Something is taken in any case, so that every walk ends.
        self.taken(from, from + length.max(1))
    }

    /// The array that begins here.
    fn array(&mut self) -> &'o str {
        let from = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.quoted();
                    continue;
                }
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        self.taken(from, self.at)
    }

    fn taken(&mut self, from: usize, to: usize) -> &'o str {
        self.at = to.min(self.text.len());
        self.text.get(from..self.at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(object: &str) -> String {
        let mut found = String::new();
        let each = &mut |path: &str, held: Held<'_>| found.push_str(&format!("{path} {held:?}\n"));
        members(object, each).expect("members");
        found
    }

    #[test]
    fn members_are_found_by_their_path() {
        let object = r#"{"a": {"b" : {"c\n\"":-1.50e+3 , "d":null}}, "e":[ 1.10, {"x":"]"}], "f":true,"g":"q\\\"\u00e9,"}"#;
        assert_eq!(
            shown(object),
            "a Object\na.b Object\n\
             a.b.c\n\" Number(\"-1.50e+3\")\n\
             a.b.d Null\n\
             e Array(\"[ 1.10, {\\\"x\\\":\\\"]\\\"}]\")\n\
             f Word(\"true\")\n\
             g Text(\"\\\"q\\\\\\\\\\\\\\\"\\\\u00e9,\\\"\")\n"
        );
        assert_eq!(shown("{}"), "");
        assert_eq!(shown(r#"{"":1}"#), " Number(\"1\")\n");
    }

    #[test]
    fn texts_and_arrays_have_one_way_of_writing() {
        assert_eq!(unquoted(r#""q\\\"\u00e9,""#).as_deref(), Ok("q\\\"é,"));
        assert_eq!(unquoted(r#""""#).as_deref(), Ok(""));
        assert!(unquoted(r#""\ud800""#).is_err());
        assert_eq!(compact("[ 1.10,\n {\"x\" : \"\\u00e9 ]\"} , null]"), "[1.10,{\"x\":\"é ]\"},null]");
    }

    #[test]
    fn a_number_keeps_all_its_digits() {
        let is = |written: &str, expected: &str| assert_eq!(plain(written), expected, "{written}");
        is("18446744073709551617", "18446744073709551617");
        is("1234567890123456.78", "1234567890123456.78");
        is("1.50", "1.5");
        is("100.0", "100");
        is("0.0", "0");
        is("-0.0", "-0");
        is("1.5e3", "1500");
        is("1.5E+3", "1500");
        is("-1.25e1", "-12.5");
        is("1e-7", "0.0000001");
        is("12.5e-1", "1.25");
        is("0e5", "0");
        is("1.2345678901234568e+16", "12345678901234568");
        is("1e400", "1e400");
        is("-1e-99999999999999999999", "-1e-99999999999999999999");
    }

    #[test]
    fn objects_lie_in_each_other_so_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(members(&nested(128), &mut |_, _| {}).is_ok());
        assert!(members(&nested(129), &mut |_, _| {}).is_err());
    }
}
