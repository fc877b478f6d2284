//! While a page renders on the server it has everything already.

use protocol::ErrorCode;

pub(super) async fn get<T>(_: &str) -> Result<T, ErrorCode> {
    Err(ErrorCode::Unavailable)
}

pub(super) async fn is_there() -> bool {
    true
}

pub(super) async fn socket_setting() -> Option<String> {
    None
}
