//! All rooms in pages: what an address asks for, for the page of the rooms and for `GET /api/rooms`.

use super::api::answer;
use crate::chat::{Actor, Chat, Result};
use crate::site::{PageActor, SiteState};
use app::page::{Directory, FormKind, Page, Refused, Why};
use app::routes::ROOMS;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use protocol::limits::ROOMS_LISTED;
use protocol::{ErrorCode, NameFault, RoomId, RoomList};

/// What the query of an address asks for. What it does not understand it leaves alone.
#[derive(Default)]
struct Asked {
    search: String,
    after: Option<String>,
}

impl Asked {
    fn parse(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "search" => asked.search = value.into_owned(),
                "after" => asked.after = Some(value.into_owned()),
                _ => {}
            }
        }
        asked
    }

    fn is_search(&self) -> bool {
        !self.search.trim().is_empty()
    }

    /// The address of another page of the same rooms.
    fn address(&self, after: Option<RoomId>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.is_search() {
            query.append_pair("search", &self.search);
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        let query = query.finish();
        if query.is_empty() { ROOMS.to_owned() } else { format!("{ROOMS}?{query}") }
    }

    async fn read(&self, chat: &Chat, actor: &Actor) -> Result<RoomList> {
        let after = match &self.after {
            Some(after) => Some(RoomId(after.parse().map_err(|_| ErrorCode::UnknownRoom)?)),
            None => None,
        };
        chat.find_rooms(actor, &self.search, after).await
    }
}

/// The page of the rooms, with what it says about its search where that was refused. `count` rooms are there in all: where
/// they fit the list that everybody follows, that one is all there is to show.
pub(super) async fn page(
    chat: &Chat,
    actor: &Actor,
    query: &str,
    count: u32,
) -> Result<(Page, Option<Refused>)> {
    let asked = Asked::parse(query);
    if !asked.is_search() && asked.after.is_none() && count <= ROOMS_LISTED {
        return Ok((Page::Rooms(None), None));
    }
    let (list, refused) = match asked.read(chat, actor).await {
        Ok(list) => (list, None),
        Err(refused) if refused.code == ErrorCode::UnknownRoom => {
            return Ok((Page::NotFound, None));
        }
        Err(refused) if refused.code == ErrorCode::RoomNameInvalid => {
            let why = Why::RoomName(NameFault::TooLong);
            let typed = asked.search.clone();
            (RoomList::default(), Some(Refused { form: FormKind::FindRoom, typed, why }))
        }
        Err(refused) => return Err(refused),
    };
    let directory = Directory {
        first: asked.after.as_ref().map(|_| asked.address(None)),
        next: list.next.map(|next| asked.address(Some(next))),
        search: asked.search,
        rooms: list.rooms,
        count: list.count,
    };
    Ok((Page::Rooms(Some(Box::new(directory))), refused))
}

/// `GET /api/rooms`
pub(super) async fn read(
    State(site): State<SiteState>,
    PageActor(actor): PageActor,
    RawQuery(query): RawQuery,
) -> Response {
    let read = async {
        site.chat.admit_read(&actor)?;
        Asked::parse(&query.unwrap_or_default()).read(&site.chat, &actor).await
    };
    answer(read.await)
}
