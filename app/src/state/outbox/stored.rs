//! The outbox beyond the page: one item a message in the browser's storage, which all tabs share.
//!
//! Every item names the tab that sends it. When that tab is gone, another one of the same user takes it over (see
//! `device::tabs`). Should two tabs send the same message after all, the server keeps one for each key.

use super::{Home, Order, Progress, Unsent};
use crate::json;
use crate::state::shelf::{Keeper, Shelf};
use protocol::{Epoch, MessageKey, Millis, NewMessage, RoomId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One document in one tab, from its load to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(Uuid);

impl TabId {
    /// The id of a tab that has just come to life.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// The name of the lock that a tab holds for as long as it lives.
    #[must_use]
    pub fn lock_name(self) -> String {
        format!("hubbub.tab.{}", self.0)
    }
}

/// An [`Unsent`] as it is stored, where it always waits.
#[derive(Serialize, Deserialize)]
struct Item {
    room: RoomId,
    /// See [`Home`]; missing in what older versions stored, as what follows it.
    #[serde(default)]
    slug: String,
    #[serde(default)]
    epoch: Epoch,
    #[serde(default)]
    doubtful: bool,
    key: MessageKey,
    text: String,
    at: Millis,
    /// Missing in what older versions stored, and then written before all that has one.
    #[serde(default)]
    order: Order,
    /// The tab that sends it. The default belongs to nobody: older versions did not write it down.
    #[serde(default)]
    tab: TabId,
}

/// The start of the names of all items of a user, so that people who share a browser do not send for each other.
fn prefix(keeper: &Keeper) -> String {
    format!("hubbub.unsent.{keeper}.")
}

/// The name of one item.
fn name(keeper: &Keeper, key: MessageKey) -> String {
    format!("{}{key}", prefix(keeper))
}

/// Where the count of what a user wrote in this browser stands.
fn order_name(keeper: &Keeper) -> String {
    format!("hubbub.order.{keeper}")
}

/// The key behind the name of an item, when it is one of this user's.
#[must_use]
pub fn key_of(keeper: &Keeper, name: &str) -> Option<MessageKey> {
    name.strip_prefix(&prefix(keeper))?.parse().ok().map(MessageKey)
}

/// Takes the next place in the order of all tabs. `last` is the last one that the caller knows of, which counts where
/// nothing can be stored.
#[must_use]
pub fn next_order(shelf: &impl Shelf, keeper: &Keeper, last: Order) -> Order {
    let name = order_name(keeper);
    let stored = shelf.get(&name).and_then(|stored| stored.parse().ok()).unwrap_or_default();
    let next = last.max(stored).saturating_add(1);
    shelf.put(&name, &next.to_string());
    next
}

/// Keeps a message beyond the page, to be sent by this tab. Says whether it is kept.
pub fn save(shelf: &impl Shelf, keeper: &Keeper, tab: TabId, unsent: &Unsent) -> bool {
    let Unsent { message, home, at, order, is_doubtful: doubtful, .. } = unsent.clone();
    let (NewMessage { room, key, text }, Home { slug, epoch }) = (message, home);
    serde_json::to_string(&Item { room, slug, epoch, doubtful, key, text, at, order, tab })
        .is_ok_and(|value| shelf.put(&name(keeper, key), &value))
}

/// Lets go of a message.
pub fn forget(shelf: &impl Shelf, keeper: &Keeper, key: MessageKey) {
    shelf.remove(&name(keeper, key));
}

/// The tabs that have something of this user's to send.
#[must_use]
pub fn tabs(shelf: &impl Shelf, keeper: &Keeper) -> Vec<TabId> {
    let mut tabs = Vec::new();
    for Item { tab, .. } in items(shelf, keeper) {
        if !tabs.contains(&tab) {
            tabs.push(tab);
        }
    }
    tabs
}

/// Makes everything of one tab's another's, and gives it.
#[must_use]
pub fn take_over(shelf: &impl Shelf, keeper: &Keeper, from: TabId, to: TabId) -> Vec<Unsent> {
    let left: Vec<Unsent> =
        items(shelf, keeper).filter(|item| item.tab == from).map(Unsent::from).collect();
    for unsent in &left {
        save(shelf, keeper, to, unsent);
    }
    left
}

/// Everything kept for this user. What cannot be read is passed over.
fn items(shelf: &impl Shelf, keeper: &Keeper) -> impl Iterator<Item = Item> {
    let values = shelf.all(&prefix(keeper));
    values.into_iter().filter_map(|value| json::read(&value))
}

impl From<Item> for Unsent {
    fn from(Item { room, slug, epoch, doubtful, key, text, at, order, .. }: Item) -> Self {
        let (message, home) = (NewMessage { room, key, text }, Home { slug, epoch });
        Self { message, home, at, order, progress: Progress::Waiting, is_doubtful: doubtful }
    }
}

#[cfg(test)]
mod tests;
