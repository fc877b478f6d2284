use super::{Chat, CreateRoomState, OpenRoom};
use crate::state::connection::{Connection, StopReason};
use crate::state::drafts::FromOutside;
use crate::state::outbox::Progress;
use crate::state::pending_commands::PendingCommand;
use crate::state::timeline::{Beside, Timeline};
use crate::state::window::Window;
use leptos::prelude::*;
use protocol::{
    Ack, CommandId, Epoch, ErrorCode, Limits, Message, MessageKey, MessagePage, Millis,
    PROTOCOL_VERSION, PageIdentity, Room, RoomId, RoomSnapshot, Roster, Sent, Seq, ServerFrame,
    User, UserId,
};

const ROOM: RoomId = RoomId(1);

/// A client in an open room, with a socket that has just said hello.
fn in_a_room(run: impl FnOnce(Chat, OpenRoom)) {
    Owner::new().with(|| {
        let chat = Chat::new(Millis(0));
        let identity = PageIdentity { protocol: PROTOCOL_VERSION, ..PageIdentity::default() };
        chat.inner.update_value(|inner| inner.identity = identity);
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
    User { id: UserId::default(), name: "Ana".into() }
}

/// The answer to the first command, which was to store this message: it is the first of the room.
fn acknowledged(key: MessageKey) -> ServerFrame {
    let sent = Some(Sent { key, seq: Seq(1), at: Millis(0) });
    ServerFrame::Ack(Ack { sent, ..Ack::plain(CommandId(0)) })
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

/// A message of the viewer's.
fn message(seq: i64) -> Message {
    Message {
        seq: Seq(seq),
        changed: Seq(seq),
        author: viewer(),
        key: key(u128::MAX),
        text: "text".into(),
        at: Millis(seq),
    }
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
        chat.receive(acknowledged(own));
        assert_eq!(unsent(chat), [(own, Progress::Stored(Seq(1)))]);
        chat.receive(change(1, own));
        assert_eq!(unsent(chat), []);
        let last = room.timeline.with_untracked(|timeline| timeline.last().map(|last| last.key));
        assert_eq!(last, Some(own));
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
fn a_socket_that_greets_somebody_else_is_told_nothing_and_keeps_the_outbox() {
    let someone = User { id: UserId(9), name: "Bea".into() };
    let own = || ServerFrame::Hello {
        protocol: PROTOCOL_VERSION,
        epoch: Epoch::default(),
        user: viewer(),
        limits: Limits::CURRENT,
    };
    let (mut user, mut epoch, mut protocol) = (own(), own(), own());
    if let ServerFrame::Hello { user, .. } = &mut user {
        *user = someone;
    }
    if let ServerFrame::Hello { epoch, .. } = &mut epoch {
        *epoch = Epoch(uuid::Uuid::from_u128(1));
    }
    if let ServerFrame::Hello { protocol, .. } = &mut protocol {
        *protocol += 1;
    }
    for foreign in [user, epoch, protocol] {
        in_a_room(|chat, room| {
            chat.lost(true);
            chat.send(ROOM, "written as Ana".into()).expect("is a fine text");
            chat.receive(foreign.clone());
            assert_eq!(chat.connection.get_untracked(), Connection::Stopped(StopReason::Stale));
            assert!(!chat.is_linked(), "nothing is sent");
            assert!(matches!(unsent(chat)[..], [(_, Progress::Waiting)]));
            chat.receive(change(1, key(1)));
            assert_eq!(through(room), Seq::ZERO, "and nothing is taken from it");
        });
    }
}

#[test]
fn a_reset_replaces_the_timeline_and_keeps_what_is_unsent() {
    in_a_room(|chat, room| {
        chat.receive(change(1, key(1)));
        chat.send(ROOM, "text".into()).expect("is a fine text");
        let ServerFrame::Changes { messages, .. } = change(700, key(700)) else { unreachable!() };
        chat.receive(ServerFrame::Reset {
            room: ROOM,
            epoch: Epoch::default(),
            through: Seq(700),
            messages,
            has_older: true,
        });
        chat.receive(caught_up(700));
        assert_eq!(chat.connection.get_untracked(), Connection::Online);
        let seqs = room.timeline.with_untracked(|timeline| {
            timeline.back_from(None).map(|message| message.seq).collect::<Vec<_>>()
        });
        assert_eq!(seqs, [Seq(700)]);
        let older = room.timeline.with_untracked(|timeline| timeline.older().map(|of| of.beside));
        assert_eq!(older, Some(Beside::Before(Seq(700))), "the way to older history stays");
        assert_eq!(unsent(chat).len(), 1);
        chat.receive(change(701, key(701)));
        assert_eq!(through(room), Seq(701));
    });
}

#[test]
fn an_own_message_that_a_reset_brings_is_not_unsent_any_more() {
    in_a_room(|chat, _| {
        chat.send(ROOM, "text".into()).expect("is a fine text");
        let own = unsent(chat)[0].0;
        let ServerFrame::Changes { messages, .. } = change(700, own) else { unreachable!() };
        chat.receive(ServerFrame::Reset {
            room: ROOM,
            epoch: Epoch::default(),
            through: Seq(700),
            messages,
            has_older: true,
        });
        assert_eq!(unsent(chat), []);
    });
}

#[test]
fn a_room_that_the_server_does_not_know_says_so_and_is_not_waited_for() {
    in_a_room(|chat, room| {
        chat.receive(ServerFrame::Error {
            // The second command of the socket: the list of rooms was asked for first.
            id: Some(CommandId(2)),
            code: ErrorCode::UnknownRoom,
            retry_after_ms: None,
        });
        assert_eq!(chat.unknown_room.get_untracked(), Some(room.id));
        assert_eq!(chat.connection.get_untracked(), Connection::Online);
    });
}

#[test]
fn a_room_that_may_not_be_followed_is_not_said_to_be_live() {
    in_a_room(|chat, _| {
        chat.receive(ServerFrame::Error {
            id: Some(CommandId(2)),
            code: ErrorCode::TooManyRooms,
            retry_after_ms: None,
        });
        assert_eq!(chat.connection.get_untracked(), Connection::Refused);
        chat.lost(true);
        chat.receive(hello());
        chat.receive(caught_up(0));
        assert_eq!(chat.connection.get_untracked(), Connection::Online, "the next socket may");
    });
}

#[test]
fn a_reset_leaves_readers_who_are_away_from_the_end_where_they_are() {
    let reset = || ServerFrame::Reset {
        room: ROOM,
        epoch: Epoch::default(),
        through: Seq(700),
        messages: vec![message(700)],
        has_older: true,
    };
    let shown = |room: OpenRoom| {
        let window = room.window.get_untracked();
        room.timeline.with_untracked(|timeline| {
            window.shown(timeline).iter().map(|message| message.seq.0).collect::<Vec<_>>()
        })
    };
    in_a_room(|chat, room| {
        chat.receive(change(1, key(1)));
        room.at_end.set(false);
        chat.receive(reset());
        assert_eq!(shown(room), [1]);
        room.window.update(Window::go_latest);
        assert_eq!(shown(room), [700]);
    });
    in_a_room(|chat, room| {
        chat.receive(change(1, key(1)));
        chat.receive(reset());
        assert_eq!(shown(room), [700], "who is at the end stays there");
    });
}

#[test]
fn creating_a_room_without_a_connection_is_refused_at_once() {
    in_a_room(|chat, _| {
        chat.lost(true);
        chat.create_room("Lunch".into());
        assert_eq!(chat.creation.get_untracked(), CreateRoomState::Refused(ErrorCode::Unavailable));
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

#[test]
fn a_message_that_closed_the_socket_waits_for_its_author_and_holds_up_nothing() {
    in_a_room(|chat, _| {
        chat.send(ROOM, "poison".into()).expect("is a fine text");
        chat.send(ROOM, "text".into()).expect("is a fine text");
        let [(poison, _), (next, _)] = unsent(chat)[..] else { panic!("two are waiting") };
        chat.closed_with(1009);
        chat.lost(true);
        chat.receive(hello());
        let refused = Progress::Refused(ErrorCode::MessageTooLong);
        assert_eq!(unsent(chat), [(poison, refused), (next, Progress::Waiting)]);
        chat.receive(acknowledged(next));
        assert_eq!(unsent(chat)[1], (next, Progress::Stored(Seq(1))));
    });
}

#[test]
fn a_socket_that_is_closed_for_a_restart_refuses_nothing() {
    in_a_room(|chat, _| {
        chat.send(ROOM, "text".into()).expect("is a fine text");
        chat.closed_with(4000);
        chat.lost(true);
        assert!(matches!(unsent(chat)[..], [(_, Progress::Waiting)]));
    });
}

#[test]
fn a_message_that_is_edited_after_all_goes_back_to_the_composer() {
    in_a_room(|chat, _| {
        chat.lost(true);
        chat.send(ROOM, "text".into()).expect("is a fine text");
        chat.edit(unsent(chat)[0].0);
        assert_eq!(unsent(chat), []);
        assert_eq!(chat.composed.get_untracked(), Some(FromOutside::Returned("text".into())));
    });
}

#[test]
fn a_blocked_socket_stays_blocked_until_it_is_open_and_caught_up() {
    in_a_room(|chat, _| {
        chat.connection.set(Connection::Blocked);
        assert!(chat.lost(true), "the first one was greeted");
        assert!(!chat.lost(true));
        assert_eq!(chat.connection.get_untracked(), Connection::Blocked);
        chat.receive(hello());
        chat.receive(caught_up(0));
        assert_eq!(chat.connection.get_untracked(), Connection::Online);
        chat.connection.set(Connection::Blocked);
        chat.unreachable();
        assert_eq!(chat.connection.get_untracked(), Connection::Reconnecting);
    });
}

#[test]
fn a_room_that_is_read_over_http_goes_on_or_starts_over() {
    let snapshot = |first: i64, through: i64| RoomSnapshot {
        room: Room { id: ROOM, slug: "general".into(), name: "general".into() },
        roster: Roster::default(),
        page: MessagePage {
            messages: (first..=through).map(message).collect(),
            has_older: first > 1,
        },
        through: Seq(through),
        form_key: key(0),
    };
    let loaded = |room: OpenRoom| {
        room.timeline.with_untracked(|timeline| {
            timeline.forward_from(Seq::ZERO).map(|message| message.seq.0).collect::<Vec<_>>()
        })
    };
    in_a_room(|chat, room| {
        chat.take_snapshot(snapshot(1, 2));
        chat.take_snapshot(snapshot(3, 4));
        chat.take_snapshot(snapshot(2, 3));
        assert_eq!((loaded(room), through(room)), (vec![1, 2, 3, 4], Seq(4)));
        chat.take_snapshot(snapshot(9, 10));
        assert_eq!((loaded(room), through(room)), (vec![9, 10], Seq(10)));
    });
}

#[test]
fn a_message_that_is_posted_has_its_own_answer_whatever_closes_a_socket_meanwhile() {
    for code in [1002, 1003, 1007, 1009] {
        in_a_room(|chat, _| {
            chat.send(ROOM, "text".into()).expect("is a fine text");
            let [(own, _)] = unsent(chat)[..] else { panic!("one is waiting") };
            chat.inner.update_value(|inner| inner.posting = true);
            chat.closed_with(code);
            chat.lost(true);
            assert_eq!(unsent(chat), [(own, Progress::Waiting)], "{code}");
        });
    }
}

#[test]
fn a_message_that_may_be_stored_already_cannot_be_taken_back() {
    in_a_room(|chat, _| {
        chat.send(ROOM, "text".into()).expect("is a fine text");
        let [(own, _)] = unsent(chat)[..] else { panic!("one is waiting") };
        chat.discard(own);
        assert_eq!(unsent(chat), [(own, Progress::Waiting)], "under way");
        chat.lost(true);
        chat.discard(own);
        assert_eq!(unsent(chat), [(own, Progress::Waiting)], "its answer may be lost");
        chat.receive(acknowledged(own));
        chat.edit(own);
        assert_eq!(unsent(chat), [(own, Progress::Stored(Seq(1)))]);
        assert_eq!(chat.composed.get_untracked(), None);
    });
}

#[test]
fn a_room_is_created_by_its_plain_form_where_no_socket_has_come() {
    in_a_room(|chat, _| {
        assert!(!chat.creates_by_form(), "the socket is there, if not caught up");
        for (connection, by_form) in [
            (Connection::Connecting, true),
            (Connection::Blocked, true),
            (Connection::Reconnecting, false),
            (Connection::Offline, false),
        ] {
            chat.lost(true);
            chat.connection.set(connection);
            assert_eq!(chat.creates_by_form(), by_form, "{connection:?}");
        }
    });
}

#[test]
fn a_room_that_cannot_be_opened_just_now_is_asked_for_less_and_less_often() {
    let failures = |chat: Chat| chat.inner.with_value(|inner| inner.reopening.failures());
    in_a_room(|chat, room| {
        let refusals = [
            (ErrorCode::Unavailable, None),
            (ErrorCode::RateLimited, Some(20)),
            (ErrorCode::Unavailable, None),
        ];
        for (times, (code, retry_after_ms)) in (1..).zip(refusals) {
            let id = chat.number(PendingCommand::Open(room.id));
            chat.receive(ServerFrame::Error { id: Some(id), code, retry_after_ms });
            assert_eq!(failures(chat), times);
        }
        chat.receive(caught_up(0));
        assert_eq!(failures(chat), 0, "and at once when it has been open in between");
    });
}

#[test]
fn a_room_is_read_at_its_address_whether_or_not_the_list_of_rooms_has_come() {
    in_a_room(|chat, room| {
        assert!(chat.rooms.with_untracked(|rooms| rooms.get(room.id).is_none()));
        assert_eq!(chat.slug(room.id).as_deref(), Some("general"));
        chat.leave(room);
        assert_eq!(chat.slug(room.id), None, "nobody looks at it");
    });
}

#[test]
fn a_message_that_the_browser_cannot_keep_is_not_left_without_a_question_until_it_is_stored() {
    let would_lose = |chat: Chat| chat.outbox.with_untracked(|outbox| outbox.has_unkept());
    in_a_room(|chat, _| {
        assert!(!would_lose(chat));
        // The shelves of this side keep nothing.
        chat.send(ROOM, "text".into()).expect("is a fine text");
        assert!(would_lose(chat));
        let [(own, _)] = unsent(chat)[..] else { panic!("one is waiting") };
        chat.receive(acknowledged(own));
        assert!(!would_lose(chat));
    });
}
