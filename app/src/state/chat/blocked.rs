//! Going on over HTTP where something on the way lets no WebSocket through: messages are posted one by one with the keys
//! they have, and open rooms and the list of rooms are read anew now and then. Nobody sees who is here in that time by more than that.

use super::Chat;
use crate::api::{self, PostError, ReadError};
use crate::device;
use crate::state::connection::{Connection, StopReason};
use crate::state::outbox::Outbox;
use crate::state::presence::Presence;
use crate::state::timeline::Timeline;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{NewMessage, RoomId, RoomSnapshot};

/// How often open rooms are read, in milliseconds: a conversation can be followed, and a tab costs no more than a reload
/// now and then.
const READ_MS: u32 = 5_000;

impl Chat {
    /// HTTP was answered, and the socket was not, twice over.
    pub fn blocked(self) {
        if self.connection.get_untracked() != Connection::Blocked {
            self.connection.set(Connection::Blocked);
            self.pump();
            let was_reading =
                self.inner.try_update_value(|inner| std::mem::replace(&mut inner.reading, true));
            if was_reading == Some(false) {
                self.read_on();
            }
        }
    }

    /// HTTP was not answered either.
    pub fn unreachable(self) {
        if self.is_blocked() {
            self.connection.set(Connection::Reconnecting);
        }
    }

    /// Whether messages go over HTTP.
    pub(super) fn is_blocked(self) -> bool {
        self.connection.get_untracked() == Connection::Blocked
    }

    /// Posts a message that is under way.
    pub(super) fn post(self, message: NewMessage) {
        self.inner.update_value(|inner| inner.posting = true);
        spawn_local(async move {
            let answer = api::post(self.identity(), &message).await;
            self.inner.try_update_value(|inner| inner.posting = false);
            match answer {
                Ok(sent) => {
                    self.stored(sent.key, sent.seq);
                    self.read_room(message.room).await;
                }
                Err(PostError::Unreachable) => self.post_failed(),
                Err(PostError::Refused(refused)) => {
                    self.send_refused(message.key, refused.code, refused.retry_after_ms);
                }
                Err(PostError::Stale) => self.stopped(StopReason::Stale),
            }
        });
    }

    /// Tries again under the same key: on the socket where there is one by now, else in the next round.
    fn post_failed(self) {
        self.outbox.update(Outbox::disconnected);
        if self.is_linked() {
            self.pump();
        }
    }

    /// Reads the open rooms, and goes on with it for as long as the socket is blocked.
    fn read_on(self) {
        spawn_local(async move {
            for open in self.open_rooms() {
                self.read_room(open.id).await;
            }
            self.read_list().await;
            device::after(READ_MS, move || {
                if self.is_blocked() {
                    self.pump();
                    self.read_on();
                } else {
                    self.inner.update_value(|inner| inner.reading = false);
                }
            });
        });
    }

    /// Reads the first page of all rooms: where there are more, those beyond it stay as they were until the socket is back.
    async fn read_list(self) {
        match api::rooms(self.identity()).await {
            // What a socket has told since is newer.
            Ok(list) if self.is_blocked() && !self.is_linked() => {
                self.rooms.update(|rooms| rooms.merge(list));
            }
            Err(ReadError::Stale) => self.stopped(StopReason::Stale),
            Ok(_) | Err(_) => {}
        }
    }

    /// The address of an open room. The list of rooms may lack it: what is new there is told over the socket only.
    pub(super) fn slug(self, room: RoomId) -> Option<String> {
        self.open_rooms_of(room).first()?.slug.try_get_value()
    }

    async fn read_room(self, room: RoomId) {
        let Some(slug) = self.slug(room) else { return };
        match api::room(self.identity(), &slug).await {
            // What a socket has told since is newer.
            Ok(snapshot) if self.is_blocked() && !self.is_linked() => self.take_snapshot(snapshot),
            // The socket's task loads the page anew.
            Err(ReadError::Stale) => self.stopped(StopReason::Stale),
            // A room that is gone or cannot be read may be there at the next round; whether somebody is signed in is asked
            // beside it.
            Ok(_) | Err(_) => {}
        }
    }

    /// Takes a room as it is now, like changes where they follow what is known, and like a new start where they do not.
    pub(super) fn take_snapshot(self, snapshot: RoomSnapshot) {
        let RoomSnapshot { room, roster, page, through, .. } = snapshot;
        for open in self.open_rooms_of(room.id) {
            open.presence.set(Presence::new(roster.clone()));
            let known = open.timeline.with_untracked(Timeline::through);
            let first = page.messages.first().map_or(through.next(), |first| first.seq);
            if !page.has_older || first <= known.next() {
                self.changed(room.id, known, through, &page.messages);
            } else {
                self.reset(room.id, through, page.clone());
            }
        }
    }
}
