//! Bad input gets its documented answer and costs the sender only: a bystander on the same server does not notice.

use crate::support::{Client, ROOM, Socket, TestServer, socket::upgrade_request, within};
use protocol::limits::{FRAME_BYTES_MAX, MESSAGE_BYTES_MAX, OPEN_ROOMS_MAX};
use protocol::{ErrorCode, ServerFrame};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{self, Bytes, Message as Frame};

/// A server with an attacker and a bystander in the same room.
async fn scene() -> (TestServer, Socket, Socket) {
    let server = TestServer::start().await;
    let attacker = server.member("Mallory").await;
    let bystander = server.member("Alice").await;
    (server, attacker, bystander)
}

/// The bystander talks and is heard, and was sent nothing but this.
async fn is_unmoved(mut bystander: Socket) {
    bystander.say("all is well").await;
    assert_eq!(bystander.texts(1).await, ["all is well"]);
}

async fn error(socket: &mut Socket) -> (Option<u32>, ErrorCode) {
    socket
        .wait_for(|frame| match frame {
            ServerFrame::Error { id, code, .. } => Some((id.map(|id| id.0), *code)),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn what_is_not_json_is_answered_with_bad_frame() {
    let (_server, mut attacker, bystander) = scene().await;
    let twice = r#"{"ping":{"id":7},"watch_rooms":{"id":8}}"#;
    for bad in ["", "{", "null", "[]", "42", "{}", r#""ping""#, r#"{"ping":7}"#, twice] {
        attacker.send_text(bad).await;
        assert_eq!(error(&mut attacker).await, (None, ErrorCode::BadFrame), "{bad:?}");
    }
    attacker.is_served().await;
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn a_known_frame_with_wrong_fields_is_answered_under_its_id() {
    let (_server, mut attacker, bystander) = scene().await;
    for bad in [
        json!({"send": {"id": 7}}),
        json!({"send": {"id": 7, "message": {"room": "general", "key": "x", "text": "hi"}}}),
        json!({"open_room": {"id": 7, "room": 1, "after": 1e30}}),
        json!({"open_room": {"id": 7, "room": 1, "after": i64::MIN}}),
        json!({"open_room": {"id": 7, "room": 1, "after": i64::MIN, "at_most": 1}}),
    ] {
        attacker.send_text(bad.to_string()).await;
        assert_eq!(error(&mut attacker).await, (Some(7), ErrorCode::BadFrame), "{bad}");
    }
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn an_unknown_kind_is_answered_with_unknown_frame() {
    let (_server, mut attacker, bystander) = scene().await;
    attacker.send_text(json!({"fly": {"id": 9, "high": true}}).to_string()).await;
    assert_eq!(error(&mut attacker).await, (Some(9), ErrorCode::UnknownFrame));
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn a_binary_frame_closes_with_1003() {
    let (_server, mut attacker, bystander) = scene().await;
    attacker.send_frame(Frame::binary(&b"\x00\xff"[..])).await;
    assert_eq!(attacker.closed().await, 1003);
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn a_frame_of_64_kib_is_read_and_one_byte_more_closes_with_1009() {
    let (_server, mut attacker, bystander) = scene().await;
    let frame = json!({"ping": {"id": 5}}).to_string();
    let longest = frame.clone() + &" ".repeat(FRAME_BYTES_MAX - frame.len());
    assert_eq!(longest.len(), FRAME_BYTES_MAX);
    attacker.send_text(longest.clone()).await;
    assert!(attacker.answer(5).await.is_ok());
    attacker.send_text(longest + " ").await;
    assert_eq!(attacker.closed().await, 1009);
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn invalid_utf_8_closes_with_1007() {
    let (_server, mut attacker, bystander) = scene().await;
    let bytes = Bytes::from_static(b"{\"\xff\":{}}");
    let opcode = tungstenite::protocol::frame::coding::OpCode::Data(
        tungstenite::protocol::frame::coding::Data::Text,
    );
    let frame = tungstenite::protocol::frame::Frame::message(bytes, opcode, true);
    attacker.send_frame(Frame::Frame(frame)).await;
    assert_eq!(attacker.closed().await, 1007);
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn messages_that_cannot_be_stored_are_refused() {
    let (_server, mut attacker, bystander) = scene().await;
    let too_long = "é".repeat(MESSAGE_BYTES_MAX / 2) + "x";
    for (text, code) in [
        ("", ErrorCode::MessageEmpty),
        (" \n\u{200b} ", ErrorCode::MessageEmpty),
        (too_long.as_str(), ErrorCode::MessageTooLong),
    ] {
        let id = attacker.post(text).await;
        assert_eq!(attacker.answer(id).await, Err(code));
    }
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn a_text_is_stored_as_every_client_can_foretell() {
    let (_server, mut attacker, _bystander) = scene().await;
    let typed = ["    if x:\n        y()\n", "one\u{b}two\u{2028}three\u{85}four", "x\u{1}\u{1}x"];
    for text in typed {
        attacker.say(text).await;
    }
    let foretold = typed.map(|text| protocol::tidy(text).expect("is a message"));
    assert_eq!(attacker.texts(3).await, foretold);
    assert_eq!(foretold, ["    if x:\n        y()", "one\ntwo\nthree\nfour", "xx"]);
    for blank in ["\u{17b4}", "\u{fff9}", "\u{2800}\u{3164}"] {
        let id = attacker.post(blank).await;
        assert_eq!(attacker.answer(id).await, Err(ErrorCode::MessageEmpty), "{blank:?}");
    }
}

#[tokio::test]
async fn rooms_that_do_not_exist_are_refused() {
    let (_server, mut attacker, bystander) = scene().await;
    let key = uuid::Uuid::new_v4();
    let message = json!({"room": 4711, "key": key, "text": "anybody?"});
    for (kind, command) in [
        ("send", json!({"message": message})),
        ("open_room", json!({"room": 4711, "after": 0})),
        ("open_room", json!({"room": -1, "after": 0})),
    ] {
        let id = attacker.command(kind, command).await;
        assert_eq!(attacker.answer(id).await, Err(ErrorCode::UnknownRoom));
    }
    let id = attacker.command("close_room", json!({"room": 4711})).await;
    assert_eq!(attacker.answer(id).await, Err(ErrorCode::RoomNotOpen));
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn the_101st_room_of_a_socket_is_refused_until_one_is_closed() {
    let server = TestServer::start_with(&["--commands-per-second=10000"]).await;
    let mut attacker = server.socket("Mallory").await;
    for number in 1..=OPEN_ROOMS_MAX {
        let name = format!("room {number}");
        attacker.command("create_room", json!({"name": name})).await;
    }
    let open = |room| json!({"room": room, "after": 0});
    for room in 1..=OPEN_ROOMS_MAX {
        let id = attacker.command("open_room", open(room)).await;
        assert!(attacker.answer(id).await.is_ok());
    }
    let id = attacker.command("open_room", open(OPEN_ROOMS_MAX + 1)).await;
    assert_eq!(attacker.answer(id).await, Err(ErrorCode::TooManyRooms));
    let id = attacker.command("open_room", open(1)).await;
    assert!(attacker.answer(id).await.is_ok(), "it is open already");

    attacker.command("close_room", json!({"room": 1})).await;
    let id = attacker.command("open_room", open(OPEN_ROOMS_MAX + 1)).await;
    assert!(attacker.answer(id).await.is_ok());
}

#[tokio::test]
async fn a_position_beyond_the_end_is_refused() {
    let (_server, mut attacker, bystander) = scene().await;
    let id = attacker.command("open_room", json!({"room": ROOM, "after": 12})).await;
    assert_eq!(attacker.answer(id).await, Err(ErrorCode::SeqAhead));
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn bad_room_names_are_refused() {
    let (_server, mut attacker, bystander) = scene().await;
    let too_long = "x".repeat(49);
    for (name, code) in [
        ("", ErrorCode::RoomNameInvalid),
        ("a\u{202e}b", ErrorCode::RoomNameInvalid),
        (too_long.as_str(), ErrorCode::RoomNameInvalid),
        ("GENERAL ", ErrorCode::RoomExists),
    ] {
        let id = attacker.command("create_room", json!({"name": name})).await;
        assert_eq!(attacker.answer(id).await, Err(code), "{name:?}");
    }
    is_unmoved(bystander).await;
}

#[tokio::test]
async fn who_sends_too_much_is_told_when_to_go_on() {
    let server = TestServer::start_with(&["--commands-per-second=2"]).await;
    let mut attacker = server.socket("Mallory").await;
    let mut last = 0;
    for _ in 0..10 {
        last = attacker.command("ping", json!({})).await;
    }
    let wait = attacker
        .wait_for(|frame| match frame {
            ServerFrame::Error { id: Some(id), code: ErrorCode::RateLimited, retry_after_ms } => {
                (id.0 == last).then_some(*retry_after_ms)
            }
            _ => None,
        })
        .await;
    assert!(wait.is_some_and(|ms| (1..=1_001).contains(&ms)), "a time to wait, not {wait:?}");
    server.socket("Alice").await.is_served().await;
}

async fn refused_upgrade(request: tungstenite::http::Request<()>) -> u16 {
    match within(tokio_tungstenite::connect_async(request)).await {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("a refusal over HTTP, not {other:?}"),
    }
}

#[tokio::test]
async fn a_socket_without_a_session_is_refused_with_401() {
    let server = TestServer::start().await;
    assert_eq!(refused_upgrade(upgrade_request(server.address, None)).await, 401);
    let forged = format!("hubbub_session={}", "0".repeat(64));
    assert_eq!(refused_upgrade(upgrade_request(server.address, Some(&forged))).await, 401);
}

#[tokio::test]
async fn a_socket_from_a_foreign_page_is_refused_with_403() {
    let server = TestServer::start().await;
    let client = server.client("Alice").await;
    for origin in ["https://evil.example", "http://127.0.0.1:1", "null", ""] {
        let mut request = upgrade_request(server.address, client.cookie.as_deref());
        request.headers_mut().insert("origin", origin.parse().expect("a header"));
        assert_eq!(refused_upgrade(request).await, 403, "{origin:?}");
    }
    let mut request = upgrade_request(server.address, client.cookie.as_deref());
    request.headers_mut().remove("origin");
    assert_eq!(refused_upgrade(request).await, 403, "no Origin at all");
}

#[tokio::test]
async fn the_51st_socket_of_a_user_is_served_and_the_one_silent_the_longest_closed_with_4003() {
    let server = TestServer::start().await;
    let client = server.client("Alice").await;
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(client.connect().await);
    }
    sockets[0].is_served().await;
    client.connect().await.is_served().await;
    assert_eq!(within(sockets[1].closed()).await, 4003);
    sockets[0].is_served().await;
    sockets[2].is_served().await;
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    let server = TestServer::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    // The preface of RFC 9113, and empty SETTINGS.
    let opening = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    stream.write_all(opening).await.expect("an opening");
    let mut answer = Vec::new();
    let _ = within(stream.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"\x00\x00"), "no frame of HTTP/2: {answer:?}");
}

#[tokio::test]
async fn a_flood_of_headers_and_a_huge_body_are_refused() {
    let server = TestServer::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    let flood =
        format!("GET /login HTTP/1.1\r\nHost: x\r\nX-Flood: {}\r\n\r\n", "x".repeat(100_000));
    // The server may hang up before it has read everything.
    let _ = stream.write_all(flood.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = within(stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");

    let client = Client::anonymous(server.address);
    let huge = "x".repeat(1_000_000);
    let refused = within(client.form("/login", &[("name", &huge)]).send()).await;
    assert_eq!(refused.expect("an answer, however much was sent").status(), 413);
    server.member("Alice").await.say("all is well").await;
}
