//! When two names are the same: the forms of a name that the store compares.

use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization;
use unicode_security::mixed_script::AugmentedScriptSet;

/// A name of a user or a room, in the forms the store keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it is shown.
    pub shown: String,
    /// As it is compared without regard to case, width and kind of space; equal keys mean the same name.
    pub key: String,
    /// As it looks (UTS 39): only names of equal skeletons can look alike, see [`Name::looks_like`].
    pub skeleton: String,
}

impl Name {
    /// All forms of a name, from the one that is shown.
    #[must_use]
    pub fn new(shown: String) -> Self {
        Self { key: key(&shown), skeleton: skeleton(&shown), shown }
    }

    /// Whether it and another name of the same skeleton are taken for one: when they are of different scripts, or differ in
    /// nothing that shows. Within a script the skeletons go too far for names: Amie and Arnie have the same.
    #[must_use]
    pub fn looks_like(&self, other: &str) -> bool {
        let mut both = AugmentedScriptSet::for_str(&self.shown);
        both.intersect_with(AugmentedScriptSet::for_str(other));
        both.is_empty() || visible(&self.key) == visible(&key(other))
    }
}

/// Lower case as RFC 8266 compares nicknames: folded, and composed again where that has taken something apart.
#[must_use]
pub fn key(shown: &str) -> String {
    let folded = |text: &str| {
        let composed: String = text.nfkc().collect();
        composed.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    folded(&folded(shown).to_lowercase())
}

fn visible(key: &str) -> String {
    key.chars().filter(|character| !DefaultIgnorableCodePoint::for_char(*character)).collect()
}

/// The skeleton of UTS 39, in lower case: a Cyrillic `В` looks like the Latin `B` of any `b`.
///
/// Its tables grow with Unicode. What is stored is compared with what is computed, so a newer `unicode-security` needs a
/// migration that computes the stored ones anew.
#[must_use]
pub fn skeleton(shown: &str) -> String {
    let composed: String = shown.nfkc().collect();
    let looks: String = unicode_security::confusable_detection::skeleton(&composed).collect();
    looks.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(shown: &str) -> Name {
        Name::new(shown.to_owned())
    }

    #[test]
    fn case_width_and_kinds_of_space_make_no_other_name() {
        for same in ["ana lee", "Ana Lee", "Ana  Lee", "Ana\u{a0}Lee", "Ana\u{3000}Lee", "Ａna Lee"]
        {
            assert_eq!(name(same).key, "ana lee", "{same:?}");
        }
    }

    #[test]
    fn names_that_look_alike_across_scripts_have_one_skeleton() {
        for (one, other) in [
            ("Ana", "\u{410}na"),
            ("ana", "\u{410}NA"),
            ("Ben", "\u{412}en"),
            ("ben", "\u{412}en"),
            ("general", "g\u{435}neral"),
            ("Ολα", "O\u{3bb}a"),
            ("☕ Coffee", "☕️ Coffee"),
        ] {
            assert_eq!(name(one).skeleton, name(other).skeleton, "{one} and {other}");
        }
    }

    #[test]
    fn only_names_across_scripts_or_with_nothing_but_the_invisible_between_them_look_alike() {
        for (one, other) in [
            ("Ana", "\u{410}na"),
            ("Amie", "\u{410}rnie"),
            ("Igor", "\u{406}gor"),
            ("cop", "\u{441}\u{43e}\u{440}"),
            ("☕ Coffee", "☕️ Coffee"),
        ] {
            assert_eq!(name(one).skeleton, name(other).skeleton, "{one} and {other}");
            assert!(name(one).looks_like(other), "{one} and {other}");
        }
        for (one, other) in [("Amie", "Arnie"), ("Ian", "lan"), ("Room 1", "Room l")] {
            assert_eq!(name(one).skeleton, name(other).skeleton, "{one} and {other}");
            assert!(!name(one).looks_like(other), "{one} and {other}");
        }
    }

    #[test]
    fn real_names_of_other_scripts_look_like_no_latin_one() {
        let names = [
            "Olga",
            "Ольга",
            "Όλγα",
            "أولغا",
            "Helen",
            "Ἑλένη",
            "Елена",
            "Ana",
            "Anna",
            "Ana 2",
            "Ana 3",
        ];
        let mut skeletons: Vec<_> = names.iter().map(|shown| name(shown).skeleton).collect();
        skeletons.sort_unstable();
        skeletons.dedup();
        assert_eq!(skeletons.len(), names.len());
    }
}
