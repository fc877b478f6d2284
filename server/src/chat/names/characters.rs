//! Which characters a name may have: everything that shows something, and of what shows nothing only that which makes an
//! emoji or a letter of its neighbours.
//!
//! The properties are Unicode's own (`icu_properties`). The rules for joiners are those of RFC 5892, appendix A, and for
//! emoji those of UTS 51.

use icu_properties::props::{
    BidiControl, BinaryProperty, CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji,
    EmojiModifier, EnumeratedProperty, ExtendedPictographic, GeneralCategory, JoiningType,
    RegionalIndicator, Script, UnifiedIdeograph, VariationSelector,
};
use protocol::CharacterFault;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Stands where a text was not in the encoding that it was taken for: nobody types it.
const REPLACEMENT: char = '\u{fffd}';

/// Looks like a space but counts as a symbol in Unicode.
const BRAILLE_BLANK: char = '\u{2800}';

/// The flag that the tags of a region make into the flag of England and others.
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';

/// The first character that cannot stand where it does.
pub(super) fn first_fault(text: &str) -> Option<(char, CharacterFault)> {
    let characters: Vec<char> = text.chars().collect();
    characters.iter().enumerate().find_map(|(at, character)| {
        let (before, after) = (&characters[..at], &characters[at + 1..]);
        fault(*character, before, after).map(|fault| (*character, fault))
    })
}

/// Whether a name can be made of this character alone.
pub(super) fn can_be_called(character: char) -> bool {
    use GeneralCategory as Category;
    matches!(
        GeneralCategory::for_char(character),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
            | Category::DecimalNumber
            | Category::LetterNumber
            | Category::OtherNumber
            | Category::OtherSymbol
    ) || ExtendedPictographic::for_char(character)
        || RegionalIndicator::for_char(character)
}

pub(super) fn is_space(character: char) -> bool {
    GeneralCategory::for_char(character) == GeneralCategory::SpaceSeparator
}

fn fault(character: char, before: &[char], after: &[char]) -> Option<CharacterFault> {
    use GeneralCategory as Category;
    match GeneralCategory::for_char(character) {
        Category::Control | Category::LineSeparator | Category::ParagraphSeparator => {
            return Some(CharacterFault::Control);
        }
        _ if character == REPLACEMENT => return Some(CharacterFault::Unassigned),
        Category::PrivateUse | Category::Unassigned | Category::Surrogate => {
            // Selectors and fillers that are yet to come are ignorable and unassigned; they are what they will be.
            return Some(CharacterFault::Unassigned);
        }
        _ if BidiControl::for_char(character) => return Some(CharacterFault::Direction),
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark
            if before.last().is_none_or(|last| is_space(*last)) =>
        {
            return Some(CharacterFault::Loose);
        }
        category => {
            let is_invisible = category == Category::Format
                || DefaultIgnorableCodePoint::for_char(character)
                || character == BRAILLE_BLANK;
            if !is_invisible {
                return None;
            }
        }
    }
    let has_a_use = match character {
        ZERO_WIDTH_JOINER => joins(before, after),
        ZERO_WIDTH_NON_JOINER => parts(before, after),
        '\u{e0020}'..=CANCEL_TAG => is_in_flag(character, before, after),
        _ if VariationSelector::for_char(character) => varies(character, before),
        _ => false,
    };
    (!has_a_use).then_some(CharacterFault::Invisible)
}

/// Whether a joiner makes one emoji of two, or one letter.
fn joins(before: &[char], after: &[char]) -> bool {
    let is_emoji = |character: &&char| ExtendedPictographic::for_char(**character);
    let is_part_of_emoji = |character: &&char| {
        VariationSelector::for_char(**character) || EmojiModifier::for_char(**character)
    };
    let emoji = before.iter().rev().find(|character| !is_part_of_emoji(character));
    let next_is_virama = after.first().is_some_and(|next| is_virama(*next));
    emoji.filter(is_emoji).and(after.first().filter(is_emoji)).is_some()
        || follows_virama(before)
        || (next_is_virama && before.last().is_some_and(|last| can_be_called(*last)))
        || joins_forward(before)
}

/// Whether a non-joiner keeps two letters apart that would join (RFC 5892, appendix A.1).
fn parts(before: &[char], after: &[char]) -> bool {
    let next = after.iter().map(|next| JoiningType::for_char(*next));
    let mut next = next.filter(|kind| *kind != JoiningType::Transparent);
    let joins_back =
        matches!(next.next(), Some(JoiningType::RightJoining | JoiningType::DualJoining));
    follows_virama(before) || (joins_forward(before) && joins_back)
}

fn joins_forward(before: &[char]) -> bool {
    let last = before.iter().rev().map(|last| JoiningType::for_char(*last));
    let mut last = last.filter(|kind| *kind != JoiningType::Transparent);
    matches!(last.next(), Some(JoiningType::LeftJoining | JoiningType::DualJoining))
}

fn follows_virama(before: &[char]) -> bool {
    before.last().is_some_and(|last| is_virama(*last))
}

fn is_virama(character: char) -> bool {
    CanonicalCombiningClass::for_char(character) == CanonicalCombiningClass::Virama
}

/// Whether a variation selector has something to vary: an emoji, an ideograph, a Mongolian letter.
fn varies(selector: char, before: &[char]) -> bool {
    let Some(last) = before.last() else { return false };
    match selector {
        '\u{fe0e}' | '\u{fe0f}' => Emoji::for_char(*last),
        '\u{180b}'..='\u{180f}' => Script::for_char(*last) == Script::Mongolian,
        _ => UnifiedIdeograph::for_char(*last),
    }
}

/// Whether a tag belongs to a flag: the black flag, tags, and the tag that ends them.
fn is_in_flag(tag: char, before: &[char], after: &[char]) -> bool {
    let is_tag = |character: &&char| ('\u{e0020}'..CANCEL_TAG).contains(*character);
    let tags = before.iter().rev().take_while(is_tag).count();
    let flag = before.len().checked_sub(tags + 1).map(|at| before[at]);
    let is_ended = match tag {
        CANCEL_TAG => tags > 0,
        _ => after.iter().find(|next| !is_tag(next)) == Some(&CANCEL_TAG),
    };
    flag == Some(BLACK_FLAG) && is_ended
}
