//! A WebSocket client that keeps what it was sent in order.

use super::{ROOM, within};
use futures_util::{SinkExt, StreamExt};
use protocol::{Ack, CommandId, Epoch, ErrorCode, Message, RoomId, Seq, ServerFrame};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, http};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Frame = tungstenite::Message;

pub struct Socket {
    stream: Stream,
    next_id: u32,
    /// What `hello` named.
    pub epoch: Epoch,
    /// Messages that the timeline brought, in the order of arrival.
    pub timeline: Vec<Message>,
    through: Seq,
}

/// An upgrade as our own pages ask for it.
pub fn upgrade_request(address: SocketAddr, cookie: Option<&str>) -> http::Request<()> {
    let mut request = format!("ws://{address}/ws").into_client_request().expect("a request");
    let header = |text: &str| http::HeaderValue::from_str(text).expect("a header");
    request.headers_mut().insert("origin", header(&format!("http://{address}")));
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", header(cookie));
    }
    request
}

impl Socket {
    pub async fn connect(address: SocketAddr, cookie: Option<&str>) -> Self {
        let request = upgrade_request(address, cookie);
        let (stream, _) =
            within(tokio_tungstenite::connect_async(request)).await.expect("an open socket");
        let epoch = Epoch::default();
        let mut socket =
            Self { stream, next_id: 1, epoch, timeline: Vec::new(), through: Seq::ZERO };
        let hello = socket.next().await;
        let ServerFrame::Hello { epoch, .. } = hello else {
            panic!("hello comes first, not {hello:?}")
        };
        socket.epoch = epoch;
        socket
    }

    pub async fn send_frame(&mut self, frame: Frame) {
        within(self.stream.send(frame)).await.expect("the frame is sent");
    }

    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_frame(Frame::text(text.into())).await;
    }

    /// Sends a command of this kind and gives its id.
    pub async fn command(&mut self, kind: &str, mut command: serde_json::Value) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        command["id"] = json!(id);
        self.send_text(json!({kind: command}).to_string()).await;
        id
    }

    /// The next frame. Timelines are checked on the way: no hole, nothing twice.
    pub async fn next(&mut self) -> ServerFrame {
        loop {
            let frame = within(self.stream.next()).await.expect("an open socket");
            let text = match frame.expect("a readable frame") {
                Frame::Text(text) => text,
                Frame::Ping(_) => continue,
                other => panic!("a text frame, not {other:?}"),
            };
            let frame = serde_json::from_str(&text).expect("a known frame");
            if let ServerFrame::Changes { room: RoomId(ROOM), after, through, messages } = &frame {
                assert_eq!(*after, self.through, "the changes follow what came before");
                self.through = *through;
                self.timeline.extend(messages.iter().cloned());
            }
            if let ServerFrame::Reset { room: RoomId(ROOM), through, messages, .. } = &frame {
                self.through = *through;
                self.timeline.clone_from(messages);
            }
            return frame;
        }
    }

    /// The first frame for which `wanted` gives something; the others are passed over.
    pub async fn wait_for<T>(&mut self, mut wanted: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(&self.next().await) {
                return found;
            }
        }
    }

    /// The next answer, whichever command it is for.
    pub async fn first_answer(&mut self) -> (u32, Result<Ack, ErrorCode>) {
        self.wait_for(|frame| match frame {
            ServerFrame::Ack(ack) => Some((ack.id.0, Ok(ack.clone()))),
            ServerFrame::Error { id: Some(id), code, .. } => Some((id.0, Err(*code))),
            _ => None,
        })
        .await
    }

    /// The next error.
    pub async fn error(&mut self) -> ErrorCode {
        self.wait_for(|frame| match frame {
            ServerFrame::Error { code, .. } => Some(*code),
            _ => None,
        })
        .await
    }

    pub async fn answer(&mut self, id: u32) -> Result<Ack, ErrorCode> {
        self.wait_for(|frame| match frame {
            ServerFrame::Ack(ack) if ack.id.0 == id => Some(Ok(ack.clone())),
            ServerFrame::Error { id: Some(answered), code, .. } if answered.0 == id => {
                Some(Err(*code))
            }
            _ => None,
        })
        .await
    }

    /// Follows a room and waits until it is caught up.
    pub async fn open(&mut self, room: i64, after: i64) {
        let open = json!({"room": room, "after": after});
        self.follows_from(after, open).await;
    }

    /// The position up to which it has everything.
    pub fn position(&self) -> Seq {
        self.through
    }

    /// Opens a room with this command, from a position on, and waits until it is caught up.
    pub async fn follows_from(&mut self, after: i64, open: serde_json::Value) {
        self.through = Seq(after);
        let id = self.command("open_room", open).await;
        self.answer(id).await.expect("it is opened");
        self.wait_for(|frame| matches!(frame, ServerFrame::CaughtUp { .. }).then_some(())).await;
    }

    /// Asks to store a message in the first room, under a fresh key.
    pub async fn post(&mut self, text: &str) -> u32 {
        self.post_with_key(text, uuid::Uuid::new_v4()).await
    }

    pub async fn post_with_key(&mut self, text: &str, key: uuid::Uuid) -> u32 {
        self.command("send", json!({"message": {"room": ROOM, "key": key, "text": text}})).await
    }

    /// Stores a message in the first room and gives its `seq`.
    pub async fn say(&mut self, text: &str) -> Seq {
        let id = self.post(text).await;
        match self.answer(id).await {
            Ok(Ack { sent: Some(sent), .. }) => sent.seq,
            other => panic!("the message is stored, not {other:?}"),
        }
    }

    /// Waits until the timeline has `count` messages and gives their texts.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        while self.timeline.len() < count {
            self.next().await;
        }
        self.timeline.iter().map(|message| message.text.clone()).collect()
    }

    /// Waits for the server to close the socket, and gives the code.
    pub async fn closed(&mut self) -> u16 {
        self.acknowledged_until_closed().await.1
    }

    /// Waits for the server to close the socket; gives what it acknowledged until then, and the code.
    pub async fn acknowledged_until_closed(&mut self) -> (Vec<Seq>, u16) {
        let mut acknowledged = Vec::new();
        loop {
            match within(self.stream.next()).await.expect("a goodbye") {
                Ok(Frame::Close(Some(close))) => return (acknowledged, close.code.into()),
                Ok(Frame::Text(text)) => {
                    let frame = serde_json::from_str(&text).expect("a known frame");
                    if let ServerFrame::Ack(Ack { sent: Some(sent), .. }) = frame {
                        acknowledged.push(sent.seq);
                    }
                }
                Ok(_) => {}
                Err(error) => panic!("a goodbye, not {error}"),
            }
        }
    }

    /// Reads and answers pings for so long; the code, when the server closes the socket meanwhile.
    pub async fn listen_for(&mut self, time: Duration) -> Option<u16> {
        // A clock that jumps would pass by what is on its way: it goes in steps.
        let mut step = tokio::time::interval(Duration::from_millis(200));
        let closed = async {
            loop {
                let frame = tokio::select! {
                    frame = self.stream.next() => frame,
                    _ = step.tick() => continue,
                };
                match frame.expect("a goodbye").expect("a readable frame") {
                    Frame::Close(close) => return close.map(|close| close.code.into()),
                    // Its answer is written with the next call.
                    _ => self.stream.flush().await.expect("an open socket"),
                }
            }
        };
        tokio::time::timeout(time, closed).await.unwrap_or(None)
    }

    /// Proves that the server still listens to this socket.
    pub async fn is_served(&mut self) {
        let id = self.command("ping", json!({})).await;
        assert_eq!(self.answer(id).await, Ok(Ack::plain(CommandId(id))));
    }
}
