//! Who takes their time is not waited for longer than was said. The clock here jumps to the next moment for which anybody
//! waits, so that half a minute takes as long as the computer needs for it.

use crate::support::raw::{self, RawFrame, RawSocket};
use crate::support::{ROOM, TestServer};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, pause, resume, sleep};

/// Reads until the server hangs up, and gives what came and after which time.
async fn hung_up(mut stream: TcpStream) -> (String, f32) {
    let started = Instant::now();
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer).await;
    (String::from_utf8_lossy(&answer).into_owned(), started.elapsed().as_secs_f32())
}

#[tokio::test]
async fn headers_have_to_come_within_15_seconds() {
    for begun in [&b"GET /login HTTP/1.1\r\nHost: x\r\n"[..], b"GET /lo", b"PRI * HT", b""] {
        let server = TestServer::start().await;
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(begun).await.expect("half a request");
        pause();
        let (answer, seconds) = hung_up(stream).await;
        assert!((14.0..20.0).contains(&seconds), "{seconds} s after {begun:?}");
        assert!(!answer.contains("200 OK"), "{answer}");
        resume();
    }
}

#[tokio::test]
async fn a_request_has_to_be_done_within_30_seconds() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let head = "POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\nname=";
    stream.write_all(head.as_bytes()).await.expect("half a request");
    pause();
    let (answer, seconds) = hung_up(stream).await;
    assert!((29.0..40.0).contains(&seconds), "{seconds} s");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up_after_30_seconds() {
    const FILE_BYTES: usize = 16 * 1024 * 1024;
    let server = TestServer::start().await;
    server.add_site_file("pkg/large.js", &"x".repeat(FILE_BYTES));
    let mut stream = raw::connect(server.address).await;
    stream.write_all(b"GET /pkg/large.js HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a request");
    stream.readable().await.expect("the answer begins");
    pause();
    sleep(Duration::from_secs(45)).await;
    let (answer, _) = hung_up(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{}", &answer[..20]);
    assert!(answer.len() < FILE_BYTES, "the rest does not come");
}

#[tokio::test]
async fn a_silent_socket_is_pinged_after_8_seconds_and_closed_with_4002_after_20() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let mut socket = RawSocket::connect(&client).await;
    assert!(matches!(socket.next().await, RawFrame::Text(_)), "hello");
    pause();
    let started = Instant::now();
    assert_eq!(socket.next().await, RawFrame::Ping);
    let seconds = started.elapsed().as_secs_f32();
    assert!((7.9..12.0).contains(&seconds), "pinged after {seconds} s");
    let code = loop {
        if let RawFrame::Close(code) = socket.next().await {
            break code;
        }
    };
    let seconds = started.elapsed().as_secs_f32();
    assert!((19.9..26.0).contains(&seconds), "closed after {seconds} s");
    assert_eq!(code, 4002);
}

#[tokio::test]
async fn a_socket_that_takes_nothing_for_20_seconds_is_closed_with_4001() {
    let server = TestServer::start_with(&["--commands-per-second=100000"]).await;
    let client = server.client("Sloth").await;
    let mut sloth = RawSocket::connect(&client).await;
    sloth.send(&format!(r#"{{"open_room":{{"id":1,"room":{ROOM},"after":0}}}}"#)).await;
    loop {
        if let RawFrame::Text(text) = sloth.next().await
            && text.contains("caught_up")
        {
            break;
        }
    }
    // More than both kernel buffers hold.
    let mut sender = server.member("Ana").await;
    for _ in 0..64 {
        sender.say(&"x".repeat(16_000)).await;
    }
    pause();
    let started = Instant::now();
    sleep(Duration::from_millis(20_500)).await;
    let code = loop {
        if let RawFrame::Close(code) = sloth.next().await {
            break code;
        }
    };
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(code, 4001);
}
