//! Every frame, as it stands on the wire: a snapshot, the way there and back, and `docs/protocol.md` held to both.
//!
//! The samples are complete by construction. A new variant does not compile until it is named in [`listed!`], a named one
//! does not pass until it has a sample, and a sample does not pass until the document shows it.

use protocol::limits::{
    CATCH_UP_BYTES, CATCH_UP_MESSAGES, FRAME_BYTES_MAX, MESSAGE_BYTES_MAX, OPEN_ROOMS_MAX,
    ROOM_NAME_CHARS_MAX, ROOMS_COUNTED_MAX, ROOMS_LISTED, ROSTER_LIST_MAX, USER_NAME_CHARS_MAX,
};
use protocol::{
    Ack, AnyHello, ClientFrame, CloseCode, CommandId, Epoch, ErrorCode, Limits, Message,
    MessageKey, Millis, NewMessage, PROTOCOL_VERSION, Room, RoomId, RoomList, RoomSummary, Sent,
    Seq, ServerFrame, User, UserId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;
use uuid::Uuid;

/// The document, as it is when the tests are built.
const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// Names every variant of an enum: `$all` lists the names, `$name_of` tells the one of a value and does not compile while
/// a variant is missing.
macro_rules! listed {
    ($all:ident, $name_of:ident, $enum:ident { $($variant:ident => $name:literal,)* }) => {
        const $all: &[&str] = &[$($name),*];

        fn $name_of(value: &$enum) -> &'static str {
            match value {
                $($enum::$variant { .. } => $name,)*
            }
        }
    };
}

listed!(CLIENT_KINDS, client_kind, ClientFrame {
    OpenRoom => "open_room",
    CloseRoom => "close_room",
    Send => "send",
    CreateRoom => "create_room",
    WatchRooms => "watch_rooms",
    Ping => "ping",
});

listed!(SERVER_KINDS, server_kind, ServerFrame {
    Hello => "hello",
    Ack => "ack",
    Error => "error",
    Changes => "changes",
    Reset => "reset",
    CaughtUp => "caught_up",
    Roster => "roster",
    RosterChanged => "roster_changed",
    Rooms => "rooms",
});

listed!(CODES, code_name, ErrorCode {
    BadFrame => "bad_frame",
    UnknownFrame => "unknown_frame",
    UnknownRoom => "unknown_room",
    RoomNotOpen => "room_not_open",
    SeqAhead => "seq_ahead",
    TooManyRooms => "too_many_rooms",
    MessageEmpty => "message_empty",
    MessageTooLong => "message_too_long",
    KeyReused => "key_reused",
    UserNameInvalid => "user_name_invalid",
    UserNameTaken => "user_name_taken",
    RoomNameInvalid => "room_name_invalid",
    RoomExists => "room_exists",
    RateLimited => "rate_limited",
    Unavailable => "unavailable",
    StalePage => "stale_page",
    Unknown => "unknown",
});

listed!(REASONS, close_reason, CloseCode {
    Restarting => "restarting",
    Slow => "slow",
    Silent => "silent",
    TooMany => "too many sockets",
    SignedOut => "signed out",
});

/// Stands for what is newer than a client; nobody sends it.
const NEVER_SENT: &str = "unknown";

/// Refusals that only HTTP has: a socket has a session already, and its `hello` says whose it is.
const OF_HTTP: [&str; 3] = ["user_name_invalid", "user_name_taken", "stale_page"];

fn ana() -> User {
    User { id: UserId(7), name: "Ana".into() }
}

fn ben() -> User {
    User { id: UserId(9), name: "Ben".into() }
}

fn key(last: u128) -> MessageKey {
    MessageKey(Uuid::from_u128(0x6f1d_2c3a_9b40_4e5f_8a7b_0000_0000_0000 + last))
}

fn epoch() -> Epoch {
    Epoch(Uuid::from_u128(0x0d2f_6b1e_5c47_4a08_9e63_7f10_42ab_c9d5))
}

fn room() -> Room {
    Room { id: RoomId(3), slug: "big-plans".into(), name: "Big plans".into() }
}

fn message(seq: i64, author: User, text: &str) -> Message {
    Message {
        seq: Seq(seq),
        changed: Seq(seq),
        author,
        key: key(u128::try_from(seq).expect("a small number")),
        text: text.into(),
        at: Millis(1_795_356_000_000 + seq * 1_000),
    }
}

fn client_samples() -> Vec<ClientFrame> {
    vec![
        ClientFrame::OpenRoom {
            id: CommandId(2),
            room: RoomId(3),
            after: Seq(40),
            epoch: None,
            at_most: None,
        },
        ClientFrame::OpenRoom {
            id: CommandId(7),
            room: RoomId(3),
            after: Seq(40),
            epoch: Some(epoch()),
            at_most: Some(500),
        },
        ClientFrame::CloseRoom { id: CommandId(3), room: RoomId(3) },
        ClientFrame::Send {
            id: CommandId(4),
            message: NewMessage { room: RoomId(3), key: key(42), text: "Hello, Ben".into() },
        },
        ClientFrame::CreateRoom { id: CommandId(5), name: "Big plans".into() },
        ClientFrame::WatchRooms { id: CommandId(1) },
        ClientFrame::Ping { id: CommandId(6) },
    ]
}

fn ack_samples() -> Vec<ServerFrame> {
    let sent = Sent { key: key(42), seq: Seq(42), at: Millis(1_795_356_042_000) };
    let plain = [1, 2, 3, 6].map(|id| Ack::plain(CommandId(id)));
    let telling = [
        Ack { sent: Some(sent), ..Ack::plain(CommandId(4)) },
        Ack { created: Some(room()), ..Ack::plain(CommandId(5)) },
    ];
    plain.into_iter().chain(telling).map(ServerFrame::Ack).collect()
}

fn error_samples() -> Vec<ServerFrame> {
    let plain = [
        (Some(7), ErrorCode::BadFrame),
        (None, ErrorCode::BadFrame),
        (Some(8), ErrorCode::UnknownFrame),
        (Some(2), ErrorCode::UnknownRoom),
        (Some(3), ErrorCode::RoomNotOpen),
        (Some(2), ErrorCode::SeqAhead),
        (Some(2), ErrorCode::TooManyRooms),
        (Some(4), ErrorCode::MessageEmpty),
        (Some(4), ErrorCode::MessageTooLong),
        (Some(4), ErrorCode::KeyReused),
        (Some(5), ErrorCode::RoomNameInvalid),
        (Some(5), ErrorCode::RoomExists),
        (Some(4), ErrorCode::Unavailable),
    ]
    .into_iter()
    .map(|(id, code)| (id, code, None));
    let limited =
        [(Some(4), ErrorCode::RateLimited, Some(351)), (None, ErrorCode::RateLimited, Some(351))];
    plain
        .chain(limited)
        .map(|(id, code, retry_after_ms)| ServerFrame::Error {
            id: id.map(CommandId),
            code,
            retry_after_ms,
        })
        .collect()
}

fn server_samples() -> Vec<ServerFrame> {
    let mut samples = vec![
        ServerFrame::Hello {
            protocol: PROTOCOL_VERSION,
            epoch: epoch(),
            user: ana(),
            limits: Limits::CURRENT,
        },
        ServerFrame::Changes {
            room: RoomId(3),
            after: Seq(40),
            through: Seq(42),
            messages: vec![
                message(41, ben(), "Is anybody here?"),
                message(42, ana(), "Hello, Ben"),
            ],
        },
        ServerFrame::Changes {
            room: RoomId(3),
            after: Seq(42),
            through: Seq(43),
            messages: vec![Message { changed: Seq(43), ..message(41, ben(), "Is anyone here?") }],
        },
        ServerFrame::Reset {
            room: RoomId(3),
            epoch: epoch(),
            through: Seq(812),
            messages: vec![message(812, ben(), "Where were we?")],
            has_older: true,
        },
        ServerFrame::CaughtUp { room: RoomId(3), seq: Seq(42) },
        ServerFrame::Roster { room: RoomId(3), count: 2, users: vec![ana(), ben()] },
        ServerFrame::RosterChanged {
            room: RoomId(3),
            count: 2,
            joined: vec![User { id: UserId(12), name: "Zoë".into() }],
            left: vec![UserId(9)],
        },
        ServerFrame::RosterChanged { room: RoomId(3), count: 3_417, joined: vec![], left: vec![] },
        ServerFrame::Rooms {
            rooms: vec![
                RoomSummary {
                    room: Room { id: RoomId(1), slug: "general".into(), name: "general".into() },
                    here: 2,
                    last_seq: Seq(118),
                    last_message_at: Some(Millis(1_795_355_990_000)),
                },
                RoomSummary { room: room(), here: 0, last_seq: Seq::ZERO, last_message_at: None },
            ],
            count: 3_012,
        },
    ];
    samples.extend(ack_samples());
    samples.extend(error_samples());
    samples
}

/// What the server answers over HTTP and the document shows.
fn answer_samples() -> Vec<RoomList> {
    let big_plans =
        RoomSummary { room: room(), here: 0, last_seq: Seq::ZERO, last_message_at: None };
    vec![RoomList { rooms: vec![big_plans], count: 3_012, next: Some(RoomId(3)) }]
}

fn wire(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("a frame serialises")
}

fn values() -> Vec<Value> {
    let client = client_samples().iter().map(wire).collect::<Vec<_>>();
    let server = server_samples().iter().map(wire).collect::<Vec<_>>();
    let answers = answer_samples().iter().map(wire).collect::<Vec<_>>();
    let all = client.iter().chain(&server).chain(&answers);
    all.map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

fn decode<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text} does not decode: {error}"))
}

/// The names that must have a sample: all but those that are never sent.
fn expected(all: &[&'static str], never: &[&str]) -> BTreeSet<&'static str> {
    all.iter().copied().filter(|name| *name != NEVER_SENT && !never.contains(name)).collect()
}

/// The name of a frame's only member.
fn kind(frame: &Value) -> &str {
    let members = frame.as_object().map(|frame| frame.keys().collect::<Vec<_>>());
    let Some([kind]) = members.as_deref() else { panic!("one member, not {frame}") };
    kind
}

#[test]
fn every_kind_has_a_sample() {
    let client: BTreeSet<_> = client_samples().iter().map(client_kind).collect();
    assert_eq!(client, expected(CLIENT_KINDS, &[]));

    let samples = server_samples();
    let server: BTreeSet<_> = samples.iter().map(server_kind).collect();
    assert_eq!(server, expected(SERVER_KINDS, &[]));

    let codes: BTreeSet<_> = samples
        .iter()
        .filter_map(|frame| match frame {
            ServerFrame::Error { code, .. } => Some(code_name(code)),
            _ => None,
        })
        .collect();
    assert_eq!(codes, expected(CODES, &OF_HTTP));
}

#[test]
fn the_names_on_the_wire_are_those_listed_here() {
    for frame in client_samples() {
        assert_eq!(kind(&serde_json::to_value(&frame).expect("JSON")), client_kind(&frame));
    }
    for frame in server_samples() {
        let value = serde_json::to_value(&frame).expect("JSON");
        assert_eq!(kind(&value), server_kind(&frame));
        if let ServerFrame::Error { code, .. } = frame {
            assert_eq!(value["error"]["code"], code_name(&code));
            assert_eq!(code.to_string(), code_name(&code));
        }
    }
    assert_eq!(ClientFrame::KINDS, CLIENT_KINDS, "what the server tells unknown kinds by");
}

#[test]
fn frames_stand_on_the_wire_as_before() {
    let mut text = String::from("client\n");
    for frame in client_samples() {
        let _ = writeln!(text, "  {}", wire(&frame));
    }
    text.push_str("server\n");
    for frame in server_samples() {
        let _ = writeln!(text, "  {}", wire(&frame));
    }
    insta::assert_snapshot!("frames", text);
}

#[test]
fn frames_come_back_as_they_were_sent() {
    for frame in client_samples() {
        assert_eq!(decode::<ClientFrame>(&wire(&frame)), frame);
    }
    for frame in server_samples() {
        assert_eq!(decode::<ServerFrame>(&wire(&frame)), frame);
    }
}

#[test]
fn what_is_newer_than_a_client_does_not_stop_it() {
    let result = r#"{"ack":{"id":4,"launched":{"height":120}}}"#;
    assert_eq!(decode::<ServerFrame>(result), ServerFrame::Ack(Ack::plain(CommandId(4))));

    let code = r#"{"error":{"id":4,"code":"too_windy"}}"#;
    let unknown = ServerFrame::Error {
        id: Some(CommandId(4)),
        code: ErrorCode::Unknown,
        retry_after_ms: None,
    };
    assert_eq!(decode::<ServerFrame>(code), unknown);
}

#[test]
fn a_kind_that_is_newer_than_a_client_is_no_frame_of_its() {
    for text in [r#"{"fireworks":{"room":3,"colours":["red"]}}"#, r#"{"fireworks":null}"#] {
        assert!(serde_json::from_str::<ServerFrame>(text).is_err(), "{text}");
        assert!(serde_json::from_str::<AnyHello>(text).is_err(), "{text}");
    }
}

#[test]
fn a_hello_of_another_protocol_is_told_even_where_it_cannot_be_read() {
    let newer = r#"{"hello":{"protocol":4,"greeting":{"to":"Ana"}}}"#;
    assert!(serde_json::from_str::<ServerFrame>(newer).is_err());
    assert_eq!(decode::<AnyHello>(newer).version(), 4);
    let other = r#"{"caught_up":{"room":3,"seq":42,"protocol":4}}"#;
    assert!(serde_json::from_str::<AnyHello>(other).is_err());
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    /// Adds a field to every object inside.
    fn grow(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(grow),
            Value::Object(fields) => {
                fields.values_mut().for_each(grow);
                fields.insert("since_next_year".into(), Value::Bool(true));
            }
            _ => {}
        }
    }
    /// The frame, with more in it than is known. Its kind stays its only member.
    fn grown(frame: &impl Serialize) -> String {
        let mut value = serde_json::to_value(frame).expect("JSON");
        value.as_object_mut().expect("an object").values_mut().for_each(grow);
        value.to_string()
    }
    for frame in client_samples() {
        assert_eq!(decode::<ClientFrame>(&grown(&frame)), frame);
    }
    for frame in server_samples() {
        assert_eq!(decode::<ServerFrame>(&grown(&frame)), frame);
    }
}

#[test]
fn a_kind_that_the_server_does_not_know_is_no_command() {
    for text in [r#"{"fireworks":{"id":1}}"#, r#"{"ping":{"id":1},"also":{}}"#, r#""ping""#, "{}"] {
        assert!(serde_json::from_str::<ClientFrame>(text).is_err(), "{text}");
    }
}

#[test]
fn events_use_public_types() {
    const PRIVATE: [&str; 8] =
        ["token", "password", "hash", "mail", "address", "secret", "cookie", "session"];

    fn names(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.insert(name.to_lowercase());
                    names(value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    values().iter().for_each(|value| names(value, &mut found));
    assert!(found.contains("author"), "no fields were found at all");
    for name in found {
        for private in PRIVATE {
            assert!(!name.contains(private), "the field `{name}` looks private");
        }
    }
}

/// The JSON values of all `json` blocks of the document; a block may hold several, one after the other.
fn documented() -> Vec<Value> {
    let mut found = Vec::new();
    let mut rest = DOCUMENT;
    while let Some((_, block)) = rest.split_once("```json\n") {
        let (block, after) = block.split_once("```").expect("the block ends");
        rest = after;
        let before = found.len();
        for value in serde_json::Deserializer::from_str(block).into_iter::<Value>() {
            found.push(value.unwrap_or_else(|error| panic!("{error} in the block\n{block}")));
        }
        assert!(found.len() > before, "a block is empty");
    }
    found
}

#[test]
fn the_document_shows_every_frame_as_it_is() {
    let documented = documented();
    for sample in values() {
        assert!(documented.contains(&sample), "docs/protocol.md does not show {sample}");
    }
}

#[test]
fn the_document_shows_nothing_but_frames() {
    let samples = values();
    for shown in documented() {
        assert!(samples.contains(&shown), "docs/protocol.md shows {shown}, which is no sample");
    }
}

/// The cells of the tables between this heading and the next one of its level or above, without the tables' heads.
fn table(heading: &str) -> Vec<Vec<String>> {
    let level = heading.split(' ').next().unwrap_or_default().len();
    let is_end = |line: &str| {
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        (1..=level).contains(&hashes) && line[hashes..].starts_with(' ')
    };
    let section = DOCUMENT
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !is_end(line))
        .filter(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> = section
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        })
        .collect();
    assert!(rows.len() > 2, "docs/protocol.md has no table under {heading:?}");
    assert!(rows[1][0].starts_with("--"), "one table under {heading:?}, with a head");
    rows[2..].to_vec()
}

#[test]
fn the_document_lists_every_error_code() {
    let rows = table("### Error codes");
    let listed: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
    let known: Vec<_> = CODES.iter().copied().filter(|code| *code != NEVER_SENT).collect();
    assert_eq!(listed, known);
    for row in rows {
        let code: ErrorCode = decode(&format!("{:?}", row[0]));
        assert_eq!(row[1] == "yes", code.is_retryable(), "whether `{}` may pass", row[0]);
    }
}

#[test]
fn the_document_lists_every_close_code() {
    let codes = [
        CloseCode::Restarting,
        CloseCode::Slow,
        CloseCode::Silent,
        CloseCode::TooMany,
        CloseCode::SignedOut,
    ];
    let reasons: Vec<_> = codes.iter().map(close_reason).collect();
    assert_eq!(reasons, REASONS, "every code is checked");

    let rows = table("## Close codes");
    let numbers: Vec<u16> = rows.iter().map(|row| row[0].parse().expect("a number")).collect();
    for code in codes {
        let at = numbers.iter().position(|number| *number == code.number());
        let row = &rows[at.unwrap_or_else(|| panic!("{code:?} is not in docs/protocol.md"))];
        assert_eq!(row[1], code.reason());
        assert_eq!(close_reason(&code), code.reason());
    }
    for (number, row) in numbers.into_iter().zip(&rows) {
        let then = if CloseCode::should_reconnect(number) { "retry" } else { "stop" };
        assert_eq!(row[2], then, "after {number}");
        let is_ours = codes.iter().any(|code| code.number() == number);
        assert!(is_ours || number < 4000, "{number} is not a code of ours");
    }
}

#[test]
fn the_document_tells_the_limits_that_are_kept() {
    let limits = [
        ("message_bytes", MESSAGE_BYTES_MAX),
        ("frame_bytes", FRAME_BYTES_MAX),
        ("room_name_chars", ROOM_NAME_CHARS_MAX),
        ("open_rooms", OPEN_ROOMS_MAX),
        ("—", USER_NAME_CHARS_MAX),
        ("—", CATCH_UP_MESSAGES as usize),
        ("—", CATCH_UP_BYTES),
        ("—", ROSTER_LIST_MAX),
        ("—", ROOMS_LISTED as usize),
        ("—", ROOMS_COUNTED_MAX as usize),
    ];
    let rows = table("## Limits");
    let told: Vec<(&str, usize)> = rows
        .iter()
        .map(|row| {
            let number: String = row[1].chars().filter(char::is_ascii_digit).collect();
            (row[2].as_str(), number.parse().expect("a number"))
        })
        .collect();
    assert_eq!(told, limits);

    let Value::Object(hello) = serde_json::to_value(Limits::CURRENT).expect("JSON") else {
        panic!("limits are an object");
    };
    for (field, value) in hello {
        assert!(
            told.iter().any(|(name, limit)| *name == field && value == *limit),
            "`{field}` is not in docs/protocol.md with {value}"
        );
    }
}
