//! Speaking HTTP/1.1 on the port.
//!
//! Not `axum::serve`: it has no limits on the time and size of the headers. HTTP/2 is not spoken: it has known floods, and
//! sockets gain nothing from it; a proxy in front may speak it. So this is hyper's server for HTTP/1 itself: one that first
//! finds out the version waits for that without a limit.

use crate::site::{Doors, Guest};
use crate::telemetry::Sparingly;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long a client may take to send its headers, also the next ones on a connection that it keeps open.
const HEADERS_MAX: Duration = Duration::from_secs(15);

/// Largest request head. Ours are small; this leaves room for the cookies of neighbours on one domain.
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// The kernel's buffer for what a socket still has to send: with it a stalled reader costs this much memory, not
/// megabytes.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// Connections that may wait to be accepted: everybody comes back at once after a restart, and who finds no place tries
/// again only after a second.
const BACKLOG: u32 = 4096;

/// How long requests that are being answered may take when the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A pause when the system has no more file handles: some may be free again by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often the log says that connections could not be served: whoever opens too many does not stop at one.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// What is said to a connection for which there is no place.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n\r\nToo many connections.";

/// Takes the port.
///
/// # Errors
/// When it is in use or not ours to take.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Or a restart would have to wait until the system has forgotten the last connections.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `router` until `stop`, then finishes what has begun.
pub async fn serve(listener: TcpListener, doors: Doors, router: Router, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS_MAX).max_buf_size(HEADER_BYTES_MAX);
    let requests = TaskTracker::new();
    let lines = Sparingly::every(LINE_EVERY);
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if let Some(kept_back) = lines.pass() {
                        tracing::warn!(log.kept_back = kept_back, %error, "a connection could not be accepted");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let place = match doors.enter(peer.ip()) {
            Ok(place) => place,
            Err(full) => {
                if let Some(kept_back) = lines.pass() {
                    tracing::warn!(
                        log.kept_back = kept_back,
                        "a connection was turned away: {full}"
                    );
                }
                // What does not go out at once does not go out.
                let _ = stream.try_write(TURNED_AWAY);
                continue;
            }
        };
        prepare(&stream);
        let service = TowerToHyperService::new(router.clone().map_request(
            move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            },
        ));
        let guest = TokioIo::new(Guest::new(stream, place));
        let (connection, stop) = (http.serve_connection(guest, service), stop.clone());
        requests.spawn(async move {
            let mut connection = pin!(connection.with_upgrades());
            let served = tokio::select! {
                served = &mut connection => served,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    requests.close();
    if tokio::time::timeout(DRAIN_MAX, requests.wait()).await.is_err() {
        tracing::warn!("some requests were not finished in time");
    }
}

fn prepare(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    // Frames are gathered before they are written, so waiting for more would only delay them.
    let configured =
        socket.set_tcp_nodelay(true).and_then(|()| socket.set_send_buffer_size(SEND_BUFFER_BYTES));
    if let Err(error) = configured {
        tracing::debug!(%error, "a connection keeps the system's socket options");
    }
}
