//! Pages that only the server draws.

use super::login::LoginPage;
use super::not_found::NotFoundPage;
use super::sign_out::SignOutPage;
use crate::routes::Screen;
use leptos::prelude::*;

/// A page that the browser will leave as it is.
pub(super) fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Login => view! { <LoginPage /> }.into_any(),
        Screen::SignOut => view! { <SignOutPage /> }.into_any(),
        Screen::NotFound | Screen::Rooms | Screen::Room => view! { <NotFoundPage /> }.into_any(),
    }
}
