//! What stands in the log, and what must not.

use crate::support::{Client, Program, within};
use reqwest::Method;
use serde_json::json;

const NAME: &str = "Zebulon Quartz";
const ROOM_NAME: &str = "Plumbus Fleeb";
const TEXT: &str = "xylophone-marmalade";

#[tokio::test]
async fn the_log_has_no_names_texts_tokens_or_addresses() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let flags = ["--log=info,server=trace", "--commands-per-second=3", "--sign-ins-per-minute=3"];
    let mut program = Program::start_with(&data, &flags);
    let client = Client::sign_in(program.address, NAME).await;
    let mut socket = client.connect().await;
    socket.say(TEXT).await;
    // What goes wrong is logged most.
    socket.send_text(format!("{{\"send\":{{\"text\":\"{TEXT}\"")).await;
    socket.error().await;
    client.post("/rooms", &[("name", ROOM_NAME)]).await;
    for _ in 0..10 {
        client.post("/rooms/general/messages", &[("text", TEXT), ("key", "no key")]).await;
        Client::anonymous(program.address).post("/login", &[("name", NAME)]).await;
    }
    let foreign = client.request(Method::GET, "/ws").header("origin", "https://evil.example");
    within(foreign.send()).await.expect("an answer");
    let forwarded =
        client.form("/login", &[("name", NAME)]).header("x-forwarded-for", "192.0.2.77");
    within(forwarded.send()).await.expect("an answer");
    socket.command("create_room", json!({"name": ROOM_NAME})).await;
    client.post("/logout", &[]).await;
    drop(socket);
    program.signal("TERM");
    assert!(program.exit().success());

    let log = program.rest_of_log();
    assert!(log.iter().any(|line| line.contains("signed in") && line.contains("user.id=1")));
    let token =
        client.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).expect("a token").1;
    for line in &log {
        for secret in [NAME, ROOM_NAME, TEXT, token, "127.0.0.1", "192.0.2.77"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}
