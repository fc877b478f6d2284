//! Posting over HTTP, for whoever no socket gets through to: the same keys, limits and answers as on the socket.

use crate::support::{Client, ROOM, TestServer, within};
use protocol::limits::MESSAGE_BYTES_MAX;
use protocol::{ErrorCode, Refused, Sent};
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

const JSON: &str = "application/json";

async fn post(client: &Client, body: String, headers: &[(HeaderName, &str)]) -> Response {
    let mut request = client.request(Method::POST, "/api/messages").header(CONTENT_TYPE, JSON);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    within(request.body(body).send()).await.expect("an answer")
}

fn message(room: i64, key: Uuid, text: &str) -> String {
    json!({"room": room, "key": key, "text": text}).to_string()
}

async fn body(response: Response) -> Value {
    let text = within(response.text()).await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}

async fn stored(response: Response) -> Sent {
    assert_eq!(response.status(), 200);
    serde_json::from_value(body(response).await).expect("what the socket's ack has")
}

async fn refused(response: Response) -> (u16, Refused) {
    let status = response.status().as_u16();
    (status, serde_json::from_value(body(response).await).expect("a refusal"))
}

#[tokio::test]
async fn a_message_posted_over_http_is_stored_once_and_heard_on_the_socket() {
    let server = TestServer::start().await;
    let (client, mut ben) = (server.client("Ana").await, server.member("Ben").await);
    let key = Uuid::new_v4();
    let first = stored(post(&client, message(ROOM, key, "  hello\r\n"), &[]).await).await;
    let again = stored(post(&client, message(ROOM, key, "  hello"), &[]).await).await;
    assert_eq!(first, again);
    assert_eq!(first.key.0, key);

    let mut socket = client.connect().await;
    let id = socket.post_with_key("  hello", key).await;
    assert_eq!(socket.answer(id).await.map(|ack| ack.sent), Ok(Some(first)));
    ben.say("after it").await;
    assert_eq!(ben.texts(2).await, ["  hello", "after it"]);
}

#[tokio::test]
async fn another_message_under_the_same_key_is_refused_on_socket_and_http() {
    let server = TestServer::start().await;
    let (client, mut ben) = (server.client("Ana").await, server.member("Ben").await);
    let key = Uuid::new_v4();
    stored(post(&client, message(ROOM, key, "hello"), &[]).await).await;
    let answer = refused(post(&client, message(ROOM, key, "something else"), &[]).await).await;
    assert_eq!(answer, (422, Refused { code: ErrorCode::KeyReused, retry_after_ms: None }));
    let mut socket = client.connect().await;
    let id = socket.post_with_key("something else", key).await;
    assert_eq!(socket.answer(id).await, Err(ErrorCode::KeyReused));
    ben.say("after it").await;
    assert_eq!(ben.texts(2).await, ["hello", "after it"]);
}

#[tokio::test]
async fn what_the_socket_refuses_is_refused_over_http() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let key = Uuid::new_v4();
    let too_long = "é".repeat(MESSAGE_BYTES_MAX / 2) + "x";
    for (body, status, code) in [
        (message(ROOM, key, "\u{17b4}"), 422, ErrorCode::MessageEmpty),
        (message(ROOM, key, &too_long), 422, ErrorCode::MessageTooLong),
        (message(4711, key, "anybody?"), 404, ErrorCode::UnknownRoom),
        ("{".to_owned(), 422, ErrorCode::BadFrame),
        (
            json!({"room": "general", "key": key, "text": "hi"}).to_string(),
            422,
            ErrorCode::BadFrame,
        ),
    ] {
        let answer = refused(post(&client, body.clone(), &[]).await).await;
        assert_eq!(answer, (status, Refused { code, retry_after_ms: None }), "{body:.80}");
    }
    let anonymous = Client::anonymous(server.address);
    assert_eq!(post(&anonymous, message(ROOM, key, "hi"), &[]).await.status(), 401);
}

#[tokio::test]
async fn one_allowance_counts_over_socket_and_http() {
    let server = TestServer::start_with(&["--commands-per-second=1"]).await;
    let client = server.client("Ana").await;
    let mut last = None;
    for _ in 0..4 {
        let answer = post(&client, message(ROOM, Uuid::new_v4(), "again"), &[]).await;
        last = (answer.status() != 200).then_some(answer);
    }
    let (status, refused) = refused(last.expect("a refusal")).await;
    assert_eq!((status, refused.code), (429, ErrorCode::RateLimited));
    assert!(refused.retry_after_ms.is_some_and(|wait| wait > 0), "{refused:?}");
}

#[tokio::test]
async fn pages_of_other_sites_and_of_other_people_post_nothing() {
    let server = TestServer::start().await;
    let (client, mut ben) = (server.client("Ana").await, server.member("Ben").await);
    let text = || message(ROOM, Uuid::new_v4(), "not mine");
    let foreign = [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")];
    for (name, value) in foreign {
        let answer = post(&client, text(), &[(HeaderName::from_static(name), value)]).await;
        assert_eq!(answer.status(), 403, "{name}");
    }
    let stale = [(HeaderName::from_static("hubbub-page"), "2.nobody.1")];
    assert_eq!(post(&client, text(), &stale).await.status(), 409);
    ben.say("all is well").await;
    assert_eq!(ben.texts(1).await, ["all is well"]);
}
