//! The list of rooms: what everybody follows stays small, and all rooms are found in pages.

use crate::support::{Client, ROOM, Socket, TestServer, within};
use futures_util::future::join_all;
use protocol::limits::{ROOM_NAME_CHARS_MAX, ROOMS_LISTED};
use protocol::{ErrorCode, RoomId, RoomList, RoomSummary, ServerFrame};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::json;
use std::collections::BTreeSet;

/// What a page may weigh in bytes, before it is compressed, however many rooms there are.
const PAGE_BYTES_MAX: usize = 100_000;

/// The same of a frame.
const FRAME_BYTES_MAX: usize = 10_000;

const LISTED: usize = ROOMS_LISTED as usize;

async fn text(client: &Client, path: &str) -> String {
    let response = client.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    within(response.text()).await.expect("a page")
}

async fn read(client: &Client, path: &str) -> RoomList {
    serde_json::from_str(&text(client, path).await).expect("a list")
}

/// The next frame of the list: its rooms, and how many there are in all.
async fn list(socket: &mut Socket) -> (Vec<RoomSummary>, u32) {
    socket
        .wait_for(|frame| match frame {
            ServerFrame::Rooms { rooms, count } => Some((rooms.clone(), *count)),
            _ => None,
        })
        .await
}

fn names(rooms: &[RoomSummary]) -> Vec<&str> {
    rooms.iter().map(|summary| summary.room.name.as_str()).collect()
}

/// The address of a link of these words.
fn link(page: &str, words: &str) -> Option<String> {
    let before = page.split_once(&format!("\">{words}<"))?.0;
    let address = before.rsplit_once("href=\"")?.1;
    Some(address.replace("&amp;", "&"))
}

/// What stands between the tags of a page, without what is given to its script.
fn said(page: &str) -> String {
    let body = page.split_once("<body>").expect("a body").1;
    body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect()
}

#[tokio::test]
async fn however_many_rooms_a_visitor_makes_no_page_and_no_frame_grows_by_them() {
    let server = TestServer::start_with_rooms(3_000, &[]).await;
    let client = server.client("Ana").await;
    for path in ["/rooms", "/rooms/general", "/rooms?search=room", "/api/rooms"] {
        let bytes = text(&client, path).await.len();
        assert!(bytes < PAGE_BYTES_MAX, "{path} has {bytes} bytes");
    }
    let mut socket = client.connect().await;
    socket.command("watch_rooms", json!({})).await;
    let (rooms, count) = list(&mut socket).await;
    assert_eq!((rooms.len(), count), (LISTED, 3_001));
    let bytes = serde_json::to_string(&ServerFrame::Rooms { rooms, count }).expect("JSON").len();
    assert!(bytes < FRAME_BYTES_MAX, "{bytes} bytes");
}

#[tokio::test]
async fn a_message_brings_its_room_into_the_list_and_nothing_else() {
    let server = TestServer::start_with_rooms(100, &[]).await;
    let mut watcher = server.socket("Ana").await;
    watcher.command("watch_rooms", json!({})).await;
    let (rooms, _) = list(&mut watcher).await;
    assert!(!names(&rooms).contains(&"general"), "a hundred rooms are newer");
    let mut speaker = server.member("Ben").await;
    speaker.say("hello").await;
    let (rooms, count) = list(&mut watcher).await;
    assert_eq!((names(&rooms), count), (vec!["general"], 101));
    assert!(rooms[0].last_message_at.is_some());

    // Now that it is in the list, who comes is told, too.
    let _other = server.member("Cleo").await;
    loop {
        let (rooms, _) = list(&mut watcher).await;
        assert_eq!(names(&rooms), ["general"]);
        if rooms[0].here == 2 {
            break;
        }
    }
    let mut again = server.socket("Dora").await;
    again.command("watch_rooms", json!({})).await;
    let (rooms, _) = list(&mut again).await;
    assert_eq!((rooms[0].room.id, rooms.len()), (RoomId(ROOM), LISTED));
}

#[tokio::test]
async fn who_comes_to_a_room_outside_of_the_list_is_told_to_those_in_it_only() {
    let server = TestServer::start_with_rooms(100, &[]).await;
    let mut watcher = server.socket("Ana").await;
    watcher.command("watch_rooms", json!({})).await;
    list(&mut watcher).await;
    let mut member = server.member("Ben").await;
    let _other = server.member("Cleo").await;
    member
        .wait_for(|frame| match frame {
            ServerFrame::RosterChanged { count: 2, .. } => Some(()),
            ServerFrame::Roster { count: 2, .. } => Some(()),
            _ => None,
        })
        .await;
    // The next news of the list is the room that is created now.
    let id = member.command("create_room", json!({"name": "New"})).await;
    assert!(member.answer(id).await.is_ok_and(|ack| ack.created.is_some()));
    let (rooms, count) = list(&mut watcher).await;
    assert_eq!((names(&rooms), count), (vec!["New"], 102));
}

#[tokio::test]
async fn a_room_is_on_the_page_of_whoever_looks_after_it_was_made() {
    let server = TestServer::start_with_rooms(100, &[]).await;
    let (ana, ben) = (server.client("Ana").await, server.client("Ben").await);
    text(&ben, "/rooms").await;
    assert_eq!(ana.post("/rooms", &[("name", "Zebra crossing")]).await.status(), 303);
    let page = said(&text(&ben, "/rooms").await);
    assert!(page.contains("Zebra crossing") && page.contains("All 102 rooms"), "{page}");
}

#[tokio::test]
async fn the_page_of_the_rooms_leads_through_all_of_them() {
    let server = TestServer::start_with_rooms(120, &[]).await;
    let client = server.client("Ana").await;
    let (mut address, mut seen) = ("/rooms".to_owned(), BTreeSet::new());
    let mut pages = 0;
    loop {
        let page = text(&client, &address).await;
        let (_, all) = page.split_once("aria-label=\"All public rooms\"").expect("the list");
        let (all, _) = all.split_once("</ul>").expect("its end");
        for line in all.split("href=\"/rooms/").skip(1) {
            let slug = line.split_once('"').expect("an address").0;
            assert!(seen.insert(slug.to_owned()), "{slug} is there twice");
        }
        assert!(page.contains("All 121 rooms, by name"));
        assert_eq!(link(&page, "First page").is_some(), pages > 0);
        pages += 1;
        let Some(next) = link(&page, "Next page") else { break };
        address = next;
    }
    assert_eq!((pages, seen.len()), (3, 121));
}

#[tokio::test]
async fn few_rooms_are_one_list_of_all() {
    let server = TestServer::start().await;
    let page = text(&server.client("Ana").await, "/rooms").await;
    assert!(page.contains("aria-label=\"All public rooms\"") && page.contains("type=\"search\""));
    assert_eq!(page.matches("href=\"/rooms/general\"").count(), 1);
    assert_eq!(link(&page, "Next page"), None);
}

#[tokio::test]
async fn a_room_is_found_by_part_of_its_name_however_it_is_written() {
    let server = TestServer::start_with_rooms(60, &[]).await;
    let client = server.client("Ana").await;
    for name in ["Big Plans", "Plan B"] {
        assert_eq!(client.post("/rooms", &[("name", name)]).await.status(), 303);
    }
    // In full width, as some keyboards type it.
    let page = text(&client, "/rooms?search=%EF%BC%B0LAN").await;
    let words = said(&page);
    assert!(words.contains("2 rooms found"), "{words}");
    assert!(words.contains("Big Plans") && words.contains("Plan B"), "{words}");
    assert_eq!(link(&page, "All rooms").as_deref(), Some("/rooms"));
    assert!(page.contains("value=\"ＰLAN\""), "what was typed is still in its field");
    let page = text(&client, "/rooms?search=room").await;
    assert!(said(&page).contains("60 rooms found"));
    let next = link(&page, "Next page").expect("more than one page");
    assert!(next.starts_with("/rooms?search=room&after="), "{next}");
    assert_eq!(said(&text(&client, &next).await).matches("Room 0000").count(), 10);
}

#[tokio::test]
async fn the_words_of_a_search_are_never_said_by_the_page() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let page = text(&client, "/rooms?search=Call+%3Cb%3E555%3C%2Fb%3E+now").await;
    let words = said(&page);
    assert!(words.contains("No room has this in its name."), "{words}");
    assert!(!words.contains("555"), "{words}");
    assert!(page.contains("value=\"Call &lt;b&gt;555&lt;/b&gt; now\""), "only in the field");
}

#[tokio::test]
async fn what_cannot_be_answered_gets_a_status_that_says_so() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let long = "x".repeat(ROOM_NAME_CHARS_MAX + 1);
    for (query, status, code) in [
        ("after=nowhere".to_owned(), 404, ErrorCode::UnknownRoom),
        ("after=999".to_owned(), 404, ErrorCode::UnknownRoom),
        (format!("search={long}"), 422, ErrorCode::RoomNameInvalid),
    ] {
        assert_eq!(client.get(&format!("/rooms?{query}")).await.status(), status, "{query}");
        let answer = client.get(&format!("/api/rooms?{query}")).await;
        assert_eq!(answer.status(), status, "{query}");
        let said = within(answer.text()).await.expect("a body");
        assert_eq!(said, format!("\"{code}\""), "{query}");
    }
    let page = client.get(&format!("/rooms?search={long}")).await;
    let page = within(page.text()).await.expect("a page");
    assert!(said(&page).contains("too long") && page.contains(&format!("value=\"{long}\"")));
    for odd in
        ["search=%00%00%00", "search=%22%22%22", "search=%FF", "search=%E2%80%AE", "&&=", "x"]
    {
        assert_eq!(client.get(&format!("/rooms?{odd}")).await.status(), 200, "{odd}");
        assert_eq!(client.get(&format!("/api/rooms?{odd}")).await.status(), 200, "{odd}");
    }
    let nobody = Client::anonymous(server.address);
    assert_eq!(nobody.get("/rooms?search=a").await.status(), 303);
    assert_eq!(nobody.get("/api/rooms").await.status(), 401);
}

#[tokio::test]
async fn a_program_reads_all_rooms_in_pages_and_finds_some() {
    let server = TestServer::start_with_rooms(120, &[]).await;
    let client = server.client("Ana").await;
    let _here = server.member("Ben").await;
    let first = read(&client, "/api/rooms").await;
    assert_eq!((first.rooms.len(), first.count), (LISTED, 121));
    let general = first.rooms.first().expect("a room");
    assert_eq!((general.room.name.as_str(), general.here), ("general", 1));
    let next = first.next.expect("a next page");
    let second = read(&client, &format!("/api/rooms?after={next}")).await;
    assert_eq!(names(&second.rooms)[0], "Room 000049");
    let found = read(&client, "/api/rooms?search=ROOM++000042").await;
    assert_eq!((names(&found.rooms), found.count, found.next), (vec!["Room 000042"], 1, None));
}

#[tokio::test]
async fn reading_rooms_counts_as_reading_and_who_reads_too_much_gets_a_page_of_ours() {
    let server = TestServer::start_with(&["--reads-per-second=1"]).await;
    let client = server.client("Mallory").await;
    for (path, kind) in [
        ("/rooms?search=a", "text/html"),
        ("/nowhere", "text/html"),
        ("/api/rooms", "application/json"),
    ] {
        let answers = join_all((0..10).map(|_| client.get(path))).await;
        let refused = answers.into_iter().find(|answer| answer.status() == 429);
        let refused = refused.expect("a refusal");
        assert_eq!(refused.headers()[RETRY_AFTER], "1", "{path}");
        let said_kind = refused.headers()[CONTENT_TYPE].to_str().expect("ASCII");
        assert!(said_kind.starts_with(kind), "{path}: {said_kind}");
        let body = within(refused.text()).await.expect("a body");
        if kind == "text/html" {
            assert!(said(&body).contains("One moment") && body.contains("stylesheet"), "{body}");
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_reads_out_of_the_allowance_of_their_address() {
    let flags = ["--guest-reads-per-minute=2", "--trusted-proxies=127.0.0.0/8"];
    let server = TestServer::start_with(&flags).await;
    let get = async |path: &str, address: &str| {
        let client = Client::anonymous(server.address);
        let request = client.request(reqwest::Method::GET, path);
        let request = request.header("x-forwarded-for", address);
        within(request.send()).await.expect("an answer")
    };
    assert_eq!(get("/login", "192.0.2.1").await.status(), 200);
    assert_eq!(get("/rooms", "192.0.2.1").await.status(), 303);
    for path in ["/login", "/rooms", "/rooms/general", "/logout", "/nowhere"] {
        let refused = get(path, "192.0.2.1").await;
        assert_eq!(refused.status(), 429, "{path}");
        assert!(refused.headers().contains_key(RETRY_AFTER), "{path}");
    }
    assert_eq!(get("/login", "192.0.2.2").await.status(), 200, "another address has its own");
    let client = server.client("Ana").await;
    for _ in 0..5 {
        assert_eq!(client.get("/rooms").await.status(), 200, "who is signed in has their own");
    }
}
