//! Allowances: by user over everything they do, by address where nobody is known yet, and who is behind a proxy.

use crate::support::socket::upgrade_request;
use crate::support::{Client, ROOM, TestServer, raw, within};
use futures_util::future::join_all;
use protocol::{ErrorCode, ServerFrame};
use reqwest::header::RETRY_AFTER;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite;

const KEY: &str = "7f3a8f6e-35a5-4f0a-9f6f-4a3c3f0e8a11";

#[tokio::test]
async fn sockets_and_forms_share_one_allowance_and_bad_frames_count() {
    let server = TestServer::start_with(&["--commands-per-second=1"]).await;
    let client = server.client("Mallory").await;
    let (mut one, mut two) = (client.connect().await, client.connect().await);
    // Twice the number may come at once. What the one cannot be read from, the other may not say.
    one.send_text("{").await;
    assert_eq!(one.error().await, ErrorCode::BadFrame);
    let id = two.command("ping", json!({})).await;
    assert!(two.answer(id).await.is_ok());
    // On a slow machine a second may pass before the next, and then another one is allowed: more than that come now.
    for _ in 0..10 {
        two.command("ping", json!({})).await;
    }
    let form = [("text", "one too many"), ("key", KEY)];
    assert_eq!(client.post("/rooms/general/messages", &form).await.status(), 429);
    for _ in 0..10 {
        one.send_text("{").await;
    }
    while one.error().await != ErrorCode::RateLimited {}
    // Others have their own.
    server.client("Alice").await.connect().await.is_served().await;
}

#[tokio::test]
async fn who_creates_too_many_rooms_may_still_talk() {
    let server = TestServer::start_with(&["--rooms-per-hour=2"]).await;
    let client = server.client("Mallory").await;
    let mut socket = client.connect().await;
    let create = |name: &str| json!({"name": name});
    let id = socket.command("create_room", create("one")).await;
    assert!(socket.answer(id).await.is_ok());
    assert_eq!(client.post("/rooms", &[("name", "two")]).await.status(), 303);
    let id = socket.command("create_room", create("three")).await;
    assert_eq!(socket.answer(id).await, Err(ErrorCode::RateLimited));
    assert_eq!(client.post("/rooms", &[("name", "four")]).await.status(), 429);
    socket.say("still here").await;
    let other = server.client("Alice").await.post("/rooms", &[("name", "five")]).await;
    assert_eq!(other.status(), 303);
}

#[tokio::test]
async fn who_reads_too_much_is_told_when_to_go_on() {
    let server = TestServer::start_with(&["--reads-per-second=1"]).await;
    let client = server.client("Mallory").await;
    assert_eq!(client.get("/rooms").await.status(), 200);
    assert_eq!(client.get("/api/room?slug=general").await.status(), 200);
    for path in ["/rooms/general", "/api/history?room=1&before=5"] {
        // Many at once, because on a slow machine a second may pass between two, and then another one is allowed.
        let answers = join_all((0..10).map(|_| client.get(path))).await;
        let refused = answers.iter().find(|answer| answer.status() == 429).expect("a refusal");
        assert_eq!(refused.headers()[RETRY_AFTER], "1", "{path}");
    }
    assert_eq!(server.client("Alice").await.get("/rooms").await.status(), 200);
}

#[tokio::test]
async fn who_opens_a_room_again_and_again_is_told_when_to_go_on_and_may_still_talk() {
    let server = TestServer::start_with(&["--reads-per-second=1"]).await;
    let mut socket = server.member("Mallory").await;
    for _ in 0..10 {
        socket.command("open_room", json!({"room": ROOM, "after": 0})).await;
    }
    let wait = socket.wait_for(|frame| match frame {
        ServerFrame::Error { code: ErrorCode::RateLimited, retry_after_ms, .. } => *retry_after_ms,
        _ => None,
    });
    assert!(within(wait).await > 0);
    socket.say("still here").await;
    server.member("Alice").await.is_served().await;
}

#[tokio::test]
async fn one_address_may_not_try_names_without_end() {
    let server = TestServer::start_with(&["--sign-ins-per-minute=2"]).await;
    let client = Client::anonymous(server.address);
    assert_eq!(client.post("/login", &[("name", "one")]).await.status(), 303);
    let refused = client.post("/login", &[("name", "a\nb")]).await;
    assert_eq!(refused.status(), 422, "a try counts");
    assert_eq!(client.post("/login", &[("name", "two")]).await.status(), 429);
    // Without a trusted proxy anybody could write anything here.
    let forged = client.form("/login", &[("name", "two")]).header("x-forwarded-for", "192.0.2.7");
    assert_eq!(within(forged.send()).await.expect("an answer").status(), 429);
}

#[tokio::test]
async fn behind_a_trusted_proxy_everybody_has_an_allowance_of_their_own() {
    let flags = ["--sign-ins-per-minute=1", "--trusted-proxies=127.0.0.0/8"];
    let server = TestServer::start_with(&flags).await;
    let client = Client::anonymous(server.address);
    for (name, forwarded, status) in [
        ("one", "192.0.2.1", 303),
        ("two", "192.0.2.2", 303),
        ("three", "192.0.2.1", 429),
        ("four", "192.0.2.99, 192.0.2.1", 429),
    ] {
        let form = client.form("/login", &[("name", name)]).header("x-forwarded-for", forwarded);
        let answer = within(form.send()).await.expect("an answer");
        assert_eq!(answer.status(), status, "{name}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_one_address_cannot_hold_every_socket() {
    let flags = ["--connections-per-address=1", "--trusted-proxies=127.0.0.0/8"];
    let server = TestServer::start_with(&flags).await;
    let client = server.client("Ana").await;
    let open = async |forwarded: &str| {
        let mut request = upgrade_request(server.address, client.cookie.as_deref());
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().expect("a header"));
        within(tokio_tungstenite::connect_async(request)).await
    };
    let first = open("192.0.2.1").await.expect("a socket");
    match open("192.0.2.1").await {
        Err(tungstenite::Error::Http(refused)) => assert_eq!(refused.status(), 503),
        other => panic!("a refusal over HTTP, not {other:?}"),
    }
    assert!(open("192.0.2.2").await.is_ok());
    drop(first);
    // The server notices the end as soon as it reads.
    Box::pin(within(async { while open("192.0.2.1").await.is_err() {} })).await;
}

#[tokio::test]
async fn one_address_may_not_open_sockets_without_end() {
    let server = TestServer::start_with(&["--sockets-per-minute=2"]).await;
    let client = server.client("Ana").await;
    let (mut one, _two) = (client.connect().await, client.connect().await);
    let request = upgrade_request(server.address, client.cookie.as_deref());
    match within(tokio_tungstenite::connect_async(request)).await {
        Err(tungstenite::Error::Http(refused)) => assert_eq!(refused.status(), 429),
        other => panic!("a refusal over HTTP, not {other:?}"),
    }
    one.is_served().await;
}

#[tokio::test]
async fn who_holds_too_many_connections_is_turned_away_until_one_ends() {
    let server = TestServer::start_with(&["--connections-per-address=2"]).await;
    let ask = async || {
        let mut stream = raw::connect(server.address).await;
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let mut answer = [0; 12];
        let served = within(stream.read_exact(&mut answer)).await;
        (served.is_ok() && answer == *b"HTTP/1.1 200", stream)
    };
    let (is_served, first) = ask().await;
    assert!(is_served);
    let (is_served, _second) = ask().await;
    assert!(is_served);
    let (is_served, _third) = ask().await;
    assert!(!is_served, "two are open");
    drop(first);
    // The server notices the end as soon as it reads.
    within(async { while !ask().await.0 {} }).await;
}

#[tokio::test]
async fn pages_of_the_public_url_may_open_sockets_and_post_forms() {
    let server = TestServer::start_with(&["--public-url=http://chat.example"]).await;
    let client = server.client("Ana").await;
    for (origin, is_ours) in [("http://chat.example", true), ("http://evil.example", false)] {
        let mut request = upgrade_request(server.address, client.cookie.as_deref());
        request.headers_mut().insert("origin", origin.parse().expect("a header"));
        let opened = within(tokio_tungstenite::connect_async(request)).await;
        assert_eq!(opened.is_ok(), is_ours, "a socket from {origin}");
        let form = client
            .form("/rooms/general/messages", &[("text", "hello"), ("key", KEY)])
            .header("origin", origin);
        let status = within(form.send()).await.expect("an answer").status();
        assert_eq!(status == 303, is_ours, "a form from {origin}: {status}");
    }
}
