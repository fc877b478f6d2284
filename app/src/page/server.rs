//! The page as the request's handler has loaded it.

use super::Given;
use leptos::prelude::use_context;

pub fn given() -> Given {
    use_context().unwrap_or_default()
}
