use super::{Chat, Creation, OpenRoom};
use crate::state::connection::Connection;
use crate::state::outbox::Progress;
use crate::state::timeline::Timeline;
use leptos::prelude::*;
use protocol::{
    AckResult, CommandId, Epoch, ErrorCode, Limits, Message, MessageKey, MessagePage, Millis,
    PROTOCOL_VERSION, Room, RoomId, RoomSnapshot, Roster, Seq, ServerFrame, User, UserId,
};

const ROOM: RoomId = RoomId(1);

/// A client in an open room, with a socket that has just said hello.
fn in_a_room(run: impl FnOnce(Chat, OpenRoom)) {
    Owner::new().with(|| {
        let chat = Chat::new(Millis(0));
        let room = OpenRoom::new(RoomSnapshot {
            room: Room { id: ROOM, slug: "general".into(), name: "general".into() },
            roster: Roster::default(),
            page: MessagePage::default(),
            through: Seq::ZERO,
            form_key: key(0),
        });
        chat.enter(room);
        chat.receive(hello());
        run(chat, room);
    });
}

fn viewer() -> User {
    // A client that was not started has the default user.
    User { id: UserId::default(), name: "Ana".into() }
}

fn hello() -> ServerFrame {
    ServerFrame::Hello {
        protocol: PROTOCOL_VERSION,
        epoch: Epoch::default(),
        user: viewer(),
        limits: Limits::CURRENT,
    }
}

fn key(number: u128) -> MessageKey {
    MessageKey(uuid::Uuid::from_u128(number))
}

fn caught_up(seq: i64) -> ServerFrame {
    ServerFrame::CaughtUp { room: ROOM, seq: Seq(seq) }
}

/// The change that stored a message of the viewer's.
fn change(seq: i64, key: MessageKey) -> ServerFrame {
    let message = Message {
        seq: Seq(seq),
        changed: Seq(seq),
        author: viewer(),
        key,
        text: "text".into(),
        at: Millis(seq),
    };
    ServerFrame::Changes {
        room: ROOM,
        after: Seq(seq - 1),
        through: Seq(seq),
        messages: vec![message],
    }
}

fn unsent(chat: Chat) -> Vec<(MessageKey, Progress)> {
    chat.outbox.with_untracked(|outbox| {
        outbox.of_room(ROOM).map(|unsent| (unsent.message.key, unsent.progress)).collect()
    })
}

fn through(room: OpenRoom) -> Seq {
    room.timeline.with_untracked(Timeline::through)
}

#[test]
fn online_means_that_everything_missed_is_on_the_page() {
    in_a_room(|chat, _| {
        assert_eq!(chat.connection.get_untracked(), Connection::Connecting);
        chat.receive(caught_up(0));
        assert_eq!(chat.connection.get_untracked(), Connection::Online);
        chat.lost(true);
        assert_eq!(chat.connection.get_untracked(), Connection::Reconnecting);
        chat.lost(false);
        assert_eq!(chat.connection.get_untracked(), Connection::Offline);
        chat.receive(hello());
        assert_eq!(chat.connection.get_untracked(), Connection::Offline);
        chat.receive(change(1, key(1)));
        chat.receive(caught_up(1));
        assert_eq!(chat.connection.get_untracked(), Connection::Online);
    });
}

#[test]
fn caught_up_beyond_a_hole_is_not_believed() {
    in_a_room(|chat, room| {
        chat.receive(change(2, key(2)));
        chat.receive(caught_up(2));
        assert_eq!(chat.connection.get_untracked(), Connection::Connecting);
        assert_eq!(through(room), Seq::ZERO);
    });
}

#[test]
fn a_sent_message_is_always_shown_exactly_once() {
    in_a_room(|chat, room| {
        chat.send(ROOM, "text".into()).expect("is a fine text");
        let [(own, Progress::Waiting)] = unsent(chat)[..] else { panic!("one is waiting") };
        let stored = AckResult::Sent { key: own, seq: Seq(1), at: Millis(0) };
        chat.receive(ServerFrame::Ack { id: CommandId(0), result: stored });
        assert_eq!(unsent(chat), [(own, Progress::Stored(Seq(1)))]);
        chat.receive(change(1, own));
        assert_eq!(unsent(chat), []);
        assert!(room.timeline.with_untracked(|timeline| timeline.has_key(own)));
    });
}

#[test]
fn a_row_that_overtakes_its_answer_replaces_the_unsent_message() {
    in_a_room(|chat, _| {
        chat.send(ROOM, "text".into()).expect("is a fine text");
        let own = unsent(chat)[0].0;
        chat.receive(change(1, own));
        assert_eq!(unsent(chat), []);
    });
}

#[test]
fn a_message_written_while_disconnected_waits() {
    in_a_room(|chat, _| {
        chat.lost(true);
        chat.send(ROOM, "text".into()).expect("is a fine text");
        assert!(matches!(unsent(chat)[..], [(_, Progress::Waiting)]));
        let discarded = unsent(chat)[0].0;
        chat.discard(discarded);
        assert_eq!(unsent(chat), []);
    });
}

#[test]
fn a_room_that_the_server_lost_the_end_of_starts_over() {
    in_a_room(|chat, room| {
        chat.receive(change(1, key(1)));
        chat.lost(true);
        chat.receive(hello());
        // The second command of the second socket: the list of rooms was asked for first.
        let opening = CommandId(4);
        chat.receive(ServerFrame::Error {
            id: Some(opening),
            code: ErrorCode::SeqAhead,
            retry_after_ms: None,
        });
        assert_eq!(through(room), Seq::ZERO);
    });
}

#[test]
fn creating_a_room_without_a_connection_is_refused_at_once() {
    in_a_room(|chat, _| {
        chat.lost(true);
        chat.create_room("Lunch".into());
        assert_eq!(chat.creation.get_untracked(), Creation::Refused(ErrorCode::Unavailable));
    });
}

#[test]
fn a_room_left_by_the_page_takes_no_more_frames() {
    in_a_room(|chat, room| {
        chat.leave(room);
        chat.receive(change(1, key(1)));
        assert_eq!(through(room), Seq::ZERO);
    });
}
