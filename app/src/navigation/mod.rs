//! Where this tab is: what it shows, who looks at it, and how it goes from page to page without loading them whole.
//!
//! The first page comes with the document; the data of the next ones is read over HTTP.

mod links;

use crate::api;
use crate::page::{Page, ROOMS, Shown, room_slug};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{User, UserId};

/// The handle. Copies of it are the same tab.
#[derive(Debug, Clone, Copy)]
pub struct Navigation {
    pub shown: RwSignal<Shown>,
    /// Whether the next page is on its way.
    pub is_changing: RwSignal<bool>,
    /// Signing in and out are full page loads, so it never changes while the page lives.
    viewer: StoredValue<Option<User>>,
    /// How often this tab has set out: whoever was overtaken on the way does not arrive.
    departures: StoredValue<u32>,
}

/// Which component draws the page; between pages of one kind it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Login,
    SignOut,
    Rooms,
    Room,
    NotFound,
}

/// Provides the handle as context, showing what the server has given.
pub fn provide_navigation(shown: Shown, viewer: Option<User>) -> Navigation {
    let navigation = Navigation {
        shown: RwSignal::new(shown),
        is_changing: RwSignal::new(false),
        viewer: StoredValue::new(viewer),
        departures: StoredValue::new(0),
    };
    provide_context(navigation);
    navigation
}

/// The handle of this tab.
///
/// # Panics
/// Outside of `App`.
#[must_use]
pub fn use_navigation() -> Navigation {
    expect_context::<Navigation>()
}

impl Navigation {
    #[must_use]
    pub fn kind(self) -> Kind {
        self.shown.with(|shown| match shown.page {
            Page::Login => Kind::Login,
            Page::SignOut => Kind::SignOut,
            Page::Rooms => Kind::Rooms,
            Page::Room(_) | Page::UnknownRoom | Page::UnreadableRoom => Kind::Room,
            Page::NotFound => Kind::NotFound,
        })
    }

    /// Who is signed in.
    #[must_use]
    pub fn viewer(self) -> Option<User> {
        self.viewer.get_value()
    }

    #[must_use]
    pub fn viewer_id(self) -> UserId {
        self.viewer().map(|viewer| viewer.id).unwrap_or_default()
    }

    /// Follows the links to our pages and the ways back from them, from `address` on.
    pub fn start(self, address: &str) {
        links::start(self, address);
    }

    /// Goes to the page at `path`.
    pub fn go(self, path: String) {
        self.travel(path, true);
    }

    /// Loads the page at `path` and shows it; what was shown stays until then.
    fn travel(self, path: String, is_new: bool) {
        let departure = self.departures.get_value().wrapping_add(1);
        self.departures.set_value(departure);
        // A way inside of one page, like that to its main part.
        if self.shown.with_untracked(|shown| shown.path == path) {
            self.is_changing.set(false);
            return;
        }
        self.is_changing.set(true);
        spawn_local(async move {
            let page = match room_slug(&path) {
                Some(slug) => Page::of_room(api::room(slug).await),
                None if path == ROOMS => Page::Rooms,
                None => Page::NotFound,
            };
            if self.departures.get_value() != departure {
                return;
            }
            if is_new {
                links::arrive(&path);
            }
            self.shown.set(Shown { page, path, refused: None });
            self.is_changing.set(false);
        });
    }
}
