//! Sending and reading messages.

use super::{Chat, Result, now};
use crate::store::{AppendOutcome, ChangesPage, Draft};
use protocol::limits::{CATCH_UP_MESSAGES, MESSAGE_BYTES_MAX};
use protocol::{ErrorCode, MessagePage, Millis, NewMessage, RoomId, Seq, User};

/// Where a message stands once it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub seq: Seq,
    pub at: Millis,
}

impl Chat {
    /// Saves a message and delivers it to everybody in the room; returns when it is durable. Repeating a key changes
    /// nothing and gives the first answer.
    ///
    /// The message takes its place in the room's order by the call itself, so that one sender's calls keep theirs.
    ///
    /// # Errors
    /// `MessageEmpty`, `MessageTooLong`, `UnknownRoom` or `Unavailable`.
    pub fn send(
        &self,
        author: &User,
        message: &NewMessage,
    ) -> impl Future<Output = Result<Sent>> + Send + use<> {
        let appended = normalise(&message.text).map(|text| {
            self.sequencer.append(Draft {
                room: message.room,
                author: author.clone(),
                key: message.key,
                text,
                at: now(),
            })
        });
        async move {
            match appended?.await? {
                AppendOutcome::Stored { message, .. } => {
                    Ok(Sent { seq: message.seq, at: message.at })
                }
                AppendOutcome::Repeated { seq, at } => Ok(Sent { seq, at }),
                AppendOutcome::UnknownRoom => Err(ErrorCode::UnknownRoom.into()),
            }
        }
    }

    /// The messages of a room just before `before`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn history(&self, room: RoomId, before: Seq) -> Result<MessagePage> {
        Ok(self.store.history(room, Some(before), CATCH_UP_MESSAGES).await?)
    }

    /// One page of what changed in a room after `after`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn changes_after(&self, room: RoomId, after: Seq) -> Result<ChangesPage> {
        Ok(self.store.changes_after(room, after, CATCH_UP_MESSAGES).await?)
    }
}

/// The text as it is stored: `\n` for every line break, no other control characters but tabs, nothing blank around it.
fn normalise(typed: &str) -> std::result::Result<String, ErrorCode> {
    let text = typed.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "");
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(ErrorCode::MessageEmpty);
    }
    if text.len() > MESSAGE_BYTES_MAX {
        return Err(ErrorCode::MessageTooLong);
    }
    Ok(text.to_owned())
}

/// Characters that say something about others but show nothing alone; a message of nothing else is an empty one.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_its_line_breaks_are_uniform() {
        assert_eq!(
            normalise(" \r\n one\r\ntwo\rthree\u{0}\t \n"),
            Ok("one\ntwo\nthree".to_owned())
        );
    }

    #[test]
    fn text_that_shows_nothing_is_empty() {
        for blank in ["", " \n\t", "\u{200b}", "\u{a0}\u{2060}\u{feff}", "\u{0}"] {
            assert_eq!(normalise(blank), Err(ErrorCode::MessageEmpty), "{blank:?}");
        }
    }

    #[test]
    fn joined_emoji_keep_their_joiners() {
        assert_eq!(normalise("👩\u{200d}🚀"), Ok("👩\u{200d}🚀".to_owned()));
    }

    #[test]
    fn length_is_measured_after_trimming() {
        let longest = "é".repeat(MESSAGE_BYTES_MAX / 2);
        assert!(normalise(&format!("  {longest}\n")).is_ok());
        assert_eq!(normalise(&format!("{longest}x")), Err(ErrorCode::MessageTooLong));
    }
}
