use super::{TabId, forget, key_of, next_order, save, tabs, take_over};
use crate::state::outbox::{Order, Progress, Unsent};
use crate::state::shelf::Shelf;
use crate::state::shelf::testing::Memory;
use protocol::{MessageKey, Millis, NewMessage, RoomId, UserId};
use uuid::Uuid;

const ANA: UserId = UserId(7);

fn key(number: u128) -> MessageKey {
    MessageKey(Uuid::from_u128(number))
}

fn tab(number: u128) -> TabId {
    TabId(Uuid::from_u128(number))
}

fn unsent(number: u128, order: Order) -> Unsent {
    let message = NewMessage { room: RoomId(1), key: key(number), text: format!("text {number}") };
    Unsent { message, at: Millis(3), order, progress: Progress::Waiting }
}

#[test]
fn what_a_closed_tab_left_is_taken_over_whole_and_once() {
    let shelf = Memory::default();
    let (closed, open, late) = (tab(1), tab(2), tab(3));
    for unsent in [unsent(1, 1), unsent(2, 2), unsent(3, 3)] {
        save(&shelf, ANA, closed, &unsent);
    }
    forget(&shelf, ANA, key(1));
    assert!(tabs(&shelf, ANA).into_iter().eq([closed]));

    assert_eq!(take_over(&shelf, ANA, closed, open), [unsent(2, 2), unsent(3, 3)]);
    assert_eq!(take_over(&shelf, ANA, closed, late), []);
    assert!(tabs(&shelf, ANA).into_iter().eq([open]));
}

#[test]
fn what_an_older_version_stored_belongs_to_no_tab_and_comes_first() {
    let shelf = Memory::default();
    let name = format!("hubbub.unsent.7.{}", key(5));
    shelf.put(&name, &format!(r#"{{"room":1,"key":"{}","text":"text 5","at":3}}"#, key(5)));
    assert_eq!(take_over(&shelf, ANA, TabId::default(), tab(1)), [unsent(5, 0)]);
}

#[test]
fn the_order_goes_on_across_tabs_and_without_storage() {
    let shelf = Memory::default();
    assert_eq!(next_order(&shelf, ANA, 0), 1);
    assert_eq!(next_order(&shelf, ANA, 0), 2);
    assert_eq!(next_order(&shelf, UserId(8), 0), 1);
    assert_eq!(next_order(&Memory::default(), ANA, 6), 7);
    shelf.put("hubbub.order.7", "broken");
    assert_eq!(next_order(&shelf, ANA, 2), 3);
}

#[test]
fn people_who_share_a_browser_do_not_send_for_each_other() {
    let shelf = Memory::default();
    save(&shelf, ANA, tab(1), &unsent(1, 1));
    assert_eq!(take_over(&shelf, UserId(70), tab(1), tab(2)), []);
    assert!(tabs(&shelf, UserId(70)).is_empty());
    assert_eq!(take_over(&shelf, ANA, tab(1), tab(2)).len(), 1);
}

#[test]
fn a_broken_item_is_passed_over() {
    let shelf = Memory::default();
    shelf.put("hubbub.unsent.7.x", "{");
    assert!(tabs(&shelf, ANA).is_empty());
}

#[test]
fn the_name_of_an_item_tells_its_key() {
    let shelf = Memory::default();
    save(&shelf, ANA, tab(1), &unsent(5, 1));
    let name = shelf.0.borrow().keys().next().cloned().expect("is one item");
    assert_eq!(key_of(ANA, &name), Some(key(5)));
    assert_eq!(key_of(UserId(8), &name), None);
}
