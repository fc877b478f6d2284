//! Bytes in and out: WebSocket framing, the event loop for thousands of sockets, and blocking clients for set-up work.
//! What the bytes mean is next door, in [`crate::wire`].

pub mod client;
pub mod http;
pub mod swarm;
pub mod ws;
