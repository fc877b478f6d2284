//! Whose a page and a socket are: another user, store or protocol is noticed before anything is done.

use crate::support::{Client, TestServer, within};
use protocol::{Epoch, PROTOCOL_VERSION, PageIdentity, UserId};
use reqwest::Method;

const ANA: UserId = UserId(1);
const SOMEBODY_ELSE: UserId = UserId(2);

/// The status of a read by a page that says whose it is.
async fn read_as(client: &Client, page: &str) -> (u16, String) {
    ask_as(client, page, "/api/room?slug=general").await
}

async fn ask_as(client: &Client, page: &str, path: &str) -> (u16, String) {
    let request = client.request(Method::GET, path).header("Hubbub-Page", page);
    let response = within(request.send()).await.expect("an answer");
    (response.status().as_u16(), within(response.text()).await.expect("a body"))
}

#[tokio::test]
async fn a_page_reads_only_for_its_own_user_store_and_protocol() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let epoch = client.connect().await.epoch;
    let own = PageIdentity { protocol: PROTOCOL_VERSION, epoch, user: ANA };
    assert_eq!(read_as(&client, &own.to_string()).await.0, 200);
    for stale in [
        PageIdentity { protocol: PROTOCOL_VERSION - 1, ..own },
        PageIdentity { epoch: Epoch::default(), ..own },
        PageIdentity { user: SOMEBODY_ELSE, ..own },
    ] {
        let refused = (409, "\"stale_page\"".to_owned());
        assert_eq!(read_as(&client, &stale.to_string()).await, refused, "{stale}");
    }
    assert_eq!(read_as(&client, "nobody's").await.0, 409);
    assert_eq!(client.get("/api/room?slug=general").await.status(), 200, "programs need not say");
}

#[tokio::test]
async fn a_page_learns_whether_its_session_lives_without_a_read() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let epoch = ana.connect().await.epoch;
    let page = PageIdentity { protocol: PROTOCOL_VERSION, epoch, user: ANA }.to_string();
    let answer = async |client: &Client| ask_as(client, &page, "/api/session").await;
    assert_eq!(answer(&ana).await, (200, r#"{"id":1,"name":"Ana"}"#.to_owned()));
    let bea = server.client("Bea").await;
    assert_eq!(answer(&bea).await.0, 409);
    ana.post("/logout", &[]).await;
    assert_eq!(answer(&ana).await.0, 401);
}

#[tokio::test]
async fn whoever_signs_in_next_at_a_browser_answers_for_none_of_the_pages_before() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let epoch = ana.connect().await.epoch;
    let page = PageIdentity { protocol: PROTOCOL_VERSION, epoch, user: ANA }.to_string();
    ana.post("/logout", &[]).await;
    assert_eq!(read_as(&ana, &page).await.0, 401, "nobody is signed in");
    let bea = server.client("Bea").await;
    assert_eq!(read_as(&bea, &page).await.0, 409, "somebody else is");
}

#[tokio::test]
async fn a_page_carries_its_identity_where_somebody_is_signed_in() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let epoch = client.connect().await.epoch;
    let page = within(client.get("/rooms/general").await.text()).await.expect("a page");
    assert!(page.contains(&epoch.to_string()), "the page of a signed-in user says its epoch");
    let anonymous = Client::anonymous(server.address).get("/login").await;
    let page = within(anonymous.text()).await.expect("a page");
    assert!(!page.contains(&epoch.to_string()), "nobody's page says nothing");
}

#[tokio::test]
async fn the_epoch_outlives_a_restart_and_is_new_once_its_row_was_deleted() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let first = client.connect().await.epoch;
    let server = server.restart().await;
    let client = client.at(&server);
    assert_eq!(client.connect().await.epoch, first);

    let data = server.stop().await;
    let database = rusqlite::Connection::open(data.path().join("hubbub.db")).expect("a database");
    database.execute("DELETE FROM epoch", []).expect("the documented way");
    drop(database);
    let server = TestServer::start_in(data, &[]).await;
    let client = client.at(&server);
    assert_ne!(client.connect().await.epoch, first);
}
