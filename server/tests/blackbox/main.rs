//! The server from outside: a real port, real sockets, a real database.
//!
//! One program for all of it, because linking the server takes longer than running the tests.

mod backup;
mod clocks;
mod delivery;
mod directory;
mod durability;
mod environment;
mod forms;
mod hostile;
mod identity;
mod limits;
mod log;
mod migration;
mod pace;
mod posting;
mod presence;
mod refused_forms;
mod sessions;
mod sign_in;
#[expect(clippy::disallowed_methods, reason = "the store itself is tested here")]
mod store_contract;
mod support;
