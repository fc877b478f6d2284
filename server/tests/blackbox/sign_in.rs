//! Signing in and out by form: once however often it is sent, with a cookie that is kept, under names that people have.

use crate::support::client::{cookie, cookie_named, hidden_field, location};
use crate::support::{Client, TestServer, within};
use reqwest::Response;

async fn text(response: Response) -> String {
    within(response.text()).await.expect("a page")
}

/// The page to sign in, and a browser that has kept the cookie that came with it.
async fn at_the_door(server: &TestServer, path: &str) -> (Client, String) {
    let mut client = Client::anonymous(server.address);
    let response = client.get(path).await;
    assert_eq!(response.status(), 200);
    client.cookie = Some(cookie_named(&response, "hubbub_visit").expect("a cookie to keep"));
    let page = text(response).await;
    (client, page)
}

#[tokio::test]
async fn the_form_sent_twice_at_once_is_one_sign_in() {
    let server = TestServer::start().await;
    let (client, page) = at_the_door(&server, "/login").await;
    let key = hidden_field(&page, "key").expect("a key");
    let form = [("name", "Ana"), ("key", key.as_str())];
    let (one, other) = tokio::join!(client.post("/login", &form), client.post("/login", &form));
    assert_eq!((one.status().as_u16(), other.status().as_u16()), (303, 303));
    assert_eq!(cookie(&one), cookie(&other), "one session, whichever answer arrives");

    // Also when the first answer was used already.
    let mut ana = Client::anonymous(server.address);
    ana.cookie = Some(cookie(&one));
    assert_eq!(ana.get("/rooms").await.status(), 200);
    let late = client.post("/login", &form).await;
    assert_eq!((late.status().as_u16(), cookie(&late)), (303, cookie(&one)));
    let stranger = Client::anonymous(server.address);
    assert_eq!(stranger.post("/login", &[("name", "Ana")]).await.status(), 409);
}

#[tokio::test]
async fn a_form_whose_session_has_ended_signs_in_anew() {
    let server = TestServer::start().await;
    let (client, page) = at_the_door(&server, "/login").await;
    let key = hidden_field(&page, "key").expect("a key");
    let form = [("name", "Ana"), ("key", key.as_str())];
    let mut ana = Client::anonymous(server.address);
    ana.cookie = Some(cookie(&client.post("/login", &form).await));
    ana.post("/logout", &[]).await;
    let again = cookie(&client.post("/login", &form).await);
    assert_ne!(ana.cookie.as_ref(), Some(&again));
    ana.cookie = Some(again);
    assert_eq!(ana.get("/rooms").await.status(), 200);
}

#[tokio::test]
async fn a_sign_in_whose_answer_was_lost_is_repeated_and_only_one_holds_the_name() {
    let server = TestServer::start().await;
    let client = Client::anonymous(server.address);
    let lost = client.post("/login", &[("name", "Ana")]).await;
    let again = client.post("/login", &[("name", "Ana")]).await;
    assert_eq!((lost.status().as_u16(), again.status().as_u16()), (303, 303));
    let status = async |response: &Response| {
        let mut client = Client::anonymous(server.address);
        client.cookie = Some(cookie(response));
        client.get("/rooms").await.status().as_u16()
    };
    assert_eq!(status(&again).await, 200);
    assert_eq!(status(&lost).await, 303, "the first has ended");
    assert_eq!(client.post("/login", &[("name", "Ana")]).await.status(), 409, "it is in use now");
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_is_told_so_and_burns_no_name() {
    let server = TestServer::start().await;
    let browser = Client::anonymous(server.address);
    let page = text(browser.get("/login?next=%2Frooms%2Fgeneral").await).await;
    let key = hidden_field(&page, "key").expect("a key");
    let form = [("name", "Ana"), ("key", key.as_str()), ("next", "/rooms/general")];
    let response = browser.post("/login", &form).await;
    assert_eq!(response.status(), 400);
    assert_eq!(cookie_named(&response, "hubbub_session"), None);
    let page = text(response).await;
    assert!(page.contains("This browser did not keep the cookie"));
    assert!(page.contains("role=\"alert\""));
    assert!(page.contains("value=\"Ana\""), "the name is still there");
    assert_eq!(hidden_field(&page, "next").as_deref(), Some("/rooms/general"));
    server.client("Ana").await;
}

#[tokio::test]
async fn where_the_cookie_is_for_tls_only_the_page_names_the_address_and_the_setting() {
    let server = TestServer::start_with(&["--public-url=https://chat.example"]).await;
    let browser = Client::anonymous(server.address);
    let key = uuid::Uuid::new_v4().to_string();
    let page = text(browser.post("/login", &[("name", "Ana"), ("key", &key)]).await).await;
    assert!(page.contains("href=\"https://chat.example\"") && page.contains("HUBBUB_PUBLIC_URL"));
}

#[tokio::test]
async fn who_signed_in_in_another_tab_goes_where_this_one_wanted_to_go() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let response = client.get("/login?next=%2Frooms%2Fgeneral%3Fx=1").await;
    assert_eq!((response.status().as_u16(), location(&response)), (303, "/rooms/general?x=1"));
    for next in ["", "?next=%2F%2Fevil.example", "?next=https%3A%2F%2Fevil.example", "?next=%5C"] {
        let response = client.get(&format!("/login{next}")).await;
        assert_eq!(location(&response), "/rooms", "{next}");
    }
}

#[tokio::test]
async fn nothing_of_a_link_s_query_is_shown_but_where_it_leads() {
    let server = TestServer::start().await;
    let link = "/login?error=user_name_taken&name=Evil&suggestion=Call+555&text=Evil&room=Evil&next=%2F%2Fevil.example";
    let page = text(Client::anonymous(server.address).get(link).await).await;
    let body = page.split("<body").nth(1).expect("a body");
    for words in ["Evil", "555", "evil.example", "signed in under", "Go on as"] {
        assert!(!body.contains(words), "{words}");
    }
    let ana = server.client("Ana").await;
    let link = "/rooms?error=room_exists&slug=..%2F..%2Flogout&name=Evil";
    let page = text(ana.get(link).await).await;
    let body = page.split("<body").nth(1).expect("a body");
    for words in ["Evil", "../..", "already", "role=\"alert\""] {
        assert!(!body.contains(words), "{words}");
    }
}

#[tokio::test]
async fn names_that_people_have_are_names_and_a_refusal_says_which_character() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    for name in ["☕️ Coffee", "👩‍🚀 Crew", "🏳️‍🌈", "Product · Design", "🦀 Rust", "محـمد"]
    {
        server.client(name).await;
        assert_eq!(ana.post("/rooms", &[("name", name)]).await.status(), 303, "{name}");
    }
    let anonymous = Client::anonymous(server.address);
    for (path, client) in [("/login", &anonymous), ("/rooms", &ana)] {
        for (name, words) in [
            ("a\u{200b}b", "U+200B"),
            ("a\u{202e}b", "direction"),
            ("!!!", "a letter, a digit or an emoji"),
            ("", "type a name"),
            (&"x".repeat(49), "too long"),
        ] {
            let response = client.post(path, &[("name", name)]).await;
            assert_eq!(response.status(), 422, "{path} {name:?}");
            let page = text(response).await;
            assert!(page.contains(words), "{path} {name:?} is refused with {words}");
        }
    }
}

#[tokio::test]
async fn a_name_of_any_length_gets_its_status_and_the_page_with_what_was_typed() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let anonymous = Client::anonymous(server.address);
    let long = "é".repeat(11_000);
    for (path, client) in [("/login", &anonymous), ("/rooms", &ana)] {
        let response = client.post(path, &[("name", &long)]).await;
        assert_eq!(response.status(), 422, "{path}");
        assert!(text(response).await.contains(&format!("value=\"{long}\"")), "{path}");
        // Too large to be taken at all, but read to its end, or the browser would show no answer.
        let response = client.post(path, &[("name", &"x".repeat(3_000_000))]).await;
        assert_eq!(response.status(), 413, "{path}");
        assert!(text(response).await.contains("far too long"), "{path}");
    }
}

#[tokio::test]
async fn look_alikes_are_one_name() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    assert_eq!(ana.get("/rooms").await.status(), 200);
    let stranger = Client::anonymous(server.address);
    let response = stranger.post("/login", &[("name", "\u{410}na")]).await;
    assert_eq!(response.status(), 409);
    let response = ana.post("/rooms", &[("name", "g\u{435}neral")]).await;
    assert_eq!(response.status(), 409);
    assert!(
        text(response).await.contains("href=\"/rooms/general\""),
        "the way to the one there is"
    );
    for name in ["Ольга", "Όλγα"] {
        server.client(name).await;
    }
}

#[tokio::test]
async fn a_link_to_sign_out_asks_first() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let response = ana.get("/logout").await;
    assert_eq!(response.status(), 200);
    let page = text(response).await;
    assert!(page.contains("Sign out?") && page.contains("action=\"/logout\""));
    assert_eq!(ana.get("/rooms").await.status(), 200, "still signed in");
    let stranger = Client::anonymous(server.address);
    assert_eq!(location(&stranger.get("/logout").await), "/login");
}

#[tokio::test]
async fn who_signs_in_after_somebody_signed_out_does_not_land_where_they_were() {
    let server = TestServer::start().await;
    let mut browser = server.client("Ana").await;
    let left = browser.post("/logout", &[]).await;
    assert_eq!(location(&left), "/login");
    let left = cookie_named(&left, "hubbub_left");
    assert!(left.is_some());
    // One may hear of it from its socket, and ask, before the browser has the answer with the cookie.
    for cookie in [browser.cookie.clone(), left] {
        browser.cookie = cookie;
        let other_tab = browser.get("/login?next=%2Frooms%2Fgeneral").await;
        assert_eq!((other_tab.status().as_u16(), location(&other_tab)), (303, "/login"));
    }
    assert_eq!(browser.get("/login").await.status(), 200);
    let next = browser.post("/login", &[("name", "Bea")]).await;
    assert_eq!(location(&next), "/rooms");
    assert_eq!(cookie_named(&next, "hubbub_left").as_deref(), Some("hubbub_left="), "forgotten");
}
