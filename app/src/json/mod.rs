//! Reading JSON: what the server says, and what this browser has stored. It is written with `serde_json` everywhere.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

pub use side::read;
