//! Both ends of a real socket.

use super::queue::SocketQueue;
use futures_util::StreamExt;
use protocol::ServerFrame;
use socket2::SockRef;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

/// The browser's end.
pub(crate) struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    /// The next frame's text.
    async fn text(&mut self) -> String {
        let message = self.0.next().await.expect("the socket is open").expect("a proper frame");
        message.into_text().expect("a text").to_string()
    }

    pub(crate) async fn frame(&mut self) -> ServerFrame {
        serde_json::from_str(&self.text().await).expect("a known frame")
    }
}

/// A connection that takes little at a time.
pub(crate) async fn connect() -> (Arc<SocketQueue>, Peer) {
    let (here, there) = pair().await;
    // The smallest the system gives, so that little is enough to fill it.
    SockRef::from(&there).set_send_buffer_size(1).expect("an option");
    there.writable().await.expect("a writable socket");
    ends(here, there).await
}

/// A connection as the system makes them.
pub(crate) async fn connect_wide() -> (Arc<SocketQueue>, Peer) {
    let (here, there) = pair().await;
    ends(here, there).await
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    let (here, there) = tokio::join!(TcpStream::connect(address), listener.accept());
    (here.expect("a socket"), there.expect("a connection").0)
}

async fn ends(here: TcpStream, there: TcpStream) -> (Arc<SocketQueue>, Peer) {
    let peer = WebSocketStream::from_raw_socket(here, Role::Client, None).await;
    (Arc::new(SocketQueue::new(there)), Peer(peer))
}
