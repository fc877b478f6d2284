//! What a name of a user or a room may look like.
//!
//! Here: how a typed name is tidied, how long it may be, and what is suggested in place of a taken one. Which characters
//! it may have is in `characters`; when two names are the same is next door, in `store/name.rs`.

mod characters;

use crate::store::{Name, name_key};
use protocol::NameFault;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The highest number that is suggested behind a taken name: who is the twenty-first Ana thinks of something else.
const NUMBER_MAX: u32 = 20;

/// The name as it is kept, or why it cannot be.
///
/// `units_max` counts UTF-16 code units of what was typed, as `maxlength` does in the browser, so that both sides agree on
/// what is too long.
pub(super) fn parse(typed: &str, units_max: usize) -> Result<Name, NameFault> {
    let tidied = one_space(typed);
    if tidied.is_empty() {
        return Err(NameFault::Empty);
    }
    if units(&tidied) > units_max {
        return Err(NameFault::TooLong);
    }
    let shown: String = tidied.nfc().collect();
    if let Some((character, fault)) = characters::first_fault(&shown) {
        return Err(NameFault::Character(character, fault));
    }
    if !shown.chars().any(characters::can_be_called) {
        return Err(NameFault::OnlyMarks);
    }
    Ok(Name::new(shown))
}

/// What somebody looks for in names, as names are compared; nothing when they typed nothing. What cannot be in any name is
/// left out, but for more than fits one: that is a fault.
pub(super) fn search(typed: &str, units_max: usize) -> Result<String, NameFault> {
    let tidied = one_space(typed);
    if units(&tidied) > units_max {
        return Err(NameFault::TooLong);
    }
    Ok(name_key(&tidied.replace(char::is_control, "")))
}

/// `name 2`, `name 3` …, shortened where the number would not fit.
pub(super) fn numbered(name: &Name, units_max: usize) -> Vec<Name> {
    (2..=NUMBER_MAX)
        .filter_map(|number| {
            let suffix = format!(" {number}");
            let mut left = units_max.saturating_sub(units(&suffix));
            // Whole graphemes: half a flag is another flag.
            let stem: String = name
                .shown
                .graphemes(true)
                .take_while(|grapheme| {
                    let fits = left.checked_sub(units(grapheme));
                    left = fits.unwrap_or_default();
                    fits.is_some()
                })
                .collect();
            parse(&format!("{stem}{suffix}"), units_max).ok()
        })
        .collect()
}

/// `typed` without blanks around it, and with one plain space for every run of spaces inside.
fn one_space(typed: &str) -> String {
    typed
        .trim()
        .split(characters::is_space)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::CharacterFault;

    fn shown(typed: &str) -> Result<String, NameFault> {
        parse(typed, 32).map(|name| name.shown)
    }

    #[test]
    fn a_name_is_shown_as_typed_but_for_its_spaces() {
        assert_eq!(shown("  Zoë \u{a0} de\u{3000}Wit \n").as_deref(), Ok("Zoë de Wit"));
        assert_eq!(shown("№ ½").as_deref(), Ok("№ ½"));
    }

    #[test]
    fn a_search_is_compared_as_names_are() {
        assert_eq!(search("  ＢＩＧ \u{3000} Plans\u{0} ", 32).as_deref(), Ok("big plans"));
        assert_eq!(search(" \u{a0} ", 32).as_deref(), Ok(""));
        assert_eq!(search(&"x".repeat(33), 32), Err(NameFault::TooLong));
    }

    #[test]
    fn what_phones_and_people_type_is_a_name() {
        for name in [
            "☕️ Coffee",
            "👩‍🚀 Crew",
            "🏳️‍🌈",
            "👨‍👩‍👧‍👦",
            "👍🏽",
            "1️⃣",
            "🇩🇪 Anna",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Team",
            "Product · Design",
            "🦀 Rust",
            "محـمد",
            "نیم‌فاصله",
            "क्‍ष",
            "র‍্যাব",
            "कि रण",
            "葛\u{e0100}城",
            "Zoë",
            "Ольга",
            "Ἑλένη",
            "李小龍",
            "O'Neill-Smith (ops)",
            "\u{1e922}\u{1e923}",
            "\u{1e4d0}\u{1e4d1}",
            "\u{a7d0}",
            "★",
        ] {
            assert!(parse(name, 48).is_ok(), "{name:?}: {:?}", parse(name, 48));
        }
    }

    #[test]
    fn a_refusal_names_the_character() {
        use CharacterFault::{Control, Direction, Invisible, Loose, Unassigned};
        for (name, character, fault) in [
            ("a\u{0}b", '\u{0}', Control),
            ("a\nb", '\n', Control),
            ("a\u{2028}b", '\u{2028}', Control),
            ("a\u{202e}b", '\u{202e}', Direction),
            ("a\u{2066}b", '\u{2066}', Direction),
            ("a\u{200f}b", '\u{200f}', Direction),
            ("a\u{200b}b", '\u{200b}', Invisible),
            ("a\u{200d}b", '\u{200d}', Invisible),
            ("👩\u{200d}", '\u{200d}', Invisible),
            ("a\u{200c}b", '\u{200c}', Invisible),
            ("a\u{fe0f}b", '\u{fe0f}', Invisible),
            ("a\u{e0100}", '\u{e0100}', Invisible),
            ("a\u{e0067}\u{e007f}", '\u{e0067}', Invisible),
            ("🏴\u{e0067}\u{e0062}", '\u{e0067}', Invisible),
            ("a\u{ad}b", '\u{ad}', Invisible),
            ("\u{feff}", '\u{feff}', Invisible),
            ("\u{2800}", '\u{2800}', Invisible),
            ("\u{3164}", '\u{3164}', Invisible),
            ("a\u{17b4}", '\u{17b4}', Invisible),
            ("a\u{fff9}b", '\u{fff9}', Invisible),
            ("\u{301}a", '\u{301}', Loose),
            ("a \u{301}", '\u{301}', Loose),
            ("a\u{e000}", '\u{e000}', Unassigned),
            ("a\u{fffd}", '\u{fffd}', Unassigned),
            ("a\u{378}", '\u{378}', Unassigned),
            ("a\u{ffff}", '\u{ffff}', Unassigned),
        ] {
            assert_eq!(shown(name), Err(NameFault::Character(character, fault)), "{name:?}");
        }
    }

    #[test]
    fn a_name_has_something_to_be_called_by() {
        for empty in ["", "   ", "\u{a0}\u{3000}", "\t\n"] {
            assert_eq!(shown(empty), Err(NameFault::Empty), "{empty:?}");
        }
        for marks in ["!!!", "-", "· ·", "«»", "+"] {
            assert_eq!(shown(marks), Err(NameFault::OnlyMarks), "{marks:?}");
        }
    }

    #[test]
    fn length_is_counted_as_the_browser_counts_it() {
        let fits = |name: &str| parse(name, 12).is_ok();
        assert!(fits("éééééééééééé") && !fits("ééééééééééééé"));
        assert!(fits("🦀🦀🦀🦀🦀🦀") && !fits("🦀🦀🦀🦀🦀🦀🦀"), "two units each");
        assert!(fits(&format!("  {}  ", "x".repeat(12))), "without what is around it");
        assert!(fits(&"\u{958}".repeat(12)), "as it was typed, however it is composed");
        assert_eq!(parse(&"é".repeat(11_000), 12), Err(NameFault::TooLong));
    }

    #[test]
    fn numbered_names_fit() {
        let numbers = |name: &str| {
            let name = parse(name, 12).expect("a fine name");
            let numbered = numbered(&name, 12);
            [numbered[0].shown.clone(), numbered[18].shown.clone()]
        };
        assert_eq!(numbers("Bartholomew"), ["Bartholome 2", "Bartholom 20"]);
        assert_eq!(numbers("Ann 🇩🇪🇩🇪"), ["Ann 🇩🇪 2", "Ann 🇩🇪 20"]);
    }
}
