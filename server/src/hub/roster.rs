//! The people of one room: who is here, and what was told of it.
//!
//! What was told is the one base of everything that anybody is sent: a whole roster shows it, a diff leads from one version
//! of it to the next. So whoever has any of them, and takes what follows, has what everybody has.

use super::encode;
use bytes::Bytes;
use protocol::limits::ROSTER_LIST_MAX;
use protocol::{RoomId, Roster, ServerFrame, User, UserId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use tokio::time::Instant;

/// The shortest time between two diffs of a room: below what people notice.
pub(super) const DIFF_INTERVAL_MIN: Duration = Duration::from_millis(200);

/// The longest, reached by a room of 5,000.
pub(super) const DIFF_INTERVAL_MAX: Duration = Duration::from_secs(5);

/// Names in one diff. Everybody in the room gets them, so when all come at once, after a restart for one, they are told
/// one after the other.
pub(super) const JOINED_MAX: usize = 50;

/// Counts what was told, over all rooms, so that a room that was forgotten never repeats one. The first one stands for
/// nobody at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Version(u64);

impl Version {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What leads from what was told to what is told next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diff {
    pub(super) after: Version,
    pub(super) through: Version,
    pub(super) count: u32,
    pub(super) joined: Vec<User>,
    pub(super) left: Vec<UserId>,
}

pub(super) struct Member {
    user: User,
    sockets: u32,
    /// Set while `sockets` is 0.
    leaves_at: Option<Instant>,
}

#[derive(Default)]
struct Told {
    count: u32,
    /// Those that are listed, at most [`ROSTER_LIST_MAX`]. Which ones is the same for everybody.
    users: BTreeMap<UserId, User>,
    version: Version,
    at: Option<Instant>,
    /// The whole of it as a frame, once somebody has asked.
    frame: Option<Bytes>,
}

#[derive(Default)]
pub(super) struct People {
    members: HashMap<UserId, Member>,
    told: Told,
    /// Members that are not listed. While the list is full they wait for a place in it.
    unlisted: BTreeSet<UserId>,
    /// Members that are listed under another name.
    renamed: BTreeSet<UserId>,
    /// Listed users that are not here any more.
    gone: BTreeSet<UserId>,
}

impl People {
    pub(super) fn join(&mut self, user: &User) {
        let member = self.members.entry(user.id).or_insert_with(|| Member {
            user: user.clone(),
            sockets: 0,
            leaves_at: None,
        });
        member.user.name.clone_from(&user.name);
        member.sockets += 1;
        member.leaves_at = None;
        self.compare(user.id);
    }

    /// Takes a socket from a user; `true` when it was the last one.
    pub(super) fn drop_socket(&mut self, user: UserId) -> bool {
        let Some(member) = self.members.get_mut(&user) else { return false };
        member.sockets = member.sockets.saturating_sub(1);
        member.sockets == 0
    }

    pub(super) fn leave_at(&mut self, user: UserId, at: Instant) {
        if let Some(member) = self.members.get_mut(&user) {
            member.leaves_at = Some(at);
        }
    }

    /// Removes a user whose grace ends at `at`, and not one who came back.
    pub(super) fn expire(&mut self, user: UserId, at: Instant) {
        if self.members.get(&user).is_some_and(|member| member.leaves_at == Some(at)) {
            self.remove(user);
        }
    }

    pub(super) fn remove(&mut self, user: UserId) {
        self.members.remove(&user);
        self.compare(user);
    }

    /// How many users everybody was told of.
    pub(super) fn told_count(&self) -> u32 {
        self.told.count
    }

    /// What everybody was told.
    pub(super) fn told(&self) -> Roster {
        let mut users: Vec<User> = self.told.users.values().cloned().collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Roster { count: self.told.count, users }
    }

    /// What everybody was told, as a frame. However many ask, it is made once.
    pub(super) fn told_frame(&mut self, room: RoomId) -> (Version, Bytes) {
        let frame = match &self.told.frame {
            Some(frame) => frame.clone(),
            None => {
                let Roster { count, users } = self.told();
                encode(&ServerFrame::Roster { room, count, users })
            }
        };
        self.told.frame = Some(frame.clone());
        (self.told.version, frame)
    }

    /// When there is something to tell, if there is.
    ///
    /// One millisecond of waiting for each member keeps the frames of a room at about a thousand a second.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let interval = Duration::from_millis(u64::from(self.count()))
            .clamp(DIFF_INTERVAL_MIN, DIFF_INTERVAL_MAX);
        let due = || self.told.at.map_or(now, |at| at + interval);
        (!self.is_told()).then(due)
    }

    /// Whether nobody is here, and everybody knows.
    pub(super) fn is_over(&self) -> bool {
        self.members.is_empty() && self.is_told()
    }

    /// Takes over what is true into what is told, as far as one diff goes.
    pub(super) fn tell(&mut self, through: Version, now: Instant) -> Diff {
        let left: Vec<UserId> = std::mem::take(&mut self.gone).into_iter().collect();
        for user in &left {
            self.told.users.remove(user);
        }
        let joined = std::iter::from_fn(|| self.list_next()).take(JOINED_MAX).collect();
        let (after, count) = (self.told.version, self.count());
        self.told.count = count;
        self.told.version = through;
        self.told.at = Some(now);
        self.told.frame = None;
        Diff { after, through, count, joined, left }
    }

    /// Lists one more user, or one under a new name, if there is one to list and a place for it.
    fn list_next(&mut self) -> Option<User> {
        let has_place = self.told.users.len() < ROSTER_LIST_MAX;
        let next = match self.renamed.pop_first() {
            None if has_place => self.unlisted.pop_first(),
            renamed => renamed,
        };
        let user = self.members.get(&next?)?.user.clone();
        self.told.users.insert(user.id, user.clone());
        Some(user)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    fn is_told(&self) -> bool {
        let listed = self.unlisted.is_empty() || self.told.users.len() >= ROSTER_LIST_MAX;
        listed && self.renamed.is_empty() && self.gone.is_empty() && self.told.count == self.count()
    }

    /// Puts down what is to be told of a user.
    fn compare(&mut self, user: UserId) {
        for set in [&mut self.unlisted, &mut self.renamed, &mut self.gone] {
            set.remove(&user);
        }
        let member = self.members.get(&user).map(|member| &member.user);
        match (member, self.told.users.get(&user)) {
            (Some(_), None) => self.unlisted.insert(user),
            (Some(member), Some(listed)) if member != listed => self.renamed.insert(user),
            (None, Some(_)) => self.gone.insert(user),
            _ => false,
        };
    }
}
