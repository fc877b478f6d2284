//! What works without a script, and what surrounds it: sign-in, redirects, statuses, headers.

use crate::support::client::{cookie, cookie_named, location};
use crate::support::{Client, TestServer, within};
use protocol::limits::MESSAGE_BYTES_MAX;
use protocol::{MessagePage, RoomSnapshot};
use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, SET_COOKIE};
use serde::de::DeserializeOwned;

#[tokio::test]
async fn signing_in_by_name_gives_a_session_cookie_and_goes_to_the_rooms() {
    let server = TestServer::start().await;
    let client = Client::anonymous(server.address);
    let response = client.post("/login", &[("name", "Ana")]).await;
    assert_eq!((response.status().as_u16(), location(&response)), (303, "/rooms"));
    let header = response.headers()[SET_COOKIE].to_str().expect("a cookie in ASCII");
    for attribute in ["hubbub_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(header.contains(attribute), "{attribute} in {header}");
    }
    assert!(!header.contains("Secure"), "or it would not work over plain HTTP: {header}");
}

#[tokio::test]
async fn under_a_public_https_url_the_cookie_is_bound_to_tls() {
    let server = TestServer::start_with(&["--public-url=https://chat.example"]).await;
    let response = Client::anonymous(server.address).post("/login", &[("name", "Ana")]).await;
    let header = response.headers()[SET_COOKIE].to_str().expect("a cookie in ASCII");
    assert!(
        header.starts_with("__Host-hubbub_session=") && header.contains("; Secure"),
        "{header}"
    );
}

#[tokio::test]
async fn a_name_in_use_is_refused_in_all_its_spellings_with_a_free_one() {
    let server = TestServer::start().await;
    let ana = server.client("Ana Lee").await;
    ana.get("/rooms").await;
    let client = Client::anonymous(server.address);
    for same in ["Ana Lee", " ana  LEE ", "Ana\u{a0}Lee"] {
        let response = client.post("/login", &[("name", same)]).await;
        assert_eq!(response.status(), 409, "{same:?}");
        assert_eq!(cookie_named(&response, "hubbub_session"), None);
        let page = within(response.text()).await.expect("a page");
        assert!(page.to_lowercase().contains("ana lee 2"), "a free name is suggested");
    }
    ana.post("/logout", &[]).await;
    assert_eq!(client.post("/login", &[("name", "ana lee")]).await.status(), 303);
}

#[tokio::test]
async fn names_that_cannot_be_shown_are_refused() {
    let server = TestServer::start().await;
    let client = Client::anonymous(server.address);
    for bad in ["", "  ", "a\u{202e}b", "\u{200b}", &"x".repeat(33)] {
        assert_eq!(client.post("/login", &[("name", bad)]).await.status(), 422, "{bad:?}");
    }
}

#[tokio::test]
async fn a_new_sign_in_of_the_same_browser_replaces_its_session() {
    let server = TestServer::start().await;
    let mut client = server.client("Ana").await;
    let before = client.cookie.clone();
    let response = client.post("/login", &[("name", "ANA")]).await;
    assert_eq!(response.status(), 303, "its own name is not somebody else's");
    let after = cookie(&response);
    assert_ne!(before.as_ref(), Some(&after), "a new token");
    assert_eq!(client.get("/rooms").await.status(), 303, "the old one has ended");
    client.cookie = Some(after);
    assert_eq!(client.get("/rooms").await.status(), 200);
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_with_signing_out() {
    let server = TestServer::start().await;
    let mut client = server.client("Ana").await;
    let server = server.restart().await;
    client.address = server.address;
    assert_eq!(client.get("/rooms").await.status(), 200);
    let response = client.post("/logout", &[]).await;
    assert_eq!((response.status().as_u16(), location(&response)), (303, "/login"));
    let response = client.get("/rooms").await;
    assert_eq!(response.status(), 303, "the cookie alone is worth nothing");
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_through_login_and_back() {
    let server = TestServer::start().await;
    let client = Client::anonymous(server.address);
    assert_eq!(location(&client.get("/").await), "/rooms");
    let response = client.get("/rooms/general").await;
    assert_eq!(location(&response), "/login?next=%2Frooms%2Fgeneral");
    let form = [("name", "Ana"), ("next", "/rooms/general")];
    assert_eq!(location(&client.post("/login", &form).await), "/rooms/general");
    let form = [("name", "Ben"), ("next", "//evil.example")];
    assert_eq!(location(&client.post("/login", &form).await), "/rooms");
}

async fn read<T: DeserializeOwned>(client: &Client, path: &str) -> T {
    let text = within(client.get(path).await.text()).await.expect("a body");
    serde_json::from_str(&text).expect("what was asked for")
}

#[tokio::test]
async fn a_room_s_page_is_bounded_in_bytes_and_the_rest_can_be_read() {
    const PAGE_BYTES_MAX: usize = 256 * 1024;
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let mut socket = client.connect().await;
    let long = "x".repeat(MESSAGE_BYTES_MAX - 16);
    for number in 1..=20 {
        socket.say(&format!("line-{number}-{long}")).await;
    }
    let page = within(client.get("/rooms/general").await.text()).await.expect("a page");
    assert!(page.contains("line-20-x") && !page.contains("line-8-x"), "the last ones");
    assert!(page.len() <= PAGE_BYTES_MAX, "{} bytes", page.len());
    let shown = read::<RoomSnapshot>(&client, "/api/room?slug=general").await.page;
    let bytes: usize = shown.messages.iter().map(|message| message.text.len()).sum();
    assert!(bytes <= PAGE_BYTES_MAX && shown.has_older, "{bytes}");
    let first = shown.messages[0].seq;
    let older = format!("/api/history?room=1&before={first}");
    let older = read::<MessagePage>(&client, &older).await;
    assert_eq!(older.messages.last().map(|message| message.seq.next()), Some(first));
}

#[tokio::test]
async fn the_room_s_page_has_its_last_50_messages_and_its_form_posts_another() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let mut socket = client.connect().await;
    for number in 1..=51 {
        socket.say(&format!("line-{number}.")).await;
    }
    let page = within(client.get("/rooms/general").await.text()).await.expect("a page");
    assert!(page.contains("line-51.") && page.contains("line-2.") && !page.contains("line-1."));

    let key = uuid::Uuid::new_v4().to_string();
    for _ in 0..2 {
        let form = [("text", "from a form\r\n<b>"), ("key", key.as_str())];
        let response = client.post("/rooms/general/messages", &form).await;
        assert_eq!((response.status().as_u16(), location(&response)), (303, "/rooms/general"));
    }
    let mut reader = server.member("Ben").await;
    assert_eq!(reader.texts(52).await[51], "from a form\n<b>");
    // Back in the browser, something else is written into the same form.
    for _ in 0..2 {
        let form = [("text", "and another"), ("key", key.as_str())];
        let response = client.post("/rooms/general/messages", &form).await;
        assert_eq!(response.status(), 303);
    }
    client.post("/rooms/general/messages", &[("text", "the last")]).await;
    assert_eq!(reader.texts(54).await[52..], ["and another", "the last"]);
    let response = client.post("/rooms/general/messages", &[("text", " "), ("key", &key)]).await;
    assert_eq!(response.status(), 422);
}

#[tokio::test]
async fn rooms_are_created_by_form_and_slugs_stay_apart() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    for (name, page) in [
        ("Cafe", "/rooms/cafe"),
        ("Café", "/rooms/cafe-2"),
        ("日本", "/rooms/ri-ben"),
        ("🏳\u{fe0f}\u{200d}🌈", "/rooms/flag-white-rainbow"),
        ("★", "/rooms/room"),
    ] {
        let response = client.post("/rooms", &[("name", name)]).await;
        assert_eq!((response.status().as_u16(), location(&response)), (303, page));
        assert_eq!(client.get(page).await.status(), 200);
    }
    assert_eq!(client.post("/rooms", &[("name", "CAFE")]).await.status(), 409);
    assert_eq!(client.post("/rooms", &[("name", "\u{0}")]).await.status(), 422);
}

#[tokio::test]
async fn other_spellings_of_an_address_lead_to_the_page() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    for (typed, page) in [
        ("/rooms/General", "/rooms/general"),
        ("/rooms/general/", "/rooms/general"),
        ("/rooms/%67eneral?x=1", "/rooms/general?x=1"),
        ("/rooms/Big%20Plans", "/rooms/big-plans"),
        ("/rooms/", "/rooms"),
        ("/login/?next=%2Frooms", "/login?next=%2Frooms"),
    ] {
        let response = client.get(typed).await;
        assert_eq!((response.status().as_u16(), location(&response)), (308, page), "{typed}");
    }
}

#[tokio::test]
async fn forms_and_sockets_pass_when_only_a_port_of_the_web_differs() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    for (origin, host, status) in [
        ("https://chat.example.org", "chat.example.org:443", 303),
        ("http://chat.example.org", "chat.example.org:80", 303),
        ("http://127.0.0.1:3000", "127.0.0.1", 403),
    ] {
        let form = client.form("/rooms/general/messages", &[("text", "hi")]);
        let request = form.header("origin", origin).header("host", host);
        let response = within(request.send()).await.expect("an answer");
        assert_eq!(response.status(), status, "{origin} to {host}");
        if status == 403 {
            let words = within(response.text()).await.expect("words");
            assert!(words.contains("HUBBUB_PUBLIC_URL"), "which setting mends it");
        }
        let check =
            client.request(reqwest::Method::GET, &format!("/api/socket-check?origin={origin}"));
        let answer = within(check.header("host", host).send()).await.expect("an answer");
        let mends = within(answer.text()).await.expect("an answer");
        assert_eq!(mends.contains("HUBBUB_PUBLIC_URL"), status == 403, "{mends}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    for path in ["/rooms/nowhere", "/nowhere", "/pkg/nowhere.js", "/rooms/general/nowhere"] {
        assert_eq!(client.get(path).await.status(), 404, "{path}");
    }
    let form = [("text", "hi"), ("key", "7f3a8f6e-35a5-4f0a-9f6f-4a3c3f0e8a11")];
    assert_eq!(client.post("/rooms/nowhere/messages", &form).await.status(), 404);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = client.form("/logout", &[]).header(name, value);
        assert_eq!(within(request.send()).await.expect("an answer").status(), 403, "{name}");
    }
    assert_eq!(client.get("/rooms").await.status(), 200, "still signed in");
}

#[tokio::test]
async fn pages_are_private_and_run_nothing_foreign() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let response = client.get("/rooms/general").await;
    let headers = response.headers();
    assert_eq!(headers[CACHE_CONTROL], "no-store, no-transform");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "same-origin");
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().expect("ASCII").to_owned();
    for part in
        ["script-src 'nonce-", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe-inline"));
    let nonce = policy.split('\'').find_map(|part| part.strip_prefix("nonce-")).expect("a nonce");
    let page = within(response.text()).await.expect("a page");
    assert!(page.contains(&format!("nonce=\"{nonce}\"")), "the scripts carry the nonce");
    let second = client.get("/rooms/general").await;
    assert!(!second.headers()[CONTENT_SECURITY_POLICY].to_str().expect("ASCII").contains(nonce));
}

#[tokio::test]
async fn reading_over_the_api_needs_a_session() {
    let server = TestServer::start().await;
    let response = Client::anonymous(server.address).get("/api/room?slug=general").await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn probes_say_that_the_server_is_up_and_ready() {
    let server = TestServer::start().await;
    let client = Client::anonymous(server.address);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(client.get(path).await.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn files_without_a_hash_in_their_name_are_asked_for_again() {
    let server = TestServer::start().await;
    server.add_site_file("pkg/app.js", "1");
    let client = Client::anonymous(server.address);
    let found = client.get("/pkg/app.js").await;
    assert_eq!(found.headers()[CACHE_CONTROL], "no-cache");
    let missing = client.get("/pkg/other.js").await;
    assert_eq!(missing.status(), 404);
    assert!(!missing.headers().contains_key(CACHE_CONTROL));
}

#[tokio::test]
async fn a_title_is_the_words_alone() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    ana.post("/rooms", &[("name", "R&D <3")]).await;
    for (path, title) in [("/rooms", "Rooms · Hubbub"), ("/rooms/r-d-3", "R&amp;D &lt;3 · Hubbub")]
    {
        let page = ana.get(path).await.text().await.expect("a page");
        assert!(page.contains(&format!("<title>{title}</title>")), "{path}");
    }
}
