//! What a message's text becomes before it is stored: one function for both sides, so that a client never sends what
//! the server would refuse, and shows while it waits what others will read.
//!
//! What a text looks like on the page (links, direction) is the client's matter; what names may look like is a rule of
//! the server's `chat`.

use crate::ErrorCode;
use crate::limits::MESSAGE_BYTES_MAX;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// The text as it is stored.
///
/// - Every line break of Unicode (CRLF, CR, VT, FF, NEL, LS, PS) becomes `\n`.
/// - Other control characters go, but for tabs.
/// - Blank lines at both ends go, and blanks after the last word. Blanks before the first word stay: they are the
///   indent of pasted code.
///
/// Tidying a tidy text changes nothing.
///
/// # Errors
/// [`ErrorCode::MessageEmpty`] when nothing that is left can be seen, [`ErrorCode::MessageTooLong`] when more than
/// [`MESSAGE_BYTES_MAX`] bytes are left.
pub fn tidy(typed: &str) -> Result<String, ErrorCode> {
    let text = with_plain_lines(typed);
    let first = text.find(is_seen).ok_or(ErrorCode::MessageEmpty)?;
    let last = text.rfind(is_seen).unwrap_or(first);
    let start = text[..first].rfind('\n').map_or(0, |end| end + 1);
    let end = text[last..].find('\n').map_or(text.len(), |length| last + length);
    // Only blanks go here: a variation selector or a joiner may belong to the last thing seen.
    let text = text[start..end].trim_end();
    if text.len() > MESSAGE_BYTES_MAX {
        return Err(ErrorCode::MessageTooLong);
    }
    Ok(text.to_owned())
}

/// The text with `\n` for every line break and without other controls.
fn with_plain_lines(typed: &str) -> String {
    let mut text = String::with_capacity(typed.len());
    let mut before = '\0';
    for c in typed.chars() {
        match c {
            '\n' if before == '\r' => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => text.push('\n'),
            '\t' => text.push('\t'),
            _ if c.is_control() => {}
            _ => text.push(c),
        }
        before = c;
    }
    text
}

/// Whether a character shows something when it stands alone. What does not is blank (White_Space), ignored in display by
/// Unicode's own word (Default_Ignorable_Code_Point), or one of the few that only say something about others.
fn is_seen(c: char) -> bool {
    !c.is_whitespace()
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        && !is_blank_symbol(c)
}

/// What Unicode counts among the symbols, or takes out of the ignorable ones because others depend on it, though nothing
/// is there to see.
fn is_blank_symbol(c: char) -> bool {
    matches!(
        c,
        // A pattern of no dots.
        '\u{2800}'
            // The marks of interlinear annotation.
            | '\u{fff9}'..='\u{fffb}'
            // How hieroglyphs are joined, and blanks of their size.
            | '\u{13430}'..='\u{13442}'
            // The head of a note that is not there.
            | '\u{1d159}'
    )
}

#[cfg(test)]
mod tests {
    use super::tidy;
    use crate::limits::{FRAME_BYTES_MAX, MESSAGE_BYTES_MAX};
    use crate::{ClientFrame, CommandId, ErrorCode, MessageKey, NewMessage, RoomId};
    use proptest::prelude::*;

    fn tidied(typed: &str) -> String {
        tidy(typed).unwrap_or_else(|code| panic!("{typed:?} is a message, not {code}"))
    }

    #[test]
    fn pasted_code_keeps_its_indent() {
        assert_eq!(tidied("    if x:\n        y()\n"), "    if x:\n        y()");
        assert_eq!(tidied("\n \t\n\u{200b}\n\tone\n\n  two \t\n \u{2060}\n"), "\tone\n\n  two");
    }

    #[test]
    fn every_kind_of_line_break_becomes_one() {
        for line_break in ["\n", "\r\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"] {
            assert_eq!(tidied(&format!("one{line_break}two")), "one\ntwo", "{line_break:?}");
            assert_eq!(tidied(&format!("one{line_break}{line_break}two")), "one\n\ntwo");
        }
    }

    #[test]
    fn controls_go_but_tabs_stay() {
        assert_eq!(tidied("a\u{0}\tb\u{1b}c\u{9f}\u{7f}"), "a\tbc");
        assert_eq!(tidied(&format!("x{}x", "\u{1}".repeat(12_000))), "xx");
    }

    #[test]
    fn what_shows_nothing_is_empty() {
        for blank in [
            "",
            " \n\t",
            "\u{0}",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}\u{1160}",
            "\u{17b4}",
            "\u{17b5}",
            "\u{180b}",
            "\u{180e}",
            "\u{200b}",
            "\u{200d}",
            "\u{202e}\u{202c}",
            "\u{2065}",
            "\u{2066}",
            "\u{2800}",
            "\u{3000}",
            "\u{3164}",
            "\u{fe0f}",
            "\u{a0}\u{2060}\u{feff}",
            "\u{ffa0}",
            "\u{fff0}",
            "\u{fff9}",
            "\u{fffa}\u{fffb}",
            "\u{13440}",
            "\u{1bca0}",
            "\u{1d159}",
            "\u{1d173}",
            "\u{e0020}",
            "\u{e0fff}",
        ] {
            assert_eq!(tidy(blank), Err(ErrorCode::MessageEmpty), "{blank:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_stay_where_something_is_seen() {
        for seen in
            ["👩\u{200d}🚀", "☕\u{fe0f}", "می\u{200c}خواهم", "🏴\u{e0067}\u{e007f}", "\u{200f}א"]
        {
            assert_eq!(tidied(&format!("{seen} \n")), seen);
        }
    }

    #[test]
    fn length_is_measured_after_tidying() {
        let longest = "é".repeat(MESSAGE_BYTES_MAX / 2);
        assert_eq!(tidied(&format!(" \n{longest}\u{1} \n")), longest);
        assert_eq!(tidy(&format!("{longest}x")), Err(ErrorCode::MessageTooLong));
    }

    #[test]
    fn the_longest_text_fits_into_a_frame_however_much_of_it_is_escaped() {
        let text = tidied(&format!("{}x", "\"\\\n\t".repeat(MESSAGE_BYTES_MAX / 4 - 1)));
        let message =
            NewMessage { room: RoomId(i64::MAX), key: MessageKey(uuid::Uuid::max()), text };
        let frame = ClientFrame::Send { id: CommandId(u32::MAX), message };
        let frame = serde_json::to_string(&frame).expect("a frame");
        assert!(frame.len() <= FRAME_BYTES_MAX, "{}", frame.len());
    }

    /// Texts made of what tidying looks at, and of anything else.
    fn texts() -> impl Strategy<Value = String> {
        let special = "\n\r\t \u{b}\u{c}\u{85}\u{2028}\u{2029}\u{0}\u{1b}\u{a0}\u{200b}\u{200d}\u{fe0f}\u{feff}\u{17b4}\u{fff9}\u{2800}ab";
        let special = prop::sample::select(special.chars().collect::<Vec<_>>());
        prop::collection::vec(prop_oneof![4 => special, 1 => any::<char>()], 0..40)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn tidying_twice_is_tidying_once(text in texts()) {
            if let Ok(once) = tidy(&text) {
                prop_assert_eq!(tidy(&once), Ok(once));
            }
        }

        #[test]
        fn all_that_is_seen_stays_in_its_order(text in texts()) {
            let seen = |text: &str| text.chars().filter(|c| super::is_seen(*c) && !c.is_control()).collect::<String>();
            let kept = tidy(&text).map_or_else(|_| String::new(), |text| seen(&text));
            prop_assert_eq!(kept, seen(&text));
        }

        #[test]
        fn a_tidy_text_begins_and_ends_with_lines_that_show_something(text in texts()) {
            if let Ok(text) = tidy(&text) {
                let ends = [text.lines().next(), text.lines().next_back()];
                prop_assert!(ends.iter().all(|line| line.is_some_and(|line| line.contains(super::is_seen))));
                prop_assert_eq!(text.trim_end(), &text);
            }
        }
    }
}
