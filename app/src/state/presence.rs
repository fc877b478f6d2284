//! Who is in one room: the whole list when it is opened, then who came and went.

use super::sorted::sort;
use crate::device;
use protocol::{Roster, User, UserId};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    count: u32,
    users: Vec<User>,
}

impl Presence {
    /// Starts over from a whole list.
    #[must_use]
    pub fn new(roster: Roster) -> Self {
        let mut presence = Self { count: roster.count, users: roster.users };
        presence.sort();
        presence
    }

    /// How many users are here, listed or not.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Those that are listed, by name.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// How many are here beyond those listed.
    #[must_use]
    pub fn unlisted(&self) -> u32 {
        let listed = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
        self.count.saturating_sub(listed)
    }

    /// Takes who came and went. Somebody in both lists is here.
    pub fn change(&mut self, count: u32, joined: Vec<User>, left: &[UserId]) {
        self.users.retain(|user| {
            !left.contains(&user.id) && !joined.iter().any(|other| other.id == user.id)
        });
        self.users.extend(joined);
        self.count = count;
        self.sort();
    }

    fn sort(&mut self) {
        sort(&mut self.users, |user| (0, device::lower(&user.name), user.id.0));
    }
}

#[cfg(test)]
mod tests {
    use super::Presence;
    use protocol::{Roster, User, UserId};

    fn user(id: i64, name: &str) -> User {
        User { id: UserId(id), name: name.into() }
    }

    fn names(presence: &Presence) -> Vec<&str> {
        presence.users().iter().map(|user| user.name.as_str()).collect()
    }

    #[test]
    fn people_come_and_go_by_name() {
        let roster = Roster { count: 2, users: vec![user(1, "bo"), user(2, "Ana")] };
        let mut presence = Presence::new(roster);
        presence.change(2, vec![user(3, "Cy")], &[UserId(1)]);
        assert_eq!(names(&presence), ["Ana", "Cy"]);
        assert_eq!(presence.count(), 2);
    }

    #[test]
    fn a_repeated_join_lists_nobody_twice() {
        let mut presence = Presence::default();
        presence.change(1, vec![user(1, "Ana")], &[]);
        presence.change(1, vec![user(1, "Ana")], &[UserId(1)]);
        assert_eq!(names(&presence), ["Ana"]);
    }

    #[test]
    fn a_crowd_is_counted_beyond_the_list() {
        let presence = Presence::new(Roster { count: 5000, users: vec![user(1, "Ana")] });
        assert_eq!(presence.unlisted(), 4999);
    }
}
