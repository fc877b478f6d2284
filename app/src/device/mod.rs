//! What only the reader's device knows: its clock, its zone, its storage, how it is touched.
//!
//! But for [`lower`], [`upper`] and [`first_letter`], which borrow the browser's tables of letters instead of bringing them along, it is
//! used in effects and event handlers only, never while rendering: the server would answer differently. The twin for
//! the server stands still, so that the client's state can be tested natively.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

#[cfg(feature = "hydrate")]
pub use side::monotonic;
pub use side::{
    BrowserShelf, after, ask_before_leaving, begin_tab, end_tab, every_minute, first_letter,
    is_touch, local_clock, lower, now, on_shelf_change, random, upper, when_tab_ended,
};
