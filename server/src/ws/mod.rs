//! The WebSocket: upgrade, one task a connection, and the way from a frame to a call of `chat`.
//!
//! `upgrade` lets in who has a session and comes from our own pages, `websocket` speaks the protocol, `connection` serves one
//! socket and watches the clock, `dispatch` carries out commands. Who follows what, and writing to them, is the `hub`'s.

mod connection;
mod dispatch;
mod upgrade;
mod websocket;

pub use upgrade::upgrade;
