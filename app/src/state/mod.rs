//! What the client knows, without any view: plain Rust, tested natively.
//!
//! Each file holds one truth. [`chat`] ties them to the socket as signals; everything else is free of signals.

pub mod chat;
pub mod clock;
pub mod connection;
pub mod drafts;
pub mod link_text;
pub mod outbox;
pub mod pending_commands;
pub mod places;
pub mod presence;
pub mod rooms;
pub mod rows;
pub mod shelf;
mod sorted;
pub mod tall;
pub mod timeline;
pub mod window;
