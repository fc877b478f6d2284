//! A form that is refused comes back with everything that was typed, and says why.

use crate::support::client::{cookie, hidden_field, location};
use crate::support::{Client, ROOM, TestServer, within};
use protocol::Seq;
use reqwest::Response;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MESSAGES: &str = "/rooms/general/messages";

async fn text(response: Response) -> String {
    within(response.text()).await.expect("a page")
}

/// What stands in the field for a message.
fn typed(page: &str) -> &str {
    let field = page.split_once("id=\"composer\"").expect("a composer").1;
    let content = field.split_once('>').expect("a tag").1;
    // Browsers swallow the first line break.
    let content = content.strip_prefix('\n').unwrap_or(content);
    content.split_once("</textarea>").expect("its end").0
}

#[tokio::test]
async fn a_message_that_is_too_long_comes_back_whole() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    for length in [17_000, 70_000, 200_000] {
        let long = format!("\n  begin {} end", "x".repeat(length));
        let response = ana.post(MESSAGES, &[("text", &long)]).await;
        assert_eq!(response.status(), 422, "{length}");
        let page = text(response).await;
        assert!(page.contains("too long"));
        assert_eq!(typed(&page), long, "{length}");
    }
    let response = ana.post(MESSAGES, &[("text", &"x".repeat(1_000_000))]).await;
    assert_eq!(response.status(), 413);
    assert!(text(response).await.contains("far too long"));
}

#[tokio::test]
async fn what_comes_back_is_text_and_no_markup() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let hostile = "</textarea><script>alert(1)</script>&lt;\"'";
    let long = format!("{hostile}{}", "x".repeat(17_000));
    let page = text(ana.post(MESSAGES, &[("text", &long)]).await).await;
    assert!(!page.contains("<script>alert"), "nowhere in the page");
    assert!(
        typed(&page).starts_with("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;")
    );

    let page =
        text(ana.post("/rooms", &[("name", "\"><script>alert(1)</script>\u{0}")]).await).await;
    assert!(!page.contains("<script>alert"));
}

#[tokio::test]
async fn what_came_too_fast_comes_back_and_says_when_to_go_on() {
    let server = TestServer::start_with(&["--commands-per-second=1"]).await;
    let ana = server.client("Ana").await;
    let (mut message, mut room) = (None, None);
    for number in 0..5 {
        let name = format!("Room {number}");
        message = Some(ana.post(MESSAGES, &[("text", "kept <b>")]).await);
        room = Some((ana.post("/rooms", &[("name", &name)]).await, name));
    }
    let message = message.expect("an answer");
    assert_eq!(message.status(), 429);
    assert!(message.headers().contains_key("retry-after"));
    assert_eq!(typed(&text(message).await), "kept &lt;b&gt;");
    let (room, name) = room.expect("an answer");
    assert_eq!(room.status(), 429);
    let page = text(room).await;
    assert!(page.contains(&format!("value=\"{name}\"")) && page.contains("very fast"));
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_the_session() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    ana.post("/logout", &[]).await;
    let response = ana.post(MESSAGES, &[("text", "  kept\n<b> & so on")]).await;
    assert_eq!(response.status(), 401);
    let page = text(response).await;
    assert!(page.contains("You are signed out"));
    let carried = hidden_field(&page, "text").expect("the text goes along");
    let next = hidden_field(&page, "next").expect("the way back");
    assert_eq!(next, "/rooms/general");

    let form = [("name", "Ana"), ("next", next.as_str()), ("text", carried.as_str())];
    let response = ana.post("/login", &form).await;
    assert_eq!(response.status(), 200);
    let mut again = Client::anonymous(server.address);
    again.cookie = Some(cookie(&response));
    let page = text(response).await;
    assert_eq!(typed(&page), "  kept\n&lt;b&gt; &amp; so on");
    assert!(page.contains("not sent yet"));
    let page = text(again.get("/rooms/general").await).await;
    assert!(!page.contains("so on"), "nothing was sent");

    let response = ana.post("/rooms", &[("name", "Big Plans")]).await;
    let room = hidden_field(&text(response).await, "room").expect("the name goes along");
    again.post("/logout", &[]).await;
    let page = text(ana.post("/login", &[("name", "Ana"), ("room", &room)]).await).await;
    assert!(page.contains("value=\"Big Plans\""));
}

#[tokio::test]
async fn who_signs_out_while_a_form_is_on_its_way_has_not_sent_it() {
    let server = TestServer::start().await;
    let form = "application/x-www-form-urlencoded";
    let message = json!({"room": ROOM, "key": uuid::Uuid::new_v4(), "text": "too late"});
    for (path, kind, body) in [
        (MESSAGES, form, "text=too+late".to_owned()),
        ("/rooms", form, "name=Too+late".to_owned()),
        ("/api/messages", "application/json", message.to_string()),
    ] {
        let ana = server.client("Ana").await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            server.address,
            ana.cookie.as_deref().expect("a session"),
            body.len(),
        );
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("the head is sent");
        // It waits for the body now: whatever it asks before that it has asked.
        let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        within(stream.read_exact(&mut go_on)).await.expect("an answer to the head");
        assert!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
        ana.post("/logout", &[]).await;
        stream.write_all(body.as_bytes()).await.expect("the body is sent");
        let mut answer = Vec::new();
        within(stream.read_to_end(&mut answer)).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {answer}");
    }
    let mut ben = server.member("Ben").await;
    assert_eq!(ben.say("the first").await, Seq(1));
    assert!(!text(server.client("Cleo").await.get("/rooms").await).await.contains("Too late"));
}

#[tokio::test]
async fn a_sign_in_that_carries_a_text_holds_the_name_only_once_its_cookie_came_back() {
    let server = TestServer::start().await;
    let form = [("name", "Ana"), ("next", "/rooms/general"), ("text", "kept")];
    for _ in 0..2 {
        // Neither of them keeps its cookie.
        let response = Client::anonymous(server.address).post("/login", &form).await;
        assert_eq!(response.status(), 200);
        assert_eq!(typed(&text(response).await), "kept");
    }
    let ana = server.client("Ana").await;
    assert_eq!(ana.get("/rooms").await.status(), 200);
    let response = Client::anonymous(server.address).post("/login", &form).await;
    assert_eq!(response.status(), 409, "her cookie came back");
}

#[tokio::test]
async fn a_form_of_somebody_else_s_page_does_nothing_and_keeps_its_text() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let page = text(ana.get("/rooms/general").await).await;
    let own = hidden_field(&page, "page").expect("the form says whose page it is");
    let bea = server.client("Bea").await;
    let response = bea.post(MESSAGES, &[("text", "as Ana"), ("page", &own)]).await;
    assert_eq!(response.status(), 409);
    let page = text(response).await;
    assert_eq!(typed(&page), "as Ana");
    assert!(page.contains("Somebody else has signed in"));
    let response = bea.post("/rooms", &[("name", "Of Ana"), ("page", &own)]).await;
    assert_eq!(response.status(), 409);
    assert!(text(response).await.contains("value=\"Of Ana\""));
    assert_eq!(bea.post("/logout", &[("page", &own)]).await.status(), 409);

    let page = text(bea.get("/rooms/general").await).await;
    assert!(!page.contains("as Ana"), "nothing was sent, and Bea is still signed in");
    assert_eq!(bea.get("/rooms/of-ana").await.status(), 404);
    let own = hidden_field(&page, "page").expect("her own");
    assert_eq!(bea.post(MESSAGES, &[("text", "as Bea"), ("page", &own)]).await.status(), 303);
}

#[tokio::test]
async fn what_was_written_to_a_room_that_does_not_exist_is_shown() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let response = ana.post("/rooms/nowhere/messages", &[("text", "kept </textarea>")]).await;
    assert_eq!(response.status(), 404);
    let page = text(response).await;
    assert!(page.contains("What you wrote is not sent"));
    assert!(page.contains("kept &lt;/textarea&gt;"));
}

#[tokio::test]
async fn a_room_s_form_sent_twice_is_one_room() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let page = text(ana.get("/rooms").await).await;
    let key = hidden_field(&page, "key").expect("a key");
    let form = [("name", "Big Plans"), ("key", key.as_str())];
    let (one, other) = tokio::join!(ana.post("/rooms", &form), ana.post("/rooms", &form));
    for response in [one, other, ana.post("/rooms", &form).await] {
        assert_eq!((response.status().as_u16(), location(&response)), (303, "/rooms/big-plans"));
    }
    let bea = server.client("Bea").await;
    let response = bea.post("/rooms", &form).await;
    assert_eq!(response.status(), 409, "a key is its user's own");
    assert!(text(response).await.contains("href=\"/rooms/big-plans\""));
}

#[tokio::test]
async fn a_form_with_nothing_in_it_gets_its_page() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    for path in ["/rooms", MESSAGES, "/login"] {
        let response = ana.post(path, &[]).await;
        assert_eq!(response.status(), 422, "{path}");
        assert!(text(response).await.contains("role=\"alert\""), "{path}");
    }
}

#[tokio::test]
async fn the_address_of_a_refused_message_leads_to_its_room() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let response = ana.get(MESSAGES).await;
    assert_eq!((response.status().as_u16(), location(&response)), (303, "/rooms/general"));
}

#[tokio::test]
async fn whose_session_has_ended_is_told_so_at_the_sign_in() {
    let server = TestServer::start().await;
    const SAID: &str = "You are signed out. Sign in to go on.";
    let stranger = text(Client::anonymous(server.address).get("/login").await).await;
    assert!(!stranger.contains(SAID));
    // Signed in and never seen again: the name is free for the next one.
    let signed_in = Client::anonymous(server.address).post("/login", &[("name", "Ana")]).await;
    let mut loser = Client::anonymous(server.address);
    loser.cookie = Some(cookie(&signed_in));
    server.client("Ana").await;
    assert!(text(loser.get("/login").await).await.contains(SAID));
}
