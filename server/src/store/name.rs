//! When two names are the same: the forms of a name that the store compares.

use unicode_normalization::UnicodeNormalization;

/// A name of a user or a room, in the forms the store keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it is shown.
    pub shown: String,
    /// As it is compared without regard to case, width and kind of space; equal keys mean the same name.
    pub key: String,
    /// As it looks (UTS 39): names of equal skeletons cannot be told apart by reading, across scripts too.
    pub skeleton: String,
}

impl Name {
    /// All forms of a name, from the one that is shown.
    #[must_use]
    pub fn new(shown: String) -> Self {
        Self { key: key(&shown), skeleton: skeleton(&shown), shown }
    }
}

/// Lower case as RFC 8266 compares nicknames: folded, and composed again where that has taken something apart.
fn key(shown: &str) -> String {
    let folded = |text: &str| {
        let composed: String = text.nfkc().collect();
        composed.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    folded(&folded(shown).to_lowercase())
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
