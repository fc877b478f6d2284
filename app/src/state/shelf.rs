//! What a browser keeps beyond the page, as names with values. `device` has the real ones: one that all tabs share, and
//! one for each tab.

use crate::device::lower;
use protocol::User;
use std::fmt;

/// Whose something on a shelf is, as a part of its name. The number alone would be another person's where fresh data took the
/// place of the old ones at the same address. Data that were restored from an older copy keep number and name, in another
/// epoch, and what their people left unsent has to reach them. A name may be typed in other capitals the next time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keeper(String);

impl Keeper {
    #[must_use]
    pub fn new(user: &User) -> Self {
        let name = lower(&user.name);
        // With its length no name is the beginning of another one's.
        Self(format!("{}.{}.{name}", user.id, name.len()))
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Storage that may fail (full, forbidden by its user): then it costs what outlives a reload, never what is on the page.
pub trait Shelf {
    fn get(&self, name: &str) -> Option<String>;
    /// All values whose name starts so.
    fn all(&self, prefix: &str) -> Vec<String>;
    /// Says whether it is kept.
    fn put(&self, name: &str, value: &str) -> bool;
    fn remove(&self, name: &str);
}

/// What another tab did to an item that all tabs share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub old: Option<String>,
    /// Missing when the item was removed.
    pub new: Option<String>,
}

#[cfg(test)]
pub mod testing {
    use super::Shelf;
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    /// Storage that keeps everything until it is dropped.
    #[derive(Default)]
    pub struct Memory(pub RefCell<BTreeMap<String, String>>);

    impl Shelf for Memory {
        fn get(&self, name: &str) -> Option<String> {
            self.0.borrow().get(name).cloned()
        }

        fn all(&self, prefix: &str) -> Vec<String> {
            let items = self.0.borrow();
            let found = items.iter().filter(|(name, _)| name.starts_with(prefix));
            found.map(|(_, value)| value.clone()).collect()
        }

        fn put(&self, name: &str, value: &str) -> bool {
            self.0.borrow_mut().insert(name.into(), value.into());
            true
        }

        fn remove(&self, name: &str) {
            self.0.borrow_mut().remove(name);
        }
    }
}
