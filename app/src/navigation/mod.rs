//! Where this tab is: what it shows, who looks at it, and how it goes from page to page without loading them whole.
//!
//! The first page comes with the document; the data of the next ones is read over HTTP.

pub mod away;
mod links;

use crate::api::{self, ReadError};
use crate::device;
use crate::effect::effect;
use crate::focus;
use crate::page::{CurrentPage, Page};
use crate::routes::{ROOMS, Source, source};
use crate::state::connection::Connection;
use crate::state::rooms::Rooms;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{PageIdentity, RoomId, User, UserId};

/// The handle. Copies of it are the same tab.
#[derive(Debug, Clone, Copy)]
pub struct Navigation {
    pub shown: RwSignal<CurrentPage>,
    /// Whether the next page is on its way.
    pub is_changing: RwSignal<bool>,
    /// The list of rooms that this tab follows.
    rooms: RwSignal<Rooms>,
    /// Signing in and out are full page loads, so it never changes while the page lives.
    viewer: StoredValue<Option<User>>,
    identity: StoredValue<PageIdentity>,
    /// How often this tab has set out: whoever was overtaken on the way does not arrive.
    departures: StoredValue<u32>,
    /// How often in a row the page that is shown could not be read.
    setbacks: StoredValue<u32>,
}

/// The first pause before a page that could not be read is read again, in milliseconds.
const FIRST_PAUSE_MS: u32 = 2_000;

/// The longest such pause, in milliseconds.
const LONGEST_PAUSE_MS: u32 = 15_000;

/// Provides the handle as context, showing what the server has given.
pub fn provide_navigation(
    shown: CurrentPage,
    viewer: Option<User>,
    identity: Option<PageIdentity>,
    rooms: RwSignal<Rooms>,
) -> Navigation {
    let navigation = Navigation {
        shown: RwSignal::new(shown),
        is_changing: RwSignal::new(false),
        rooms,
        viewer: StoredValue::new(viewer),
        identity: StoredValue::new(identity.unwrap_or_default()),
        departures: StoredValue::new(0),
        setbacks: StoredValue::new(0),
    };
    navigation.list_shown();
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
        let departure = self.depart();
        let (is_here, leads_on) = self
            .shown
            .with_untracked(|shown| (shown.path == path, is_new && shown.leads_to(&path)));
        // Of all rooms there may be more by now than this page has.
        let leads_on = leads_on || is_new && path == ROOMS && !self.has_all_rooms();
        // A way inside of one page, like that to its main part.
        if is_here && !leads_on {
            self.is_changing.set(false);
            return;
        }
        self.is_changing.set(true);
        spawn_local(async move {
            let page = self.read(&path).await;
            if self.departures.get_value() != departure {
                return;
            }
            let Some(page) = page else { return };
            if is_new && !is_here {
                links::arrive(&path);
            }
            self.setbacks.set_value(0);
            self.shown.update(|shown| shown.turn_to(page, path));
            self.list_shown();
            self.is_changing.set(false);
            focus::keep();
            self.read_again_later();
        });
    }

    /// Whether the list of rooms that this tab follows has all of them.
    fn has_all_rooms(self) -> bool {
        self.rooms.with_untracked(Rooms::is_complete)
    }

    /// Puts the room that is shown into the list of rooms.
    fn list_shown(self) {
        self.shown.with_untracked(|shown| {
            if let Page::Room(snapshot) = &shown.page {
                self.rooms.update(|rooms| rooms.show(snapshot));
            }
        });
    }

    fn depart(self) -> u32 {
        let departure = self.departures.get_value().wrapping_add(1);
        self.departures.set_value(departure);
        departure
    }

    /// The page at `path`; none when this one is left as a whole.
    async fn read(self, path: &str) -> Option<Page> {
        let slug = match source(path) {
            Source::Room(slug) => slug,
            Source::Page(page) => return Some(page),
            // Where there are more rooms than this tab follows, the server draws their page.
            Source::Rooms if self.has_all_rooms() || !api::is_there().await => {
                return Some(Page::Rooms(None));
            }
            Source::Rooms => {
                away::load(path);
                return None;
            }
        };
        let identity = self.identity.get_value();
        Some(match api::room(identity, slug).await {
            Ok(snapshot) => Page::Room(Box::new(snapshot)),
            Err(ReadError::UnknownRoom) => Page::UnknownRoom,
            Err(ReadError::Unreachable) => Page::Offline,
            Err(ReadError::SignedOut) => {
                away::sign_in(path);
                return None;
            }
            Err(ReadError::Stale) if away::load_anew(identity, path) => return None,
            Err(ReadError::Stale | ReadError::Unavailable) => Page::UnreadableRoom,
        })
    }
}

/// Pages that could not be read.
impl Navigation {
    /// Sees to it that such a page comes by itself: at once when the connection is back, after a while in any case.
    pub fn heal(self, connection: RwSignal<Connection>) {
        effect(move || {
            if connection.get() == Connection::Online {
                self.read_again();
            }
        });
        self.read_again_later();
    }

    /// Sees to it that a page that was made for nobody, because nobody could be recognised, is loaded anew once somebody can.
    /// Not one that has a text to copy.
    pub fn recognise(self) {
        let has_text = |shown: &CurrentPage| shown.refused.is_some();
        if !self.is_unread() || self.shown.with_untracked(has_text) {
            return;
        }
        let pause = self.next_pause();
        device::after(pause, move || {
            spawn_local(async move {
                if api::is_recognised().await {
                    away::load(&away::here());
                } else {
                    self.recognise();
                }
            });
        });
    }

    /// The room that is shown is none that the server knows.
    pub fn room_is_unknown(self, room: RoomId) {
        let is_shown = |shown: &CurrentPage| match &shown.page {
            Page::Room(snapshot) => snapshot.room.id == room,
            _ => false,
        };
        if self.shown.with_untracked(is_shown) {
            self.shown.update(|shown| shown.page = Page::UnknownRoom);
        }
    }

    fn is_unread(self) -> bool {
        let page = |shown: &CurrentPage| matches!(shown.page, Page::UnreadableRoom | Page::Offline);
        self.shown.with_untracked(page)
    }

    fn read_again_later(self) {
        if !self.is_unread() {
            return;
        }
        let pause = self.next_pause();
        let departure = self.departures.get_value();
        device::after(pause, move || {
            if self.departures.get_value() == departure {
                self.read_again();
            }
        });
    }

    fn next_pause(self) -> u32 {
        let setbacks = self.setbacks.get_value();
        self.setbacks.set_value(setbacks.saturating_add(1));
        FIRST_PAUSE_MS.saturating_mul(1 << setbacks.min(8)).min(LONGEST_PAUSE_MS)
    }

    fn read_again(self) {
        // Who is on the way elsewhere is not called back.
        if !self.is_unread() || self.is_changing.get_untracked() {
            return;
        }
        let departure = self.depart();
        let path = self.shown.with_untracked(|shown| shown.path.clone());
        spawn_local(async move {
            let page = self.read(&path).await;
            if self.departures.get_value() != departure {
                return;
            }
            let Some(page) = page else { return };
            if self.shown.with_untracked(|shown| shown.page != page) {
                self.shown.update(|shown| shown.page = page);
                self.list_shown();
            }
            self.read_again_later();
        });
    }
}
