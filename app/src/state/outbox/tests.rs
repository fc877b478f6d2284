use super::{Home, Order, Outbox, Progress, Unsent};
use protocol::{Epoch, ErrorCode, Limits, MessageKey, Millis, NewMessage, RoomId, Seq};

const ROOM: RoomId = RoomId(1);
const LIMITS: Limits = Limits::CURRENT;

fn key(number: u128) -> MessageKey {
    MessageKey(uuid::Uuid::from_u128(number))
}

fn message(number: u128) -> NewMessage {
    NewMessage { room: ROOM, key: key(number), text: format!("text {number}") }
}

/// What another page has left.
fn left(number: u128) -> Unsent {
    Unsent {
        message: message(number),
        home: Home { slug: "general".into(), epoch: Epoch::default() },
        at: Millis(0),
        order: 0,
        progress: Progress::Waiting,
        is_doubtful: false,
    }
}

/// What a page left that showed other data.
fn stray(number: u128) -> Unsent {
    let epoch = Epoch(uuid::Uuid::max());
    Unsent { home: Home { slug: "plans".into(), epoch }, ..left(number) }
}

fn outbox(numbers: &[u128]) -> Outbox {
    let mut outbox = Outbox::default();
    for (order, number) in (1..).zip(numbers) {
        add(&mut outbox, message(*number), order).expect("is a fine text");
    }
    outbox
}

fn add(outbox: &mut Outbox, message: NewMessage, order: Order) -> Result<&Unsent, ErrorCode> {
    outbox.add(message, "general".into(), Millis(0), order)
}

fn progress(outbox: &Outbox, number: u128) -> Progress {
    let found = outbox.of_room(ROOM).find(|unsent| unsent.message.key == key(number));
    found.expect("is still there").progress
}

fn keys(outbox: &Outbox) -> Vec<MessageKey> {
    outbox.of_room(ROOM).map(|unsent| unsent.message.key).collect()
}

#[test]
fn messages_go_out_one_at_a_time_in_the_order_they_were_written() {
    let mut outbox = outbox(&[1, 2]);
    assert_eq!(outbox.take_next(LIMITS), Some(message(1)));
    assert_eq!(outbox.take_next(LIMITS), None);
    outbox.stored(key(1), Seq(1));
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)));
}

#[test]
fn after_a_reconnect_the_same_message_goes_out_with_the_same_key() {
    let mut outbox = outbox(&[1, 2]);
    assert_eq!(outbox.take_next(LIMITS), Some(message(1)));
    outbox.disconnected();
    assert_eq!(outbox.take_next(LIMITS), Some(message(1)));
}

#[test]
fn a_stored_message_stays_until_its_row_is_seen() {
    let mut outbox = outbox(&[1]);
    outbox.take_next(LIMITS);
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
    outbox.take_next(LIMITS);
    outbox.seen(key(1));
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)));
    outbox.stored(key(1), Seq(1));
    assert_eq!(outbox.take_next(LIMITS), None);
}

#[test]
fn a_rate_limit_holds_everything_back_and_keeps_the_order() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next(LIMITS);
    assert_eq!(outbox.refused_with(key(1), ErrorCode::RateLimited, Some(300)), Some(300));
    assert_eq!(outbox.take_next(LIMITS), None);
    outbox.resume();
    assert_eq!(outbox.take_next(LIMITS), Some(message(1)));
}

#[test]
fn a_server_that_cannot_save_is_asked_less_and_less_often() {
    let mut outbox = outbox(&[1]);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        outbox.take_next(LIMITS);
        pauses.extend(outbox.refused_with(key(1), ErrorCode::Unavailable, None));
        outbox.resume();
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
}

#[test]
fn a_refused_message_keeps_its_text_and_does_not_hold_up_the_next() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next(LIMITS);
    assert_eq!(outbox.refused_with(key(1), ErrorCode::UnknownRoom, None), None);
    let first = outbox.of_room(ROOM).next().expect("is still there");
    assert_eq!(first.progress, Progress::Refused(ErrorCode::UnknownRoom));
    assert_eq!(first.message.text, "text 1");
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)));
    assert_eq!(outbox.refused(), 1);
    assert_eq!(outbox.refused_keys(), [key(1)]);
    outbox.retry(key(1), key(9));
    outbox.stored(key(2), Seq(1));
    assert_eq!(outbox.take_next(LIMITS), Some(message(1)));
}

#[test]
fn a_message_whose_key_is_another_one_s_is_sent_again_under_a_key_of_its_own() {
    let mut outbox = outbox(&[1]);
    outbox.take_next(LIMITS);
    assert_eq!(outbox.refused_with(key(1), ErrorCode::KeyReused, None), None);
    assert_eq!(outbox.take_next(LIMITS), None, "its author decides");
    outbox.retry(key(1), key(9));
    assert_eq!(outbox.take_next(LIMITS), Some(NewMessage { key: key(9), ..message(1) }));
}

#[test]
fn a_message_is_taken_as_the_server_will_store_it() {
    let mut outbox = Outbox::default();
    let typed = format!("\n    x{}x\u{b}\n", "\u{1}".repeat(12_000));
    add(&mut outbox, NewMessage { text: typed, ..message(1) }, 1).expect("is a fine text");
    assert_eq!(outbox.take_next(LIMITS).map(|message| message.text), Some("    xx".into()));
}

#[test]
fn a_message_beyond_the_limits_of_this_server_is_refused_and_holds_up_nothing() {
    let sizes = |frame_bytes, message_bytes| Limits { frame_bytes, message_bytes, ..LIMITS };
    for limits in [sizes(200, 16 * 1024), sizes(64 * 1024, 100)] {
        let mut outbox = Outbox::default();
        let long = NewMessage { text: "x".repeat(150), ..message(1) };
        add(&mut outbox, long, 1).expect("is a fine text");
        add(&mut outbox, message(2), 2).expect("is a fine text");
        assert_eq!(outbox.take_next(limits), Some(message(2)));
        assert_eq!(progress(&outbox, 1), Progress::Refused(ErrorCode::MessageTooLong));
    }
}

#[test]
fn a_message_that_cost_the_socket_is_refused_and_not_sent_again() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next(LIMITS);
    outbox.rejected(ErrorCode::BadFrame);
    outbox.disconnected();
    assert_eq!(progress(&outbox, 1), Progress::Refused(ErrorCode::BadFrame));
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)));
    outbox.stored(key(2), Seq(1));
    assert_eq!(outbox.take_next(LIMITS), None);
}

#[test]
fn a_socket_that_was_closed_while_nothing_was_under_way_costs_no_message() {
    let mut outbox = outbox(&[1]);
    outbox.rejected(ErrorCode::BadFrame);
    assert_eq!(outbox.take_next(LIMITS), Some(message(1)));
}

#[test]
fn a_refusal_that_this_client_does_not_know_is_not_tried_again() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next(LIMITS);
    assert_eq!(outbox.refused_with(key(1), ErrorCode::Unknown, None), None);
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)));
}

#[test]
fn a_message_that_its_author_takes_back_is_gone_and_the_next_one_goes() {
    let mut outbox = outbox(&[1, 2]);
    assert_eq!(outbox.take_back(key(1)), Some(message(1)));
    assert_eq!(outbox.take_back(key(1)), None);
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)));
}

#[test]
fn nobody_takes_back_what_is_under_way_or_stored() {
    let mut outbox = outbox(&[1]);
    assert!(outbox.is_free(key(1)));
    outbox.take_next(LIMITS);
    assert!(!outbox.is_free(key(1)), "under way");
    assert_eq!(outbox.take_back(key(1)), None);
    outbox.stored(key(1), Seq(1));
    assert!(!outbox.is_free(key(1)), "stored");
    assert_eq!(outbox.take_back(key(1)), None);
    assert_eq!(keys(&outbox), [key(1)]);
}

#[test]
fn nobody_takes_back_what_may_be_stored_until_its_fate_is_known() {
    let mut outbox = outbox(&[1, 2]);
    outbox.take_next(LIMITS);
    outbox.disconnected();
    assert!(!outbox.is_free(key(1)), "its answer may be lost");
    assert_eq!(outbox.take_back(key(1)), None);
    assert!(outbox.is_free(key(2)), "it was never sent");

    outbox.take_next(LIMITS);
    outbox.disconnected();
    outbox.take_next(LIMITS);
    assert!(outbox.refused_with(key(1), ErrorCode::RateLimited, None).is_some());
    assert!(!outbox.is_free(key(1)), "this try was not stored, an earlier one may be");
    outbox.resume();
    outbox.take_next(LIMITS);
    assert_eq!(outbox.refused_with(key(1), ErrorCode::UnknownRoom, None), None);
    assert_eq!(outbox.take_back(key(1)), Some(message(1)), "nor was any before it");
}

#[test]
fn a_refusal_that_may_pass_leaves_no_doubt() {
    let mut outbox = outbox(&[1]);
    outbox.take_next(LIMITS);
    assert!(outbox.refused_with(key(1), ErrorCode::Unavailable, None).is_some());
    assert_eq!(outbox.take_back(key(1)), Some(message(1)));
}

#[test]
fn what_was_written_in_other_data_goes_when_its_room_was_found_in_these() {
    let mut outbox = Outbox::default();
    outbox.adopt(vec![stray(1), stray(2), left(3)]);
    assert_eq!(keys(&outbox), [key(3)], "another room may have this number now");
    assert_eq!(outbox.take_next(LIMITS), None, "nothing overtakes it");
    assert_eq!(outbox.take_stray(), Some((key(1), "plans".into())));
    assert_eq!(outbox.take_stray(), None, "one at a time");
    outbox.disconnected();
    assert!(outbox.is_free(key(1)), "it was not sent");
    outbox.take_stray();
    outbox.found(key(1), "plans", RoomId(7));
    assert_eq!(outbox.take_stray(), None);
    for number in [1, 2] {
        let found = NewMessage { room: RoomId(7), ..message(number) };
        assert_eq!(outbox.take_next(LIMITS), Some(found));
        outbox.stored(key(number), Seq(1));
    }
    assert_eq!(outbox.take_next(LIMITS), Some(message(3)));
}

#[test]
fn what_has_no_room_in_these_data_is_left_to_its_author_and_goes_to_no_other_room() {
    let mut outbox = Outbox::default();
    outbox.adopt(vec![stray(1), left(2)]);
    outbox.take_stray();
    assert_eq!(outbox.refused_with(key(1), ErrorCode::UnknownRoom, None), None);
    assert_eq!(outbox.take_next(LIMITS), Some(message(2)), "it holds up nothing");
    for room in [ROOM, RoomId(99)] {
        assert!(outbox.of_room(room).any(|unsent| unsent.message.key == key(1)), "{room:?}");
    }
    outbox.stored(key(2), Seq(1));
    outbox.retry(key(1), key(9));
    assert_eq!(outbox.take_next(LIMITS), None);
    assert_eq!(outbox.take_stray(), Some((key(1), "plans".into())), "it is looked for again");
    assert!(outbox.refused_with(key(1), ErrorCode::Unavailable, None).is_some());
    assert_eq!(outbox.take_stray(), None, "after a pause");
    assert_eq!(outbox.take_back(key(1)), Some(message(1)));
}

#[test]
fn what_another_page_left_comes_in_the_order_it_was_written_whatever_the_clock_said() {
    let left = |number, at, order| Unsent { at: Millis(at), order, ..left(number) };
    let mut outbox = Outbox::default();
    add(&mut outbox, message(4), 9).expect("is a fine text");
    // The last two are from a version without a count, which went by the clock.
    outbox.adopt(vec![left(3, 50, 2), left(2, 60, 1), left(1, 80, 0), left(0, 70, 0)]);
    outbox.adopt(vec![left(3, 50, 2)]);
    assert_eq!(keys(&outbox), [0, 1, 2, 3, 4].map(key));
    assert_eq!(outbox.last_order(), 9);
}

#[test]
fn what_an_older_version_took_is_tidied_or_left_to_its_author() {
    let left = |number, text: &str| Unsent {
        message: NewMessage { text: text.into(), ..message(number) },
        ..left(number)
    };
    let mut outbox = Outbox::default();
    outbox.adopt(vec![left(1, "\u{fff9}"), left(2, "a\u{b}b")]);
    assert_eq!(progress(&outbox, 1), Progress::Refused(ErrorCode::MessageEmpty));
    assert_eq!(outbox.take_next(LIMITS).map(|message| message.text), Some("a\nb".into()));
}

#[test]
fn empty_and_endless_texts_are_not_taken() {
    let mut outbox = Outbox::default();
    let blank = NewMessage { text: " \n\t".into(), ..message(1) };
    assert_eq!(add(&mut outbox, blank, 1), Err(ErrorCode::MessageEmpty));
    let endless = NewMessage { text: "x".repeat(16 * 1024 + 1), ..message(1) };
    assert_eq!(add(&mut outbox, endless, 1), Err(ErrorCode::MessageTooLong));
    assert_eq!(outbox.unconfirmed(), 0);
}
