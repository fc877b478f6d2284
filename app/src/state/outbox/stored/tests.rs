use super::{TabId, forget, key_of, next_order, save, tabs, take_over};
use crate::state::outbox::{Home, Order, Progress, Unsent};
use crate::state::shelf::testing::Memory;
use crate::state::shelf::{Keeper, Shelf};
use protocol::{Epoch, MessageKey, Millis, NewMessage, RoomId, User, UserId};
use uuid::Uuid;

fn keeper(id: i64, name: &str) -> Keeper {
    Keeper::new(&User { id: UserId(id), name: name.into() })
}

fn ana() -> Keeper {
    keeper(7, "Ana")
}

fn key(number: u128) -> MessageKey {
    MessageKey(Uuid::from_u128(number))
}

fn tab(number: u128) -> TabId {
    TabId(Uuid::from_u128(number))
}

fn unsent(number: u128, order: Order) -> Unsent {
    let message = NewMessage { room: RoomId(1), key: key(number), text: format!("text {number}") };
    let home = Home { slug: "general".into(), epoch: Epoch(Uuid::from_u128(9)) };
    let (at, progress, is_doubtful) = (Millis(3), Progress::Waiting, number == 3);
    Unsent { message, home, at, order, progress, is_doubtful }
}

#[test]
fn what_a_closed_tab_left_is_taken_over_whole_and_once() {
    let shelf = Memory::default();
    let (closed, open, late) = (tab(1), tab(2), tab(3));
    for unsent in [unsent(1, 1), unsent(2, 2), unsent(3, 3)] {
        save(&shelf, &ana(), closed, &unsent);
    }
    forget(&shelf, &ana(), key(1));
    assert!(tabs(&shelf, &ana()).into_iter().eq([closed]));

    assert_eq!(take_over(&shelf, &ana(), closed, open), [unsent(2, 2), unsent(3, 3)]);
    assert_eq!(take_over(&shelf, &ana(), closed, late), []);
    assert!(tabs(&shelf, &ana()).into_iter().eq([open]));
}

#[test]
fn what_an_older_version_stored_belongs_to_no_tab_and_comes_first() {
    let shelf = Memory::default();
    let name = format!("hubbub.unsent.7.3.ana.{}", key(5));
    shelf.put(&name, &format!(r#"{{"room":1,"key":"{}","text":"text 5","at":3}}"#, key(5)));
    let older = Unsent { home: Home::default(), ..unsent(5, 0) };
    assert_eq!(take_over(&shelf, &ana(), TabId::default(), tab(1)), [older]);
}

#[test]
fn the_order_goes_on_across_tabs_and_without_storage() {
    let shelf = Memory::default();
    assert_eq!(next_order(&shelf, &ana(), 0), 1);
    assert_eq!(next_order(&shelf, &ana(), 0), 2);
    assert_eq!(next_order(&shelf, &keeper(8, "Ben"), 0), 1);
    assert_eq!(next_order(&Memory::default(), &ana(), 6), 7);
    shelf.put("hubbub.order.7.3.ana", "broken");
    assert_eq!(next_order(&shelf, &ana(), 2), 3);
}

#[test]
fn people_who_share_a_browser_do_not_send_for_each_other() {
    let shelf = Memory::default();
    save(&shelf, &ana(), tab(1), &unsent(1, 1));
    assert_eq!(take_over(&shelf, &keeper(70, "Ana"), tab(1), tab(2)), []);
    assert!(tabs(&shelf, &keeper(70, "Ana")).is_empty());
    assert_eq!(take_over(&shelf, &ana(), tab(1), tab(2)).len(), 1);
}

#[test]
fn what_is_unsent_reaches_its_author_in_a_restored_store_and_nobody_else_in_a_fresh_one() {
    let shelf = Memory::default();
    save(&shelf, &ana(), tab(1), &unsent(1, 1));
    for other in [keeper(7, "Ben"), keeper(7, "Ana.1"), keeper(8, "Ana")] {
        assert_eq!(take_over(&shelf, &other, tab(1), tab(2)), [], "{other}");
    }
    save(&shelf, &keeper(7, "Ana.1"), tab(1), &unsent(2, 1));
    assert_eq!(take_over(&shelf, &keeper(7, "ANA"), tab(1), tab(2)), [unsent(1, 1)]);
}

#[test]
fn a_broken_item_is_passed_over() {
    let shelf = Memory::default();
    shelf.put("hubbub.unsent.7.3.ana.x", "{");
    assert!(tabs(&shelf, &ana()).is_empty());
}

#[test]
fn the_name_of_an_item_tells_its_key() {
    let shelf = Memory::default();
    save(&shelf, &ana(), tab(1), &unsent(5, 1));
    let name = shelf.0.borrow().keys().next().cloned().expect("is one item");
    assert_eq!(key_of(&ana(), &name), Some(key(5)));
    assert_eq!(key_of(&keeper(8, "Ben"), &name), None);
}
