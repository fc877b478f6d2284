//! A socket on the level of bytes, for what a proper client never does: answering no ping, reading nothing.

use super::Client;
use super::socket::upgrade_request;
use socket2::SockRef;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The smallest receive buffer that the system gives: little is enough to fill it.
const RECEIVE_BYTES: u32 = 1;

/// A frame as it came: its opcode and what is in it.
#[derive(Debug, PartialEq, Eq)]
pub enum RawFrame {
    Text(String),
    Ping,
    Close(u16),
}

pub struct RawSocket(pub TcpStream);

/// A connection with the smallest receive buffer.
pub async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(RECEIVE_BYTES).expect("an option");
    let stream = socket.connect(address).await.expect("a connection");
    SockRef::from(&stream).set_tcp_nodelay(true).expect("an option");
    stream
}

impl RawSocket {
    pub async fn connect(client: &Client) -> Self {
        let mut stream = connect(client.address).await;
        let request = upgrade_request(client.address, client.cookie.as_deref());
        let mut head = "GET /ws HTTP/1.1\r\n".to_owned();
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().expect("a header in ASCII"));
        }
        stream.write_all((head + "\r\n").as_bytes()).await.expect("a request");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        Self(stream)
    }

    /// Sends a text.
    pub async fn send(&mut self, text: &str) {
        let length = u8::try_from(text.len()).expect("a short text");
        assert!(length < 126, "a short text");
        // A mask of zeros leaves the text as it is.
        let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).await.expect("the frame is sent");
    }

    /// The next frame; panics when the connection ends without one.
    pub async fn next(&mut self) -> RawFrame {
        let opcode = self.0.read_u8().await.expect("a frame") & 0x0f;
        let length = match self.0.read_u8().await.expect("a length") {
            126 => usize::from(self.0.read_u16().await.expect("a length")),
            127 => usize::try_from(self.0.read_u64().await.expect("a length")).expect("a size"),
            length => usize::from(length),
        };
        let mut content = vec![0; length];
        self.0.read_exact(&mut content).await.expect("the whole frame");
        match opcode {
            1 => RawFrame::Text(String::from_utf8(content).expect("UTF-8")),
            8 => RawFrame::Close(u16::from_be_bytes([content[0], content[1]])),
            9 => RawFrame::Ping,
            other => panic!("a known frame, not {other}"),
        }
    }
}
