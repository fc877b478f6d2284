//! What is written in a composer and not sent yet, for each room, which goes by its address: in data that were restored
//! from an older copy its number may be another room's.
//!
//! A draft is kept twice: as the tab's *own*, while it was typed in this tab, and as the *shared* one, which is the last
//! that was typed in any tab. A tab without an own draft follows the shared one; one with an own draft keeps it, whatever
//! is typed elsewhere. When a draft is sent, it goes from every tab that shows the same text.

use super::shelf::{Change, Keeper, Shelf};

/// The start of the names of all drafts of a user.
fn prefix(keeper: &Keeper) -> String {
    format!("hubbub.draft.{keeper}.")
}

/// A room's draft in the storage of this tab and in that of all tabs.
#[derive(Debug, Clone)]
pub struct Draft<Own, Shared> {
    own: Own,
    shared: Shared,
    name: String,
}

impl<Own: Shelf, Shared: Shelf> Draft<Own, Shared> {
    #[must_use]
    pub fn new(own: Own, shared: Shared, keeper: &Keeper, slug: &str) -> Self {
        Self { own, shared, name: format!("{}{slug}", prefix(keeper)) }
    }

    /// What the composer shows when its page opens.
    #[must_use]
    pub fn text(&self) -> String {
        self.own.get(&self.name).or_else(|| self.shared.get(&self.name)).unwrap_or_default()
    }

    /// Something was typed, or deleted, in this tab.
    pub fn typed(&self, text: &str) {
        if text.is_empty() {
            self.emptied();
        } else {
            self.own.put(&self.name, text);
            self.shared.put(&self.name, text);
        }
    }

    /// The text was sent, or deleted: it is no draft any more, here and wherever it is the same.
    pub fn emptied(&self) {
        let shown = self.text();
        self.own.remove(&self.name);
        // What another tab has typed since is that one's.
        if self.shared.get(&self.name).is_some_and(|shared| shared == shown) {
            self.shared.remove(&self.name);
        }
    }

    /// Whether this is the draft that is stored under a name.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name
    }
}

/// What changes a composer from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromOutside {
    /// A draft of this name follows another tab.
    Followed { name: String, text: String },
    /// The author edits an unsent message of the room on the page after all, or one that has no room any more.
    Returned(String),
}

/// What a draft of this user's is from now on, when what another tab did changes it. It may be one of a room that is not on
/// the page.
#[must_use]
pub fn followed(own: &impl Shelf, keeper: &Keeper, change: &Change) -> Option<String> {
    if !change.name.starts_with(&prefix(keeper)) {
        return None;
    }
    match own.get(&change.name) {
        None => Some(change.new.clone().unwrap_or_default()),
        own_text if change.new.is_none() && own_text == change.old => {
            own.remove(&change.name);
            Some(String::new())
        }
        Some(_) => None,
    }
}

/// The text of a message that its author edits after all, before what they have begun to write since.
#[must_use]
pub fn with_returned(returned: String, draft: &str) -> String {
    if draft.trim().is_empty() { returned } else { format!("{returned}\n{draft}") }
}

#[cfg(test)]
mod tests {
    use super::{Draft, followed, with_returned};
    use crate::state::shelf::testing::Memory;
    use crate::state::shelf::{Change, Keeper, Shelf};
    use protocol::{User, UserId};
    use std::rc::Rc;

    fn keeper() -> Keeper {
        Keeper::new(&User { id: UserId(1), name: "Ana".into() })
    }

    impl Shelf for Rc<Memory> {
        fn get(&self, name: &str) -> Option<String> {
            (**self).get(name)
        }

        fn all(&self, prefix: &str) -> Vec<String> {
            (**self).all(prefix)
        }

        fn put(&self, name: &str, value: &str) -> bool {
            (**self).put(name, value)
        }

        fn remove(&self, name: &str) {
            (**self).remove(name);
        }
    }

    /// Tabs of one browser, each with what its composer shows.
    struct Browser {
        shared: Rc<Memory>,
        tabs: Vec<(Rc<Memory>, String)>,
    }

    impl Browser {
        fn with_tabs(count: usize) -> Self {
            let mut browser = Self { shared: Rc::default(), tabs: Vec::new() };
            (0..count).for_each(|_| browser.open());
            browser
        }

        fn open(&mut self) {
            self.tabs.push((Rc::default(), String::new()));
            self.reload(self.tabs.len() - 1);
        }

        fn draft(&self, tab: usize) -> Draft<Rc<Memory>, Rc<Memory>> {
            Draft::new(self.tabs[tab].0.clone(), self.shared.clone(), &keeper(), "general")
        }

        fn reload(&mut self, tab: usize) {
            self.tabs[tab].1 = self.draft(tab).text();
        }

        fn types(&mut self, tab: usize, text: &str) {
            self.tabs[tab].1 = text.into();
            self.tells_others(tab, |draft| draft.typed(text));
        }

        fn sends(&mut self, tab: usize) {
            self.tabs[tab].1.clear();
            self.tells_others(tab, Draft::emptied);
        }

        fn tells_others(&mut self, by: usize, act: impl Fn(&Draft<Rc<Memory>, Rc<Memory>>)) {
            let name = self.draft(by).name;
            let old = self.shared.get(&name);
            act(&self.draft(by));
            let new = self.shared.get(&name);
            if old == new {
                return;
            }
            let change = Change { name, old, new };
            for tab in (0..self.tabs.len()).filter(|tab| *tab != by) {
                if let Some(text) = followed(&self.tabs[tab].0, &keeper(), &change) {
                    self.tabs[tab].1 = text;
                }
            }
        }

        fn shows(&self) -> Vec<&str> {
            self.tabs.iter().map(|(_, text)| text.as_str()).collect()
        }
    }

    #[test]
    fn what_is_typed_in_one_tab_is_seen_in_the_others_and_gone_when_it_is_sent() {
        let mut browser = Browser::with_tabs(2);
        browser.types(0, "hello");
        browser.open();
        assert_eq!(browser.shows(), ["hello", "hello", "hello"]);
        browser.sends(2);
        assert_eq!(browser.shows(), ["", "", ""]);
        for tab in 0..3 {
            browser.reload(tab);
        }
        assert_eq!(browser.shows(), ["", "", ""]);
    }

    #[test]
    fn no_tab_overwrites_what_was_typed_in_another() {
        let mut browser = Browser::with_tabs(2);
        browser.types(0, "aaa");
        browser.types(1, "bbb");
        browser.reload(0);
        browser.reload(1);
        assert_eq!(browser.shows(), ["aaa", "bbb"]);
        browser.sends(0);
        assert_eq!(browser.shows(), ["", "bbb"]);
        browser.reload(1);
        assert_eq!(browser.shows(), ["", "bbb"]);
    }

    #[test]
    fn text_that_went_on_in_another_tab_stays_when_its_beginning_is_sent() {
        let mut browser = Browser::with_tabs(2);
        browser.types(0, "one");
        browser.types(1, "one two");
        browser.sends(0);
        assert_eq!(browser.shows(), ["", "one two"]);
    }

    #[test]
    fn drafts_of_other_people_and_other_items_are_not_followed() {
        let own = Memory::default();
        for name in [
            "hubbub.draft.11.3.ana.general",
            "hubbub.draft.1.3.ben.general",
            "hubbub.unsent.1.3.ana.x",
        ] {
            let change = Change { name: name.into(), old: None, new: Some("x".into()) };
            assert_eq!(followed(&own, &keeper(), &change), None);
        }
    }

    #[test]
    fn a_draft_that_is_deleted_leaves_nothing_behind() {
        let mut browser = Browser::with_tabs(2);
        browser.types(0, "x");
        browser.types(0, "");
        assert_eq!(browser.shows(), ["", ""]);
        assert!(browser.shared.0.borrow().is_empty());
    }

    #[test]
    fn what_is_edited_after_all_comes_before_what_was_begun_since() {
        assert_eq!(with_returned("old".into(), " \n"), "old");
        assert_eq!(with_returned("old".into(), "new"), "old\nnew");
    }
}
