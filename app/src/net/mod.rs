//! The socket of this tab: one connection for all of its rooms, opened again whenever it is lost.
//!
//! Here is only the way to and from the server; what frames mean is decided in `state::chat`.

#[cfg(feature = "hydrate")]
mod session;
#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

pub use side::{Link, connect};
