//! Every page that there is: where it is, what is read for it, and how what was found is called, answered and drawn.
//!
//! All that depends on an address goes by the two tables here, [`source`] and [`Page::line`]: the server's router and what
//! it renders, links and history in the browser, titles and statuses. A new page is a line in each, and a file in `pages`.

use crate::page::Page;

/// To sign in.
pub const LOGIN: &str = "/login";

/// To be asked before signing out.
pub const SIGN_OUT: &str = "/logout";

/// All rooms.
pub const ROOMS: &str = "/rooms";

/// A room, as a router writes it. See [`room`].
pub const ROOM: &str = "/rooms/{slug}";

/// Where the plain form of a room posts its message, as a router writes it. See [`messages`].
pub const MESSAGES: &str = "/rooms/{slug}/messages";

/// The address of the room with this slug.
#[must_use]
pub fn room(slug: &str) -> String {
    format!("{ROOMS}/{slug}")
}

/// Where messages for the room with this slug are posted.
#[must_use]
pub fn messages(slug: &str) -> String {
    format!("{ROOMS}/{slug}/messages")
}

/// What has to be read before it is known which page is at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source<'a> {
    /// Nothing: it is this one.
    Page(Page),
    /// All rooms, or those of them that its query asks for.
    Rooms,
    /// The room with this slug.
    Room(&'a str),
}

/// What to read for the page at `path`.
#[must_use]
pub fn source(path: &str) -> Source<'_> {
    match path {
        LOGIN => Source::Page(Page::Login),
        SIGN_OUT => Source::Page(Page::SignOut),
        ROOMS => Source::Rooms,
        _ => room_slug(path).map_or(Source::Page(Page::NotFound), Source::Room),
    }
}

fn room_slug(path: &str) -> Option<&str> {
    let slug = path.strip_prefix(ROOMS)?.strip_prefix('/')?;
    (!slug.is_empty() && !slug.contains('/')).then_some(slug)
}

/// What a page is known by: its path, and for the list of rooms also what was asked of it.
#[must_use]
pub fn shown_path(path: &str, query: &str) -> String {
    if path == ROOMS && !query.is_empty() { format!("{path}?{query}") } else { path.to_owned() }
}

/// Whether the browser draws the page at `path` once it has read its data. All others are loaded whole.
#[must_use]
pub fn is_drawn(path: &str) -> bool {
    match source(path) {
        Source::Rooms => Screen::Rooms.is_drawn(),
        Source::Room(_) => Screen::Room.is_drawn(),
        Source::Page(page) => page.screen().is_drawn(),
    }
}

/// The component that draws a page. Between pages of one screen it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    Login,
    SignOut,
    Rooms,
    Room,
    NotFound,
}

impl Screen {
    /// Whether the browser draws it. The others never change while they live: it leaves them as the server has sent them.
    #[must_use]
    pub fn is_drawn(self) -> bool {
        matches!(self, Self::Rooms | Self::Room)
    }
}

impl Page {
    /// Its title, its status and what draws it.
    fn line(&self) -> (&str, u16, Screen) {
        match self {
            Self::Login => ("Sign in", 200, Screen::Login),
            Self::SignOut => ("Sign out", 200, Screen::SignOut),
            Self::Rooms(_) => ("Rooms", 200, Screen::Rooms),
            Self::Room(snapshot) => (&snapshot.room.name, 200, Screen::Room),
            Self::UnknownRoom => ("No such room", 404, Screen::Room),
            Self::UnreadableRoom => ("Not available", 503, Screen::Room),
            // Without a server there is no answer, and no status.
            Self::Offline => ("Offline", 200, Screen::Room),
            Self::NotFound => ("Not found", 404, Screen::NotFound),
        }
    }

    /// The title of the document.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} · Hubbub", self.line().0)
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.line().1
    }

    #[must_use]
    pub fn screen(&self) -> Screen {
        self.line().2
    }
}

#[cfg(test)]
mod tests {
    use super::{MESSAGES, Page, ROOM, Source, is_drawn, messages, room, shown_path, source};

    #[test]
    fn only_the_page_of_a_room_has_its_slug() {
        assert_eq!(source(&room("general")), Source::Room("general"));
        for other in ["/rooms/", "/rooms/general/messages", "/roomsgeneral", "/", "/login/"] {
            assert_eq!(source(other), Source::Page(Page::NotFound), "{other}");
        }
    }

    #[test]
    fn addresses_are_made_as_the_router_reads_them() {
        assert_eq!(room("big-plans"), ROOM.replace("{slug}", "big-plans"));
        assert_eq!(messages("big-plans"), MESSAGES.replace("{slug}", "big-plans"));
    }

    #[test]
    fn only_the_list_of_rooms_is_another_page_with_another_query() {
        assert_eq!(shown_path("/rooms", "search=a"), "/rooms?search=a");
        assert_eq!(shown_path("/rooms", ""), "/rooms");
        assert_eq!(shown_path("/rooms/general", "x=1"), "/rooms/general");
    }

    #[test]
    fn the_way_back_to_a_page_that_only_the_server_draws_is_left_to_it() {
        for path in ["/rooms", "/rooms/general"] {
            assert!(is_drawn(path), "{path}");
        }
        for path in ["/login", "/logout", "/", "/rooms/general/messages", "/rooms?search=a"] {
            assert!(!is_drawn(path), "{path}");
        }
    }

    #[test]
    fn a_room_that_is_missing_is_called_and_answered_so() {
        assert_eq!(Page::UnknownRoom.title(), "No such room · Hubbub");
        assert_eq!(Page::UnknownRoom.status(), 404);
    }
}
