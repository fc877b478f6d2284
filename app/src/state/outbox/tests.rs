use super::{Outbox, Progress, Shelf, Unsent, forget, save, saved, shelved_key};
use protocol::{ErrorCode, MessageKey, Millis, NewMessage, RoomId, Seq, UserId};
use std::cell::RefCell;
use std::collections::BTreeMap;

const ROOM: RoomId = RoomId(1);
const ANA: UserId = UserId(7);

fn key(number: u128) -> MessageKey {
    MessageKey(uuid::Uuid::from_u128(number))
}

fn message(number: u128) -> NewMessage {
    NewMessage { room: ROOM, key: key(number), text: format!("text {number}") }
}

fn outbox(numbers: &[u128]) -> Outbox {
    let mut outbox = Outbox::default();
    for (at, number) in (0..).zip(numbers) {
        outbox.add(message(*number), Millis(at)).expect("is a fine text");
    }
    outbox
}

fn keys(outbox: &Outbox) -> Vec<MessageKey> {
    outbox.of_room(ROOM).map(|unsent| unsent.message.key).collect()
}

#[derive(Default)]
struct Memory(RefCell<BTreeMap<String, String>>);

impl Shelf for Memory {
    fn all(&self, prefix: &str) -> Vec<String> {
        let items = self.0.borrow();
        items
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(_, value)| value.clone())
            .collect()
    }

    fn put(&self, name: &str, value: &str) {
        self.0.borrow_mut().insert(name.into(), value.into());
    }

    fn remove(&self, name: &str) {
        self.0.borrow_mut().remove(name);
    }
}

#[test]
fn messages_go_out_one_at_a_time_in_the_order_they_were_written() {
    let mut outbox = outbox(&[1, 2]);
    assert_eq!(outbox.take_next(), Some(message(1)));
    assert_eq!(outbox.take_next(), None);
    outbox.stored(key(1), Seq(1));
    assert_eq!(outbox.take_next(), Some(message(2)));
}

#[test]
fn after_a_reconnect_the_same_message_goes_out_with_the_same_key() {
    let mut outbox = outbox(&[1, 2]);
    assert_eq!(outbox.take_next(), Some(message(1)));
    outbox.disconnected();
    assert_eq!(outbox.take_next(), Some(message(1)));
}

#[test]
fn a_stored_message_stays_until_its_row_is_seen() {
    let mut outbox = outbox(&[1]);
    outbox.take_next();
    outbox.stored(key(1), Seq(4));
    assert_eq!(keys(&outbox), [key(1)]);
    assert_eq!(outbox.unconfirmed(), 0);
    outbox.seen(key(1));
    assert_eq!(keys(&outbox), []);
}

#[test]
fn a_stored_message_leaves_once_the_timeline_must_have_it_or_nobody_looks() {
    let mut watched = outbox(&[1]);
    watched.stored(key(1), Seq(4));
    assert!(!watched.settle(ROOM, Some(Seq(3))));
    assert!(watched.settle(ROOM, Some(Seq(4))));
    let mut unwatched = outbox(&[1, 2]);
    unwatched.stored(key(1), Seq(4));
    assert!(unwatched.settle(ROOM, None));
    assert_eq!(keys(&unwatched), [key(2)]);
}

#[test]
fn a_row_that_is_seen_before_its_answer_lets_the_next_one_go() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next();
    outbox.seen(key(1));
    assert_eq!(outbox.take_next(), Some(message(2)));
    outbox.stored(key(1), Seq(1));
    assert_eq!(outbox.take_next(), None);
}

#[test]
fn a_rate_limit_holds_everything_back_and_keeps_the_order() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next();
    assert_eq!(outbox.refused_with(key(1), ErrorCode::RateLimited, Some(300)), Some(300));
    assert_eq!(outbox.take_next(), None);
    outbox.resume();
    assert_eq!(outbox.take_next(), Some(message(1)));
}

#[test]
fn a_server_that_cannot_save_is_asked_less_and_less_often() {
    let mut outbox = outbox(&[1]);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        outbox.take_next();
        pauses.extend(outbox.refused_with(key(1), ErrorCode::Unavailable, None));
        outbox.resume();
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
}

#[test]
fn a_refused_message_keeps_its_text_and_does_not_hold_up_the_next() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next();
    assert_eq!(outbox.refused_with(key(1), ErrorCode::UnknownRoom, None), None);
    let first = outbox.of_room(ROOM).next().expect("is still there");
    assert_eq!(first.progress, Progress::Refused(ErrorCode::UnknownRoom));
    assert_eq!(first.message.text, "text 1");
    assert_eq!(outbox.take_next(), Some(message(2)));
    assert_eq!(outbox.refused(), 1);
    outbox.retry_all();
    outbox.stored(key(2), Seq(1));
    assert_eq!(outbox.take_next(), Some(message(1)));
}

#[test]
fn empty_and_endless_texts_are_not_taken() {
    let mut outbox = Outbox::default();
    let blank = NewMessage { text: " \n\t".into(), ..message(1) };
    assert_eq!(outbox.add(blank, Millis(0)), Err(ErrorCode::MessageEmpty));
    let endless = NewMessage { text: "x".repeat(16 * 1024 + 1), ..message(1) };
    assert_eq!(outbox.add(endless, Millis(0)), Err(ErrorCode::MessageTooLong));
    assert_eq!(outbox.unconfirmed(), 0);
}

#[test]
fn what_a_closed_tab_left_is_sent_in_order_and_once() {
    let shelf = Memory::default();
    let mut closed = outbox(&[1, 2]);
    for unsent in closed.of_room(ROOM) {
        save(&shelf, ANA, unsent);
    }
    closed.stored(key(1), Seq(1));
    forget(&shelf, ANA, key(1));

    let mut opened = Outbox::default();
    opened.add(message(3), Millis(9)).expect("is a fine text");
    opened.adopt(saved(&shelf, ANA));
    opened.adopt(saved(&shelf, ANA));
    assert_eq!(keys(&opened), [key(2), key(3)]);
    assert_eq!(opened.take_next(), Some(message(2)));
}

#[test]
fn people_who_share_a_browser_do_not_send_for_each_other() {
    let shelf = Memory::default();
    for unsent in outbox(&[1]).of_room(ROOM) {
        save(&shelf, ANA, unsent);
    }
    assert_eq!(saved(&shelf, UserId(70)), []);
    assert_eq!(saved(&shelf, ANA).len(), 1);
}

#[test]
fn a_broken_item_on_the_shelf_is_passed_over() {
    let shelf = Memory::default();
    shelf.put("hubbub.unsent.7.x", "{");
    assert_eq!(saved(&shelf, ANA), []);
}

#[test]
fn the_name_of_an_item_tells_its_key() {
    let shelf = Memory::default();
    let unsent = Unsent { message: message(5), at: Millis(0), progress: Progress::Waiting };
    save(&shelf, ANA, &unsent);
    let name = shelf.0.borrow().keys().next().cloned().expect("is one item");
    assert_eq!(shelved_key(ANA, &name), Some(key(5)));
    assert_eq!(shelved_key(UserId(8), &name), None);
}
