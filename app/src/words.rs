//! The words for refusals: the one place that turns an error code into a sentence.

use protocol::ErrorCode;
use protocol::limits::{MESSAGE_BYTES_MAX, ROOM_NAME_CHARS_MAX, USER_NAME_CHARS_MAX};

/// What happened and what to do about it.
#[must_use]
pub fn refusal(code: ErrorCode) -> String {
    match code {
        ErrorCode::MessageEmpty => "Write something first.".to_owned(),
        ErrorCode::MessageTooLong => {
            let kib = MESSAGE_BYTES_MAX / 1024;
            format!("This message is too long. Up to {kib} KB of text fit into one.")
        }
        ErrorCode::UserNameInvalid => {
            format!("Please use 1 to {USER_NAME_CHARS_MAX} visible characters for your name.")
        }
        ErrorCode::UserNameTaken => "Somebody is signed in under this name.".to_owned(),
        ErrorCode::RoomNameInvalid => format!(
            "Please use 1 to {ROOM_NAME_CHARS_MAX} visible characters, with a letter or a digit."
        ),
        ErrorCode::RoomExists => "There is a room of this name already.".to_owned(),
        ErrorCode::UnknownRoom => "This room does not exist.".to_owned(),
        ErrorCode::RateLimited => "That was very fast. Wait a moment and try again.".to_owned(),
        ErrorCode::Unavailable => "That could not be saved just now. Try again.".to_owned(),
        ErrorCode::TooManyRooms => {
            "Too many rooms are open. Close some tabs and try again.".to_owned()
        }
        ErrorCode::BadFrame
        | ErrorCode::UnknownFrame
        | ErrorCode::RoomNotOpen
        | ErrorCode::SeqAhead
        | ErrorCode::StalePage
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
    use super::refusal;
    use protocol::ErrorCode;

    #[test]
    fn every_sentence_ends() {
        for code in [ErrorCode::MessageTooLong, ErrorCode::RoomNameInvalid, ErrorCode::Unknown] {
            assert!(refusal(code).ends_with('.'));
        }
    }
}
