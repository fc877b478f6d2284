//! The browser's WebSocket. One task owns it: a socket is dropped before the next one is opened, so nothing an old one
//! still had to say can be taken for the new one's.

use super::session::{Found, session};
use crate::device;
use crate::json;
use crate::navigation::away;
use crate::state::chat::Chat;
use crate::state::connection::{Backoff, Connection, Heartbeat, HeartbeatAction, StopReason};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::{Either, select};
use futures_util::{SinkExt, StreamExt, stream};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use gloo_timers::future::{IntervalStream, TimeoutFuture};
use leptos::prelude::{GetUntracked, document, window, window_event_listener_untyped};
use leptos::task::spawn_local;
use protocol::{AnyHello, ClientFrame, CloseCode, PROTOCOL_VERSION, ServerFrame};
use std::pin::pin;
use web_sys::VisibilityState;

/// How often silence is looked at, in milliseconds: fine enough for the seconds it may last.
const CHECK_MS: u32 = 1_500;

/// After this many failures before it, an attempt that fails makes the client ask over HTTP: a refused upgrade looks like a
/// server that is down, be it for a session that has ended or because something on the way lets no WebSocket through.
const DOUBTFUL_FAILURES: u32 = 2;

#[derive(Debug)]
enum Control {
    Send(ClientFrame),
    /// The network, the tab or the reader's patience changed: do not wait.
    Hurry,
    /// The browser says that the network is gone.
    GiveUp,
}

/// The way to the server.
#[derive(Debug, Clone, Default)]
pub struct Link(Option<UnboundedSender<Control>>);

impl Link {
    /// Sends on the present socket. Whatever is lost with a socket is sent again by its owner.
    pub fn send(&self, frame: ClientFrame) {
        self.order(Control::Send(frame));
    }

    /// Connects at once instead of waiting, or asks a socket that looks open for a sign of life.
    pub fn hurry(&self) {
        self.order(Control::Hurry);
    }

    fn order(&self, order: Control) {
        if let Some(orders) = &self.0 {
            // The receiver is gone only when the server has ended it for good.
            let _ = orders.unbounded_send(order);
        }
    }
}

/// Connects, and stays connected until the server ends it for good.
pub fn connect(chat: Chat) -> Link {
    let (orders, inbox) = unbounded();
    let link = Link(Some(orders));
    watch_network(&link);
    spawn_local(run(chat, inbox));
    link
}

fn watch_network(link: &Link) {
    let back = link.clone();
    let _ = window_event_listener_untyped("online", move |_| back.hurry());
    let gone = link.clone();
    let _ = window_event_listener_untyped("offline", move |_| gone.order(Control::GiveUp));
    let seen = link.clone();
    let _ = window_event_listener_untyped("visibilitychange", move |_| {
        if document().visibility_state() == VisibilityState::Visible {
            seen.hurry();
        }
    });
}

async fn run(chat: Chat, mut inbox: UnboundedReceiver<Control>) {
    let mut backoff = Backoff::default();
    // Whether HTTP was answered before the last attempt.
    let mut answered = false;
    loop {
        let code = run_socket(chat, &mut inbox, &mut backoff).await;
        if chat.is_stopped() {
            // The page was told that it is not meant, before it has sent anything.
            load_anew(chat);
            return;
        }
        if let Some(code) = code.filter(|code| !CloseCode::should_reconnect(*code)) {
            let reason = StopReason::from_code(code);
            chat.stopped(reason);
            if reason == StopReason::SignedOut {
                away::sign_in(&away::here());
            }
            return;
        }
        if let Some(code) = code {
            chat.closed_with(code);
            if code == CloseCode::TooMany.number() {
                backoff.hold_back();
            }
        }
        if chat.lost(window().navigator().on_line()) {
            answered = false;
        }
        if backoff.failures() >= DOUBTFUL_FAILURES {
            let found = session(chat.identity()).await;
            if found == Found::SignedOut {
                chat.stopped(StopReason::SignedOut);
                away::sign_in(&away::here());
                return;
            }
            if found == Found::Stale {
                chat.stopped(StopReason::Stale);
                load_anew(chat);
                return;
            }
            // Once may be a server that has just come back. Twice, and no socket in between, is something on the way.
            match (found, answered) {
                (Found::SignedIn, true) => chat.blocked(),
                (Found::Nobody, _) => chat.unreachable(),
                _ => {}
            }
            answered = found == Found::SignedIn;
        }
        pause(backoff.next_pause(device::random()), &mut inbox).await;
    }
}

fn load_anew(chat: Chat) {
    if !away::load_anew(chat.identity(), &away::here()) {
        chat.stopped(StopReason::Outdated);
    }
}

/// Lives with one socket until it is lost. Its close code, when the server gave one.
async fn run_socket(
    chat: Chat,
    inbox: &mut UnboundedReceiver<Control>,
    backoff: &mut Backoff,
) -> Option<u16> {
    enum Event {
        Heard(Result<Message, WebSocketError>),
        Ordered(Control),
        Tick,
        Closed,
    }

    let (mut sink, incoming) = WebSocket::open(&address()).ok()?.split();
    let heard = incoming.map(Event::Heard).chain(stream::iter([Event::Closed]));
    let ordered = inbox.map(Event::Ordered);
    let ticks = IntervalStream::new(CHECK_MS).map(|()| Event::Tick);
    let mut events = pin!(stream::select(heard, stream::select(ordered, ticks)));
    let mut heartbeat = Heartbeat::new(device::monotonic());

    while let Some(event) = events.next().await {
        let now = device::monotonic();
        let pulse = match event {
            Event::Heard(Ok(Message::Text(text))) => {
                heartbeat.heard(now);
                take(chat, &text);
                if chat.is_stopped() {
                    return None;
                }
                HeartbeatAction::Fine
            }
            Event::Heard(Err(WebSocketError::ConnectionClose(close))) => return Some(close.code),
            // An error is always followed by a close, which has the code.
            Event::Heard(_) => HeartbeatAction::Fine,
            Event::Ordered(Control::Send(frame)) => {
                send(&mut sink, &frame).await;
                HeartbeatAction::Fine
            }
            Event::Ordered(Control::Hurry) => heartbeat.wake(now),
            Event::Tick => {
                let is_online = chat.connection.get_untracked() == Connection::Online;
                backoff.watch(is_online, now);
                heartbeat.check(now)
            }
            Event::Ordered(Control::GiveUp) | Event::Closed => return None,
        };
        match pulse {
            HeartbeatAction::Fine => {}
            HeartbeatAction::Ask => send(&mut sink, &chat.ping()).await,
            HeartbeatAction::Dead => return None,
        }
    }
    None
}

/// Takes a frame. One that cannot be read is from a newer server; what it said comes with the next catch-up.
fn take(chat: Chat, text: &str) {
    match json::read(text) {
        Some(frame) => {
            let is_hello = matches!(frame, ServerFrame::Hello { .. });
            chat.receive(frame);
            if is_hello && !chat.is_stopped() {
                away::page_fits();
            }
        }
        None => {
            let hello: Option<AnyHello> = json::read(text);
            if hello.is_some_and(|hello| hello.version() != PROTOCOL_VERSION) {
                chat.stopped(StopReason::Stale);
            }
        }
    }
}

/// A socket that fails to send is about to close, and everything is sent again on the next.
async fn send(sink: &mut (impl SinkExt<Message> + Unpin), frame: &ClientFrame) {
    if let Ok(text) = serde_json::to_string(frame) {
        let _ = sink.send(Message::Text(text)).await;
    }
}

/// Waits, but no longer than until somebody is in a hurry. Frames for the lost socket go with it.
async fn pause(pause_ms: u32, inbox: &mut UnboundedReceiver<Control>) {
    let hurry = pin!(async {
        while let Some(order) = inbox.next().await {
            if matches!(order, Control::Hurry) {
                return;
            }
        }
    });
    match select(TimeoutFuture::new(pause_ms), hurry).await {
        Either::Left(_) | Either::Right(_) => {}
    }
}

fn address() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|own| own == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
