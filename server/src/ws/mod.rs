//! The WebSocket: upgrade, one task a connection, and the way from a frame to a call of `chat`.
//!
//! `upgrade` lets in who has a session and comes from our own pages, `connection` reads, writes and watches the clock,
//! `dispatch` carries out commands. Who follows what is the `hub`'s.

mod connection;
mod dispatch;
mod upgrade;

pub use upgrade::upgrade;
