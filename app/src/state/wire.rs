//! Which commands of this tab the server still owes an answer.

use protocol::{CommandId, MessageKey, RoomId};

/// What a command asked for, as far as its answer needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Open(RoomId),
    Send(MessageKey),
    Create,
    /// Nothing waits for its answer.
    Nothing,
}

#[derive(Debug, Default)]
pub struct Wire {
    last: u32,
    /// A handful at most.
    owed: Vec<(CommandId, Asked)>,
}

impl Wire {
    /// A number for a new command. It is never used again, so that no answer is taken for another's.
    pub fn ask(&mut self, asked: Asked) -> CommandId {
        self.last = self.last.wrapping_add(1);
        let id = CommandId(self.last);
        if asked != Asked::Nothing {
            self.owed.push((id, asked));
        }
        id
    }

    /// What the command of this answer asked for.
    pub fn answered(&mut self, id: CommandId) -> Option<Asked> {
        let at = self.owed.iter().position(|(owed, _)| *owed == id)?;
        Some(self.owed.remove(at).1)
    }

    /// Whether this room was asked for and has not been answered.
    #[must_use]
    pub fn is_opening(&self, room: RoomId) -> bool {
        self.owed.iter().any(|(_, asked)| *asked == Asked::Open(room))
    }

    /// The socket is gone: hands back what will never be answered.
    pub fn disconnected(&mut self) -> Vec<Asked> {
        self.owed.drain(..).map(|(_, asked)| asked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Wire};
    use protocol::RoomId;

    #[test]
    fn an_answer_finds_its_command_once() {
        let mut wire = Wire::default();
        let open = wire.ask(Asked::Open(RoomId(3)));
        let ping = wire.ask(Asked::Nothing);
        assert_ne!(open, ping);
        assert!(wire.is_opening(RoomId(3)));
        assert_eq!(wire.answered(open), Some(Asked::Open(RoomId(3))));
        assert_eq!(wire.answered(open), None);
        assert_eq!(wire.answered(ping), None);
        assert!(!wire.is_opening(RoomId(3)));
    }

    #[test]
    fn a_lost_socket_owes_nothing_any_more() {
        let mut wire = Wire::default();
        let create = wire.ask(Asked::Create);
        assert_eq!(wire.disconnected(), [Asked::Create]);
        assert_eq!(wire.answered(create), None);
    }
}
