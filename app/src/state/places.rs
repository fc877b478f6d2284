//! Where somebody was reading in the rooms that this tab has left, so that coming back, by a link or by the browser's
//! buttons, leads to the same line.

use super::timeline::Timeline;
use super::window::Window;
use protocol::{RoomId, Seq};

/// Rooms remembered at most: who goes back further than this finds the room at its end, as at the first visit.
const ROOMS_MAX: usize = 8;

/// A place in a room, away from its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// All that was loaded: the place is in it, and reading on needs no hole in between.
    pub timeline: Timeline,
    pub window: Window,
    /// The newest message that was seen at the end.
    pub seen: Seq,
    /// The first message in view.
    pub row: Seq,
    /// Its upper edge, in CSS pixels below that of the timeline.
    pub top: f64,
}

/// The places of a tab, the latest last.
#[derive(Debug, Default)]
pub struct Places(Vec<(RoomId, Place)>);

impl Places {
    /// Remembers where somebody was, or that they were at the end.
    pub fn leave(&mut self, room: RoomId, place: Option<Place>) {
        self.0.retain(|(other, _)| *other != room);
        if let Some(place) = place {
            self.0.push((room, place));
        }
        if self.0.len() > ROOMS_MAX {
            self.0.remove(0);
        }
    }

    /// The place to go back to, unless the server has lost what was read there: `through` is what it has now.
    pub fn come_back(&mut self, room: RoomId, through: Seq) -> Option<Place> {
        let at = self.0.iter().position(|(other, _)| *other == room)?;
        let (_, place) = self.0.remove(at);
        (place.timeline.through() <= through).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Places, ROOMS_MAX};
    use crate::state::timeline::Timeline;
    use crate::state::window::Window;
    use protocol::{MessagePage, RoomId, Seq};

    const ROOM: RoomId = RoomId(1);

    fn place(through: i64) -> Place {
        Place {
            timeline: Timeline::new(MessagePage::default(), Seq(through)),
            window: Window::default(),
            seen: Seq(through),
            row: Seq(1),
            top: 8.0,
        }
    }

    #[test]
    fn who_comes_back_is_where_they_were_and_who_was_at_the_end_is_at_the_end() {
        let mut places = Places::default();
        places.leave(ROOM, Some(place(5)));
        assert_eq!(places.come_back(ROOM, Seq(9)), Some(place(5)));
        places.leave(ROOM, Some(place(5)));
        places.leave(ROOM, None);
        assert_eq!(places.come_back(ROOM, Seq(9)), None);
    }

    #[test]
    fn a_place_in_what_the_server_has_lost_is_no_place() {
        let mut places = Places::default();
        places.leave(ROOM, Some(place(5)));
        assert_eq!(places.come_back(ROOM, Seq(4)), None);
    }

    #[test]
    fn only_the_latest_rooms_are_remembered() {
        let mut places = Places::default();
        for room in 0..=i64::try_from(ROOMS_MAX).expect("a small number") {
            places.leave(RoomId(room), Some(place(5)));
        }
        assert_eq!(places.come_back(RoomId(0), Seq(5)), None);
        assert!(places.come_back(RoomId(1), Seq(5)).is_some());
    }
}
