//! The list of rooms: the whole of it once, then what is new or changed.

use super::sorted::sort;
use crate::device;
use protocol::{RoomId, RoomSummary};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rooms {
    rooms: Vec<RoomSummary>,
    /// Where each room stands in the list, by its id: every link of the list asks at every change.
    places: Vec<(RoomId, usize)>,
    known: bool,
}

impl Rooms {
    /// Whether the whole list has come, so that an empty one means that there are no rooms.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// All rooms, the liveliest first.
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

    /// Takes rooms that are new or changed.
    pub fn merge(&mut self, changed: Vec<RoomSummary>) {
        for summary in changed {
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
        self.known = true;
        sort(&mut self.rooms, |summary| {
            let liveliness = summary.last_message_at.map_or(i64::MIN, |at| at.0);
            (!liveliness, device::lower(&summary.room.name), summary.room.id.0)
        });
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
    use protocol::{Millis, Room, RoomId, RoomSummary, Seq};

    fn room(id: i64, name: &str, last: i64) -> RoomSummary {
        RoomSummary {
            room: Room { id: RoomId(id), slug: name.to_lowercase(), name: name.into() },
            here: 0,
            last_seq: Seq(last),
            last_message_at: (last > 0).then_some(Millis(last)),
        }
    }

    fn names(rooms: &Rooms) -> Vec<&str> {
        rooms.list().iter().map(|summary| summary.room.name.as_str()).collect()
    }

    #[test]
    fn the_liveliest_room_is_first_and_silent_ones_go_by_name() {
        let mut rooms = Rooms::default();
        rooms.merge(vec![room(1, "zoo", 0), room(2, "Ants", 0), room(3, "bees", 5)]);
        assert_eq!(names(&rooms), ["bees", "Ants", "zoo"]);
        rooms.merge(vec![room(1, "zoo", 9)]);
        assert_eq!(names(&rooms), ["zoo", "bees", "Ants"]);
    }

    #[test]
    fn an_older_list_does_not_undo_a_newer_change() {
        let mut rooms = Rooms::default();
        rooms.merge(vec![room(1, "zoo", 9)]);
        rooms.merge(vec![RoomSummary { here: 3, ..room(1, "zoo", 4) }]);
        assert_eq!(rooms.get(RoomId(1)).map(|room| (room.last_seq, room.here)), Some((Seq(9), 3)));
    }

    #[test]
    fn each_room_is_found_by_its_id_wherever_it_stands_in_the_list() {
        let mut rooms = Rooms::default();
        rooms.merge((1..=9).rev().map(|id| room(id, &format!("room {id}"), id % 4)).collect());
        rooms.merge(vec![room(5, "room 5", 90), room(12, "late", 3), room(12, "later", 3)]);
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
        rooms.merge(vec![room(1, "Big Plans", 0)]);
        assert!(rooms.named("  big  PLANS ").is_some());
        assert!(rooms.named("plans").is_none());
    }
}
