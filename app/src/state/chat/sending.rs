//! From the composer to the server: what is written, what is unsent, and what tabs that are gone have left.

use super::Chat;
use crate::api::{self, ReadError};
use crate::device::{self, BrowserShelf};
use crate::state::drafts::{self, FromOutside};
use crate::state::outbox::stored::{self, TabId};
use crate::state::outbox::{Outbox, Unsent};
use crate::state::pending_commands::PendingCommand;
use crate::state::shelf::Change;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{ClientFrame, CloseCode, ErrorCode, MessageKey, NewMessage, RoomId, Seq};
use uuid::Uuid;

/// How long a tab that is gone may take to come back before another one sends what it left, in milliseconds: a reload
/// goes on with its own.
const RELOAD_MS: u32 = 3_000;

impl Chat {
    /// Takes over what tabs that are gone left unsent, and keeps an eye on those that are there.
    pub(super) fn start_sending(self) {
        let tab = TabId::new();
        let sees_tabs = device::begin_tab(tab);
        self.inner.update_value(|inner| inner.tab = tab);
        for other in self.other_tabs() {
            if sees_tabs && other != TabId::default() {
                self.watch_tab(other, 0);
            } else {
                // Of a tab that nobody can see it is better to send a message twice, under one key, than never.
                self.take_over(other);
            }
        }
        device::on_shelf_change(move |change| self.shelf_changed(&change, sees_tabs));
        device::ask_before_leaving(move || self.outbox.with_untracked(Outbox::has_unkept));
    }

    /// Takes a message over from its author.
    ///
    /// # Errors
    /// [`ErrorCode::MessageEmpty`] or [`ErrorCode::MessageTooLong`]; then the author keeps the text.
    pub fn send(self, room: RoomId, text: String) -> Result<(), ErrorCode> {
        let message = NewMessage { room, key: MessageKey(Uuid::new_v4()), text };
        let slug = self.slug(room).unwrap_or_default();
        self.outbox
            .try_update(|outbox| {
                let order =
                    stored::next_order(&BrowserShelf::Device, &self.keeper(), outbox.last_order());
                let unsent = outbox.add(message, slug, device::now(), order)?;
                let key = unsent.message.key;
                if !stored::save(&BrowserShelf::Device, &self.keeper(), self.tab(), unsent) {
                    outbox.not_kept(key);
                }
                Ok(())
            })
            .unwrap_or(Err(ErrorCode::Unknown))?;
        self.pump();
        Ok(())
    }

    /// Sends a refused message again.
    pub fn retry(self, key: MessageKey) {
        self.outbox.update(|outbox| self.retry_in(outbox, key));
        self.pump();
    }

    fn retry_in(self, outbox: &mut Outbox, key: MessageKey) {
        let Some(unsent) = outbox.retry(key, MessageKey(Uuid::new_v4())) else { return };
        let fresh = unsent.message.key;
        if fresh != key {
            let is_kept = stored::save(&BrowserShelf::Device, &self.keeper(), self.tab(), unsent);
            stored::forget(&BrowserShelf::Device, &self.keeper(), key);
            if !is_kept {
                outbox.not_kept(fresh);
            }
        }
    }

    /// Sends everything unsent again, now.
    pub fn retry_all(self) {
        self.outbox.update(|outbox| {
            outbox.resume();
            outbox.refused_keys().into_iter().for_each(|key| self.retry_in(outbox, key));
        });
        self.inner.with_value(|inner| inner.link.hurry());
        self.pump();
    }

    /// Throws a message away on its author's wish, here and in other tabs. One that has gone out meanwhile stays.
    pub fn discard(self, key: MessageKey) {
        self.take_back(key);
    }

    /// Gives the text of a message back to the composer.
    pub fn edit(self, key: MessageKey) {
        if let Some(message) = self.take_back(key) {
            self.composed.set(Some(FromOutside::Returned(message.text)));
        }
    }

    fn take_back(self, key: MessageKey) -> Option<NewMessage> {
        let message = self.outbox.try_update(|outbox| outbox.take_back(key)).flatten()?;
        stored::forget(&BrowserShelf::Device, &self.keeper(), key);
        self.pump();
        Some(message)
    }

    /// Puts the next unsent message on the wire, when it is its turn.
    pub(super) fn pump(self) {
        // A socket that is there again while a message is still being posted waits for that answer: one at a time.
        let is_posting = self.inner.with_value(|inner| inner.posting);
        if is_posting || !(self.is_linked() || self.is_blocked()) {
            return;
        }
        let limits = self.inner.with_value(|inner| inner.limits);
        let (mut stray, mut next) = (None, None);
        self.outbox.maybe_update(|outbox| {
            let refused = outbox.refused();
            stray = outbox.take_stray();
            next = outbox.take_next(limits);
            stray.is_some() || next.is_some() || outbox.refused() > refused
        });
        if let Some((key, slug)) = stray {
            self.find_room(key, slug);
        }
        let Some(message) = next else { return };
        // Whoever goes on with it when this page is gone cannot know whether it has arrived.
        self.keep(message.key, true);
        if self.is_linked() {
            self.ask(PendingCommand::Send(message.key), |id| ClientFrame::Send { id, message });
        } else {
            self.post(message);
        }
    }

    /// Keeps what is known of a message beyond the page.
    fn keep(self, key: MessageKey, is_under_way: bool) {
        self.outbox.with_untracked(|outbox| {
            if let Some(unsent) = outbox.get(key) {
                let is_doubtful = is_under_way || unsent.is_doubtful;
                let unsent = Unsent { is_doubtful, ..unsent.clone() };
                stored::save(&BrowserShelf::Device, &self.keeper(), self.tab(), &unsent);
            }
        });
    }

    /// Asks which number the room of a message has in these data. One that is not there refuses the message.
    fn find_room(self, key: MessageKey, slug: String) {
        spawn_local(async move {
            match api::room(self.identity(), &slug).await {
                Ok(snapshot) => {
                    self.outbox.update(|outbox| outbox.found(key, &slug, snapshot.room.id));
                    self.pump();
                }
                Err(ReadError::UnknownRoom) => self.send_refused(key, ErrorCode::UnknownRoom, None),
                // Nothing was sent, and it is asked again after a pause.
                Err(_) => self.send_refused(key, ErrorCode::Unavailable, None),
            }
        });
    }

    /// A message is durable.
    pub(super) fn stored(self, key: MessageKey, seq: Seq) {
        stored::forget(&BrowserShelf::Device, &self.keeper(), key);
        let room = self.outbox.with_untracked(|outbox| outbox.room_of(key));
        self.outbox.update(|outbox| outbox.stored(key, seq));
        if let Some(room) = room {
            self.settle(room);
        }
        self.pump();
    }

    /// The server did not take a message: now, or never.
    pub(super) fn send_refused(
        self,
        key: MessageKey,
        code: ErrorCode,
        retry_after_ms: Option<u32>,
    ) {
        let mut pause = None;
        self.outbox.update(|outbox| pause = outbox.refused_with(key, code, retry_after_ms));
        self.keep(key, false);
        match pause {
            Some(pause) => device::after(pause, move || {
                self.outbox.update(Outbox::resume);
                self.pump();
            }),
            None => self.pump(),
        }
    }

    /// The server closed the socket with this code; when that was for what it was sent, the same must not be sent again.
    /// What is being posted was not sent there, and has its own answer.
    pub fn closed_with(self, code: u16) {
        let is_posting = self.inner.with_value(|inner| inner.posting);
        if CloseCode::is_protocol_error(code) && !is_posting {
            let why = if code == CloseCode::FRAME_TOO_LARGE {
                ErrorCode::MessageTooLong
            } else {
                ErrorCode::BadFrame
            };
            self.outbox.update(|outbox| outbox.rejected(why));
        }
    }

    /// Follows what another tab typed, stored or discarded, and notices tabs that are new.
    fn shelf_changed(self, change: &Change, sees_tabs: bool) {
        let keeper = self.keeper();
        if let Some(key) = stored::key_of(&keeper, &change.name) {
            if change.new.is_none() {
                self.outbox.update(|outbox| outbox.seen(key));
                self.pump();
            } else if sees_tabs {
                self.other_tabs().into_iter().for_each(|tab| self.watch_tab(tab, RELOAD_MS));
            }
        } else if let Some(text) = drafts::followed(&BrowserShelf::Tab, &keeper, change) {
            let name = change.name.clone();
            self.composed.set(Some(FromOutside::Followed { name, text }));
        }
    }

    /// Takes over what another tab has to send once it is gone, and has not come back within `grace_ms`.
    fn watch_tab(self, tab: TabId, grace_ms: u32) {
        let is_watched = self.inner.with_value(|inner| inner.watched.contains(&tab));
        if !is_watched {
            self.inner.update_value(|inner| inner.watched.push(tab));
            device::when_tab_ended(tab, move || {
                if grace_ms == 0 {
                    self.take_over(tab);
                } else {
                    device::after(grace_ms, move || self.take_over(tab));
                }
            });
        }
    }

    fn take_over(self, tab: TabId) {
        // One that has stopped may be written in all the same, and is then watched anew.
        self.inner.update_value(|inner| inner.watched.retain(|watched| *watched != tab));
        if self.is_stopped() {
            return;
        }
        let left: Vec<Unsent> =
            stored::take_over(&BrowserShelf::Device, &self.keeper(), tab, self.tab());
        if !left.is_empty() {
            self.outbox.update(|outbox| outbox.adopt(left));
            self.pump();
        }
    }

    /// The tabs besides this one that have something to send.
    fn other_tabs(self) -> Vec<TabId> {
        let mut tabs = stored::tabs(&BrowserShelf::Device, &self.keeper());
        tabs.retain(|tab| *tab != self.tab());
        tabs
    }

    fn tab(self) -> TabId {
        self.inner.with_value(|inner| inner.tab)
    }
}
