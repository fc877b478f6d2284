//! While a page renders on the server it has everything already.

use super::{PostError, ReadError};
use protocol::PageIdentity;

pub(super) async fn get<T>(_: PageIdentity, _: &str) -> Result<T, ReadError> {
    Err(ReadError::Unreachable)
}

pub(super) async fn is_there() -> bool {
    true
}

pub(super) async fn socket_setting() -> Option<String> {
    None
}

pub(super) async fn post<T, B>(_: PageIdentity, _: &str, _: &B) -> Result<T, PostError> {
    Err(PostError::Unreachable)
}
