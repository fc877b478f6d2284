//! The list of rooms: the liveliest of them, and the one that is on the page. It comes once, then what is new or changed.

use super::sorted::sort;
use crate::device;
use protocol::limits::ROOMS_LISTED;
use protocol::{RoomId, RoomList, RoomSnapshot, RoomSummary};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rooms {
    rooms: Vec<RoomSummary>,
    /// Where each room stands in the list, by its id: every link of the list asks at every change.
    places: Vec<(RoomId, usize)>,
    /// The room on the page: it stays in the list, however lively the others are.
    shown: Option<RoomId>,
    /// How many rooms there are in all.
    count: u32,
    known: bool,
}

impl Rooms {
    /// Whether the list has come, so that an empty one means that there are no rooms.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// Whether the list has all rooms that there are.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.known && u32::try_from(self.rooms.len()).is_ok_and(|listed| listed >= self.count)
    }

    /// How many rooms there are in all.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The rooms of the list: the last ones to have a message first, then the newest of those without any.
    #[must_use]
    pub fn list(&self) -> &[RoomSummary] {
        &self.rooms
    }

    #[must_use]
    pub fn get(&self, id: RoomId) -> Option<&RoomSummary> {
        self.place(id).ok().map(|at| &self.rooms[self.places[at].1])
    }

    /// Where the place of a room is, or would be.
    fn place(&self, id: RoomId) -> Result<usize, usize> {
        self.places.binary_search_by(|(known, _)| known.cmp(&id))
    }

    /// The room of this name, however it is written.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&RoomSummary> {
        let wanted = folded(name);
        self.rooms.iter().find(|summary| folded(&summary.room.name) == wanted)
    }

    /// Takes rooms of the list that are new or changed. Those that are not among the liveliest any more leave it.
    pub fn merge(&mut self, list: RoomList) {
        self.count = list.count;
        self.known = true;
        list.rooms.into_iter().for_each(|room| self.take(room));
        self.order();
    }

    /// Puts the room of the page that is shown into the list.
    pub fn show(&mut self, page: &RoomSnapshot) {
        self.shown = Some(page.room.id);
        self.take(RoomSummary {
            room: page.room.clone(),
            here: page.roster.count,
            last_seq: page.through,
            last_message_at: page.page.messages.last().map(|last| last.at),
        });
        self.order();
    }

    /// Takes how many are in a room, and says whether that is news.
    pub fn count_here(&mut self, room: RoomId, here: u32) -> bool {
        let Ok(at) = self.place(room) else { return false };
        let known = &mut self.rooms[self.places[at].1].here;
        std::mem::replace(known, here) != here
    }

    fn take(&mut self, summary: RoomSummary) {
        match self.place(summary.room.id) {
            Ok(at) => {
                let known = &mut self.rooms[self.places[at].1];
                // A list that was read before a message came may arrive after it.
                if known.last_seq > summary.last_seq {
                    known.here = summary.here;
                } else {
                    *known = summary;
                }
            }
            Err(at) => {
                self.places.insert(at, (summary.room.id, self.rooms.len()));
                self.rooms.push(summary);
            }
        }
    }

    /// Puts the rooms into the order in which the server chooses them, and lets go of those that do not belong to the list.
    fn order(&mut self) {
        sort(&mut self.rooms, |summary| {
            let liveliness = summary.last_message_at.map_or(i64::MIN, |at| at.0);
            (!liveliness, String::new(), -summary.room.id.0)
        });
        let (shown, mut listed) = (self.shown, 0);
        self.rooms.retain(|summary| {
            listed += 1;
            listed <= ROOMS_LISTED || Some(summary.room.id) == shown
        });
        let (rooms, places) = (&self.rooms, &mut self.places);
        places.retain(|(id, _)| rooms.iter().any(|summary| summary.room.id == *id));
        for now in 0..self.rooms.len() {
            if let Ok(at) = self.place(self.rooms[now].room.id) {
                self.places[at].1 = now;
            }
        }
    }
}

fn folded(name: &str) -> String {
    device::lower(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::Rooms;
    use protocol::limits::ROOMS_LISTED;
    use protocol::{
        MessageKey, MessagePage, Millis, Room, RoomId, RoomList, RoomSnapshot, RoomSummary, Roster,
        Seq,
    };

    fn room(id: i64, name: &str, last: i64) -> RoomSummary {
        RoomSummary {
            room: Room { id: RoomId(id), slug: name.to_lowercase(), name: name.into() },
            here: 0,
            last_seq: Seq(last),
            last_message_at: (last > 0).then_some(Millis(last)),
        }
    }

    fn list(rooms: Vec<RoomSummary>) -> RoomList {
        let count = u32::try_from(rooms.len()).expect("a small number");
        RoomList { rooms, count, next: None }
    }

    fn names(rooms: &Rooms) -> Vec<&str> {
        rooms.list().iter().map(|summary| summary.room.name.as_str()).collect()
    }

    #[test]
    fn the_liveliest_room_is_first_and_of_the_silent_ones_the_newest() {
        let mut rooms = Rooms::default();
        rooms.merge(list(vec![room(1, "zoo", 0), room(2, "Ants", 0), room(3, "bees", 5)]));
        assert_eq!(names(&rooms), ["bees", "Ants", "zoo"]);
        rooms.merge(list(vec![room(1, "zoo", 9)]));
        assert_eq!(names(&rooms), ["zoo", "bees", "Ants"]);
    }

    #[test]
    fn an_older_list_does_not_undo_a_newer_change() {
        let mut rooms = Rooms::default();
        rooms.merge(list(vec![room(1, "zoo", 9)]));
        rooms.merge(list(vec![RoomSummary { here: 3, ..room(1, "zoo", 4) }]));
        assert_eq!(rooms.get(RoomId(1)).map(|room| (room.last_seq, room.here)), Some((Seq(9), 3)));
    }

    #[test]
    fn each_room_is_found_by_its_id_wherever_it_stands_in_the_list() {
        let mut rooms = Rooms::default();
        let many = (1..=9).rev().map(|id| room(id, &format!("room {id}"), id % 4));
        rooms.merge(list(many.collect()));
        rooms.merge(list(vec![room(5, "room 5", 90), room(12, "late", 3), room(12, "later", 3)]));
        for id in [1, 2, 3, 4, 5, 6, 7, 8, 9, 12] {
            assert_eq!(rooms.get(RoomId(id)).map(|room| room.room.id), Some(RoomId(id)));
        }
        assert_eq!(rooms.get(RoomId(10)), None);
        assert_eq!(rooms.list().len(), 10);
        assert_eq!(names(&rooms).first(), Some(&"room 5"));
        assert_eq!(rooms.get(RoomId(12)).map(|room| room.room.name.as_str()), Some("later"));
    }

    #[test]
    fn a_room_is_found_by_name_however_it_is_written() {
        let mut rooms = Rooms::default();
        rooms.merge(list(vec![room(1, "Big Plans", 0)]));
        assert!(rooms.named("  big  PLANS ").is_some());
        assert!(rooms.named("plans").is_none());
    }
    #[test]
    fn the_list_stays_as_long_as_a_list_may_be_however_many_rooms_come() {
        let mut rooms = Rooms::default();
        rooms.merge(list(vec![room(1, "spoken", 5), room(2, "old and silent", 0)]));
        for id in 3..3_000 {
            rooms.merge(RoomList { count: 2_999, ..list(vec![room(id, &format!("{id}"), 0)]) });
        }
        assert_eq!(rooms.list().len(), ROOMS_LISTED as usize);
        assert_eq!(names(&rooms)[0], "spoken", "however many exist in which nobody speaks");
        assert!(rooms.get(RoomId(2_999)).is_some() && rooms.get(RoomId(2)).is_none());
        assert_eq!((rooms.count(), rooms.is_complete()), (2_999, false));
    }

    #[test]
    fn the_room_of_the_page_stays_in_the_list_until_another_is_shown() {
        let page = |id: i64| RoomSnapshot {
            room: room(id, &format!("shown {id}"), 0).room,
            roster: Roster { count: 2, users: Vec::new() },
            page: MessagePage::default(),
            through: Seq::ZERO,
            form_key: MessageKey(uuid::Uuid::nil()),
        };
        let mut rooms = Rooms::default();
        rooms.show(&page(1));
        let lively = |from: i64| (from..from + i64::from(ROOMS_LISTED)).map(|id| room(id, "x", id));
        rooms.merge(RoomList { count: 500, ..list(lively(100).collect()) });
        assert_eq!(names(&rooms).last(), Some(&"shown 1"));
        assert!(rooms.count_here(RoomId(1), 3), "that is news");
        assert!(!rooms.count_here(RoomId(1), 3) && !rooms.count_here(RoomId(99), 1));
        assert_eq!(rooms.get(RoomId(1)).map(|room| room.here), Some(3));
        rooms.show(&page(2));
        assert_eq!(names(&rooms).last(), Some(&"shown 2"));
        assert_eq!(rooms.list().len(), ROOMS_LISTED as usize + 1);
    }

    #[test]
    fn a_list_is_complete_while_it_has_as_many_rooms_as_there_are() {
        let mut rooms = Rooms::default();
        assert!(!rooms.is_complete(), "nothing has come");
        rooms.merge(list(vec![room(1, "one", 0)]));
        assert!(rooms.is_complete());
        rooms.merge(RoomList { count: 2, ..RoomList::default() });
        assert!(!rooms.is_complete());
        rooms.merge(RoomList { count: 2, ..list(vec![room(2, "two", 0)]) });
        assert!(rooms.is_complete());
    }
}
