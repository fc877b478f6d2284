//! Who is here, as one client merged it from what it was told, and what of that is not the truth.

use protocol::{Roster, User, UserId};
use std::collections::BTreeSet;

/// What one client knows.
#[derive(Debug, Clone, Default)]
pub struct Present {
    pub users: BTreeSet<UserId>,
    /// How many they are by the roster, and by the list of rooms.
    pub count: u32,
    pub listed: u32,
}

impl Present {
    /// All of them at once.
    pub fn replace(&mut self, roster: &Roster) {
        self.users = roster.users.iter().map(|user| user.id).collect();
        self.count = roster.count;
    }

    /// Who came and went.
    pub fn change(&mut self, count: u32, joined: &[User], left: &[UserId]) {
        for user in left {
            self.users.remove(user);
        }
        self.users.extend(joined.iter().map(|user| user.id));
        self.count = count;
    }

    /// Each difference from who is there in a sentence.
    pub fn judge(&self, truth: &BTreeSet<UserId>) -> Vec<String> {
        let mut found = Vec::new();
        found.extend(self.users.difference(truth).map(|ghost| format!("lists {ghost}, a ghost")));
        found.extend(truth.difference(&self.users).map(|user| format!("does not list {user}")));
        if usize::try_from(self.count) != Ok(self.users.len()) {
            found.push(format!("counts {} and lists {}", self.count, self.users.len()));
        }
        found.extend(self.judge_listed(truth));
        found
    }

    /// The same for who follows the list of rooms alone.
    pub fn judge_listed(&self, truth: &BTreeSet<UserId>) -> Option<String> {
        (usize::try_from(self.listed) != Ok(truth.len()))
            .then(|| format!("the list of rooms says {} here, of {}", self.listed, truth.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: i64) -> User {
        User { id: UserId(id), name: format!("user {id}") }
    }

    fn verdict(count: u32, listed: u32, joined: &[i64], left: &[i64]) -> String {
        let mut present = Present { listed, ..Present::default() };
        present.replace(&Roster { count: 2, users: vec![user(1), user(2)] });
        let joined: Vec<User> = joined.iter().copied().map(user).collect();
        let left: Vec<UserId> = left.iter().copied().map(UserId).collect();
        present.change(count, &joined, &left);
        present.judge(&BTreeSet::from([UserId(1), UserId(3)])).join("; ")
    }

    #[test]
    fn the_truth_is_not_accused() {
        assert_eq!(verdict(2, 2, &[3], &[2]), "");
    }

    #[test]
    fn ghosts_missing_people_and_wrong_counts_are_found() {
        assert_eq!(verdict(3, 2, &[3], &[]), "lists 2, a ghost");
        assert_eq!(verdict(1, 2, &[], &[2]), "does not list 3");
        assert_eq!(verdict(3, 2, &[3], &[2]), "counts 3 and lists 2");
        assert_eq!(verdict(2, 1, &[3], &[2]), "the list of rooms says 1 here, of 2");
    }
}
