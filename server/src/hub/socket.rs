//! A connection's handle on the hub. Dropping it leaves every room, so that no way out of a connection can forget to.

use super::channel::{Channel, ChannelId};
use super::presence::Leave;
use super::queue::{SocketQueue, Topic};
use super::{Hub, SocketId};
use protocol::{RoomId, Seq, User};
use std::collections::HashMap;
use std::sync::Arc;

pub struct Socket {
    hub: Arc<Hub>,
    id: SocketId,
    user: User,
    queue: Arc<SocketQueue>,
    rooms: HashMap<RoomId, Arc<Channel>>,
}

/// A page of catch-up that any number of sockets may need at the same time. A page read for one of them may serve another
/// only in the same channel: what is published after the read passes that channel, and is known to be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageKey {
    channel: ChannelId,
    pub room: RoomId,
    pub after: Seq,
}

impl Socket {
    pub(super) fn new(hub: Arc<Hub>, id: SocketId, user: User, queue: Arc<SocketQueue>) -> Self {
        Self { hub, id, user, queue, rooms: HashMap::new() }
    }

    #[cfg(test)]
    pub(super) fn user(&self) -> &User {
        &self.user
    }

    /// How many rooms are open on this socket, not counting `room`.
    #[must_use]
    pub fn other_rooms(&self, room: RoomId) -> usize {
        self.rooms.len() - usize::from(self.rooms.contains_key(&room))
    }

    /// Follows a room whose changes up to `after` the client has, and joins its roster.
    pub fn open(&mut self, room: RoomId, after: Seq) {
        let mut channels = self.hub.channels.write();
        let channel = channels.entry(room).or_insert_with(|| Arc::new(self.hub.new_channel(room)));
        // Under the lock of the map, or the channel could be removed as empty in between.
        channel.subscribe(self.id, &self.queue, after);
        let newly_open = self.rooms.insert(room, channel.clone()).is_none();
        drop(channels);
        if newly_open {
            self.hub.change_presence(|presence, now| presence.join(room, &self.user, now));
        }
        self.queue.mark_stale(Topic::Roster(room));
    }

    /// Leaves a room; `false` when it was not open.
    pub fn close(&mut self, room: RoomId) -> bool {
        let Some(channel) = self.rooms.remove(&room) else { return false };
        self.unsubscribe(room, &channel, Leave::Closed);
        true
    }

    /// Follows the list of rooms.
    pub fn watch_directory(&self) {
        self.hub.directory.watch(self.id, &self.queue);
        self.queue.mark_stale(Topic::Directory);
    }

    /// Lets a room that is stale go on with what comes, if the client has everything. Otherwise gives the page to read
    /// from the store and send; then call [`Socket::advance`].
    #[must_use]
    pub fn resume(&self, room: RoomId) -> Option<PageKey> {
        let channel = self.rooms.get(&room)?;
        let (channel, after) = channel.resume(&self.queue)?;
        Some(PageKey { channel, room, after })
    }

    /// Records that the client was sent a page up to `through`; `complete` when that was the room's last change.
    pub fn advance(&self, page: PageKey, through: Seq, complete: bool) {
        self.queue.advance(page.room, through);
        if let Some(channel) = self.rooms.get(&page.room).filter(|_| complete) {
            channel.learn_head(page.channel, through);
        }
    }

    /// Sends the present roster of a room, after which diffs are sent again.
    pub fn resync_roster(&self, room: RoomId) {
        self.queue.begin_resync(Topic::Roster(room));
        let (version, frame) = self.hub.presence.lock().roster_frame(room);
        self.queue.end_roster_resync(room, version, &frame);
    }

    fn unsubscribe(&self, room: RoomId, channel: &Channel, how: Leave) {
        if channel.unsubscribe(self.id, &self.queue) {
            let mut channels = self.hub.channels.write();
            if channels.get(&room).is_some_and(|channel| channel.is_empty()) {
                channels.remove(&room);
            }
        }
        let user = self.user.id;
        self.hub.change_presence(|presence, now| presence.leave(room, user, how, now));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.hub.disconnect(self.user.id, self.id);
        for (room, channel) in std::mem::take(&mut self.rooms) {
            self.unsubscribe(room, &channel, Leave::Dropped);
        }
    }
}
