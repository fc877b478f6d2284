//! The browser's half: there is no request here to ask or to answer.

use protocol::User;

pub(super) fn viewer() -> Option<User> {
    None
}

pub(super) fn set_status(_: u16) {}

pub(super) fn rendered_address() -> Option<String> {
    None
}
