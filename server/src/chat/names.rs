//! What a name of a user or a room may look like, and when two names are the same.
//!
//! The profile for nicknames of RFC 8266 does the work: it folds case, width and all kinds of space, and refuses what
//! cannot be seen (controls, bidi overrides, zero-width and other ignorable characters).

use crate::store::Name;
use precis_profiles::Nickname;
use precis_profiles::precis_core::profile::PrecisFastInvocation;

/// Looks like a space but counts as a symbol in Unicode, so the profile lets it pass.
const BRAILLE_BLANK: char = '\u{2800}';

/// The two forms of a name, or nothing when it is empty, longer than `chars_max` or has something invisible in it.
pub(super) fn parse(typed: &str, chars_max: usize) -> Option<Name> {
    let shown = Nickname::enforce(typed).ok()?;
    if shown.chars().count() > chars_max || shown.contains(BRAILLE_BLANK) {
        return None;
    }
    // As RFC 8266 compares: lower case first, and again what that may have changed.
    let key = Nickname::enforce(shown.to_lowercase()).ok()?;
    Some(Name { shown: shown.into_owned(), key: key.into_owned() })
}

/// `name 2`, `name 3` …, shortened where the number would not fit.
pub(super) fn numbered(name: &Name, chars_max: usize) -> Vec<Name> {
    (2..=20)
        .filter_map(|number| {
            let suffix = format!(" {number}");
            let stem: String = name.shown.chars().take(chars_max - suffix.len()).collect();
            parse(&format!("{}{suffix}", stem.trim_end()), chars_max)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(typed: &str) -> Option<String> {
        parse(typed, 12).map(|name| name.key)
    }

    #[test]
    fn names_that_look_alike_are_the_same() {
        for same in
            ["ana lee", "Ana Lee", "  Ana   Lee ", "Ana\u{a0}Lee", "Ana\u{3000}Lee", "Ａna Lee"]
        {
            assert_eq!(key(same).as_deref(), Some("ana lee"), "{same:?}");
        }
    }

    #[test]
    fn a_name_is_shown_as_typed_but_for_its_spaces() {
        let name = parse("  Zoë   de Wit ", 32).expect("a fine name");
        assert_eq!(name.shown, "Zoë de Wit");
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for bad in [
            "",
            " \u{a0} ",
            "a\u{0}b",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{feff}",
            "\u{2800}",
            "\u{3164}",
        ] {
            assert_eq!(key(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(key("éééééééééééé").is_some());
        assert!(key("ééééééééééééé").is_none());
    }

    #[test]
    fn numbered_names_fit() {
        let name = parse("Bartholomew", 12).expect("a fine name");
        let numbered = numbered(&name, 12);
        assert_eq!(numbered[0].shown, "Bartholome 2");
        assert_eq!(numbered[18].shown, "Bartholom 20");
    }
}
