//! How long a session lives, by a clock that is turned.

use crate::support::{Client, TestServer};
use protocol::CloseCode;
use server::chat::Clock;
use std::time::Duration;
use tokio::time::{Instant, pause, resume};

const DAY: Duration = Duration::from_hours(24);

async fn is_signed_in(client: &Client) -> bool {
    client.get("/rooms").await.status() == 200
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_for_14_days() {
    let clock = Clock::default();
    let server = TestServer::start_with_clock(&clock).await;
    let client = server.client("Ana").await;
    clock.advance(13 * DAY);
    assert!(is_signed_in(&client).await, "13 days");
    clock.advance(13 * DAY);
    assert!(is_signed_in(&client).await, "13 days after it was used");
    clock.advance(15 * DAY);
    assert!(!is_signed_in(&client).await, "15 days after it was used");
    assert_eq!(
        Client::anonymous(server.address).post("/login", &[("name", "Ana")]).await.status(),
        303,
        "its name is free"
    );
}

#[tokio::test]
async fn a_session_ends_after_90_days_however_much_it_is_used() {
    let clock = Clock::default();
    let server = TestServer::start_with_clock(&clock).await;
    let client = server.client("Ana").await;
    for day in (10..90).step_by(10) {
        clock.advance(10 * DAY);
        assert!(is_signed_in(&client).await, "day {day}");
    }
    clock.advance(10 * DAY);
    assert!(!is_signed_in(&client).await, "day 90");
}

#[tokio::test]
async fn an_open_tab_renews_its_session() {
    let clock = Clock::default();
    let server = TestServer::start_with_clock(&clock).await;
    let client = server.client("Ana").await;
    let mut tab = client.connect().await;
    clock.advance(13 * DAY);
    pause();
    // It answers pings and does nothing else.
    let passed = tab.listen_for(Duration::from_secs(4_000)).await;
    assert_eq!(passed, None, "the tab stays");
    resume();
    tab.is_served().await;
    clock.advance(13 * DAY);
    assert!(is_signed_in(&client).await, "26 days after signing in, 13 after the tab was there");
}

#[tokio::test]
async fn a_tab_notices_within_about_an_hour_that_its_session_is_gone() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let mut tab = client.connect().await;
    // As docs/operations.md says it for a name that somebody is locked out of.
    let operator = rusqlite::Connection::open(server.database()).expect("the database");
    operator.busy_timeout(Duration::from_secs(5)).expect("a time");
    operator
        .execute(
            "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE name_key = 'ana')",
            [],
        )
        .expect("the session ends");
    pause();
    let started = Instant::now();
    let code = tab.listen_for(Duration::from_secs(3 * 3_600)).await;
    assert_eq!(code, Some(CloseCode::SignedOut.number()));
    // While the store is asked this clock runs on by some seconds.
    assert!(started.elapsed() < Duration::from_mins(75), "{:?}", started.elapsed());
}
