//! The words for refusals: the one place that turns an error code into a sentence.

use crate::page::Why;
use protocol::limits::{MESSAGE_BYTES_MAX, ROOM_NAME_CHARS_MAX, USER_NAME_CHARS_MAX};
use protocol::{CharacterFault, ErrorCode, NameFault};

/// Why nobody was signed out, where no answer came.
pub const NOT_SIGNED_OUT: &str =
    "The server cannot be reached, so you are still signed in. Try again.";

/// What a page says whose script has failed more than once.
pub const PLAIN_PAGE: &str = "Something in this page failed, so it goes on without live updates. \
     Nothing that you sent is lost.";

/// The button beside it.
pub const TRY_AGAIN: &str = "Try again";

/// Why a form was refused, and what to do about it.
#[must_use]
pub fn why(why: &Why) -> String {
    match why {
        Why::Code(code) => refusal(*code),
        Why::UserName(fault) => name(*fault, USER_NAME_CHARS_MAX),
        Why::RoomName(fault) => name(*fault, ROOM_NAME_CHARS_MAX),
        Why::NameTaken { suggestion: Some(free) } => {
            format!("{} “{free}” is free.", refusal(ErrorCode::UserNameTaken))
        }
        Why::NameTaken { suggestion: None } => refusal(ErrorCode::UserNameTaken),
        Why::RoomExists { .. } => refusal(ErrorCode::RoomExists),
        Why::CookieLost { .. } => "This browser did not keep the cookie.".to_owned(),
        Why::SessionGone => {
            "You are signed out. What you typed is kept and not sent; sign in to go on.".to_owned()
        }
        Why::SessionEnded => "You are signed out. Sign in to go on.".to_owned(),
        Why::NotSent => "You are signed in again. This was kept, and is not sent yet.".to_owned(),
        Why::TooLarge => {
            "That was far too long to be taken or shown again. The browser's Back may still have it."
                .to_owned()
        }
    }
}

/// What is wrong with a name.
fn name(fault: NameFault, chars_max: usize) -> String {
    match fault {
        NameFault::Empty => "Please type a name.".to_owned(),
        NameFault::TooLong => {
            format!(
                "This name is too long. Up to {chars_max} characters fit; an emoji counts as two or more."
            )
        }
        NameFault::OnlyMarks => "A name needs a letter, a digit or an emoji.".to_owned(),
        NameFault::Character(character, fault) => {
            let code_point = format!("U+{:04X}", u32::from(character));
            let (shown, reason) = match fault {
                CharacterFault::Control => (None, "it is a control character"),
                CharacterFault::Direction => (None, "it changes the direction of the text"),
                CharacterFault::Invisible => (None, "it shows nothing"),
                CharacterFault::Loose => (None, "it needs a letter before it"),
                CharacterFault::Unassigned => (Some(character), "it has no agreed meaning"),
            };
            let shown = shown.map(|shown| format!("“{shown}” ")).unwrap_or_default();
            format!("A name cannot have the character {shown}{code_point} here: {reason}.")
        }
    }
}

/// What happened and what to do about it.
#[must_use]
pub fn refusal(code: ErrorCode) -> String {
    match code {
        ErrorCode::MessageEmpty => "Write something first.".to_owned(),
        ErrorCode::MessageTooLong => {
            let kib = MESSAGE_BYTES_MAX / 1024;
            format!("This message is too long. Up to {kib} KB of text fit into one.")
        }
        ErrorCode::KeyReused => {
            "Another message was sent in the place of this one. Retry sends this one as well."
                .to_owned()
        }
        ErrorCode::UserNameInvalid | ErrorCode::RoomNameInvalid => {
            "This name cannot be used. Try another.".to_owned()
        }
        ErrorCode::UserNameTaken => "Somebody is signed in under this name.".to_owned(),
        ErrorCode::RoomExists => "There is a room of this name already.".to_owned(),
        ErrorCode::UnknownRoom => "This room does not exist.".to_owned(),
        ErrorCode::RateLimited => "That was very fast. Wait a moment and try again.".to_owned(),
        ErrorCode::Unavailable => "That could not be saved just now. Try again.".to_owned(),
        // Of one tab: each has a socket of its own.
        ErrorCode::TooManyRooms => {
            "Too many rooms are open in this tab. Reload the page and try again.".to_owned()
        }
        ErrorCode::StalePage => {
            "Somebody else has signed in at this browser, or the server has changed. Nothing was done."
                .to_owned()
        }
        ErrorCode::BadFrame | ErrorCode::UnknownFrame => {
            "The server could not make sense of this. The page may be of another version: reload it and try again."
                .to_owned()
        }
        ErrorCode::RoomNotOpen
        | ErrorCode::SeqAhead
        | ErrorCode::Unknown => "That did not work. Reload the page and try again.".to_owned(),
    }
}

/// A number with its noun, like `1 person` and `3 people`.
#[must_use]
pub fn count(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{refusal, why};
    use crate::page::Why;
    use protocol::{CharacterFault, ErrorCode, NameFault};

    #[test]
    fn every_sentence_ends() {
        for code in [ErrorCode::MessageTooLong, ErrorCode::RoomNameInvalid, ErrorCode::Unknown] {
            assert!(refusal(code).ends_with('.'));
        }
    }

    #[test]
    fn a_refused_name_says_which_character_it_was() {
        let words = |character, fault| why(&Why::UserName(NameFault::Character(character, fault)));
        let invisible = words('\u{200b}', CharacterFault::Invisible);
        assert!(invisible.contains("U+200B") && !invisible.contains('\u{200b}'), "{invisible}");
        assert!(words('\u{202e}', CharacterFault::Direction).contains("direction"));
    }
}
