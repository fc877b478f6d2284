//! What the server gives with a page: all that its first render needs, on both sides. What it says about a form that was
//! refused is in `form`. Where pages are and how they are called is next door in `routes`.

mod form;

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

pub use form::{Carried, FormData, FormKind, Refused, Why};
pub use side::given;
#[cfg(feature = "hydrate")]
pub use side::read;
pub(crate) use side::textarea_content;

use protocol::{
    ErrorCode, FormKey, Millis, PageIdentity, RoomList, RoomSnapshot, RoomSummary, User,
};
use serde::{Deserialize, Serialize};

/// The id of the element that carries it in the document.
pub const ELEMENT: &str = "given";

/// A page of all rooms, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Directory {
    /// What was typed to find them; nothing but blanks finds all rooms.
    pub search: String,
    pub rooms: Vec<RoomSummary>,
    /// How many there are on all pages. Those that were searched for are counted up to
    /// [`protocol::limits::ROOMS_COUNTED_MAX`].
    pub count: u32,
    /// The address of the first page, where this is a later one.
    pub first: Option<String>,
    /// The address of the next page, where there is one.
    pub next: Option<String>,
}

impl Directory {
    #[must_use]
    pub fn is_search(&self) -> bool {
        !self.search.trim().is_empty()
    }
}

/// The page at an address, with its data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Page {
    Login,
    SignOut,
    /// All rooms; those of [`PageData::rooms`] where it has no more to show.
    Rooms(Option<Box<Directory>>),
    Room(Box<RoomSnapshot>),
    UnknownRoom,
    UnreadableRoom,
    /// The server was not reached; only the browser ever shows it.
    Offline,
    #[default]
    NotFound,
}

impl Page {
    /// The page of a room as it was read, or was not.
    #[must_use]
    pub fn of_room(snapshot: Result<RoomSnapshot, ErrorCode>) -> Self {
        match snapshot {
            Ok(snapshot) => Self::Room(Box::new(snapshot)),
            Err(ErrorCode::UnknownRoom) => Self::UnknownRoom,
            Err(_) => Self::UnreadableRoom,
        }
    }

    /// Whether it only says that there is no page.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::UnknownRoom | Self::UnreadableRoom | Self::Offline)
    }
}

/// What stands at an address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CurrentPage {
    pub page: Page,
    pub path: String,
    /// The form that this page answers, when it was refused.
    pub refused: Option<Refused>,
}

impl CurrentPage {
    /// Whether a link to `path` leads to something else: not when it is here, unless it could not be shown and may be there
    /// by now.
    #[must_use]
    pub fn leads_to(&self, path: &str) -> bool {
        self.path != path || self.page.is_missing()
    }

    /// Shows another page. A form that was refused belongs to its address, and stays with that.
    pub fn turn_to(&mut self, page: Page, path: String) {
        if self.path != path {
            self.refused = None;
        }
        self.page = page;
        self.path = path;
    }

    /// The form of this kind, when it was refused.
    #[must_use]
    pub fn refused(&self, form: FormKind) -> Option<&Refused> {
        self.refused.as_ref().filter(|refused| refused.form == form)
    }
}

/// What the page to sign in is given, besides a form that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignIn {
    /// Where to go then: a path of this server, or nothing. All that is ever taken from the query of an address.
    pub next: String,
    pub carried: Carried,
}

/// What the server provides as context where it renders, and the browser reads from the page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PageData {
    pub shown: CurrentPage,
    /// The address of what is shown: a refused form answers at the one it was sent to.
    pub address: String,
    pub viewer: Option<User>,
    /// What this page belongs to, where somebody is signed in. What it asks for carries it.
    pub identity: Option<PageIdentity>,
    /// Only the server draws what has use for it.
    #[serde(skip)]
    pub sign_in: SignIn,
    /// For the forms of this page, so that sending one twice is sending it once.
    pub form_key: FormKey,
    /// The liveliest rooms; missing when they could not be read, or nobody is there to see them.
    pub rooms: Option<RoomList>,
    pub now: Millis,
}

#[cfg(test)]
mod tests {
    use super::{CurrentPage, FormKind, Page, Refused, Why};
    use protocol::ErrorCode;

    #[test]
    fn a_room_that_could_not_be_shown_is_asked_for_anew_and_keeps_the_text_that_was_refused() {
        let refused = Refused {
            form: FormKind::Message,
            typed: "text".into(),
            why: Why::Code(ErrorCode::UnknownRoom),
        };
        let path = "/rooms/lunch";
        for missing in [Page::UnknownRoom, Page::UnreadableRoom, Page::Offline] {
            let mut shown =
                CurrentPage { page: missing, path: path.into(), refused: Some(refused.clone()) };
            assert!(shown.leads_to(path));
            shown.turn_to(Page::Rooms(None), path.into());
            assert_eq!(shown.refused(FormKind::Message), Some(&refused));
            assert!(!shown.leads_to(path), "it is here");
            shown.turn_to(Page::Rooms(None), "/rooms".into());
            assert_eq!(shown.refused(FormKind::Message), None);
        }
    }

    #[test]
    fn a_room_that_is_missing_is_told_from_one_that_cannot_be_read() {
        assert_eq!(Page::of_room(Err(ErrorCode::UnknownRoom)), Page::UnknownRoom);
        assert_eq!(Page::of_room(Err(ErrorCode::Unavailable)), Page::UnreadableRoom);
    }
}
