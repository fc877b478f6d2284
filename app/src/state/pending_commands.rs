//! Which commands of this tab the server still owes an answer.

use protocol::{CommandId, MessageKey, RoomId};

/// What a command asked for, as far as its answer needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingCommand {
    Open(RoomId),
    Send(MessageKey),
    Create,
    /// Nothing waits for its answer.
    Nothing,
}

#[derive(Debug, Default)]
pub struct PendingCommands {
    last: u32,
    /// A handful at most.
    owed: Vec<(CommandId, PendingCommand)>,
}

impl PendingCommands {
    /// A number for a new command. It is never used again, so that no answer is taken for another's.
    pub fn ask(&mut self, asked: PendingCommand) -> CommandId {
        self.last = self.last.wrapping_add(1);
        let id = CommandId(self.last);
        if asked != PendingCommand::Nothing {
            self.owed.push((id, asked));
        }
        id
    }

    /// What the command of this answer asked for.
    pub fn answered(&mut self, id: CommandId) -> Option<PendingCommand> {
        let at = self.owed.iter().position(|(owed, _)| *owed == id)?;
        Some(self.owed.remove(at).1)
    }

    /// Whether this room was asked for and has not been answered.
    #[must_use]
    pub fn is_opening(&self, room: RoomId) -> bool {
        self.owed.iter().any(|(_, asked)| *asked == PendingCommand::Open(room))
    }

    /// The socket is gone: hands back what will never be answered.
    pub fn disconnected(&mut self) -> Vec<PendingCommand> {
        self.owed.drain(..).map(|(_, asked)| asked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{PendingCommand, PendingCommands};
    use protocol::RoomId;

    #[test]
    fn an_answer_finds_its_command_once() {
        let mut wire = PendingCommands::default();
        let open = wire.ask(PendingCommand::Open(RoomId(3)));
        let ping = wire.ask(PendingCommand::Nothing);
        assert_ne!(open, ping);
        assert!(wire.is_opening(RoomId(3)));
        assert_eq!(wire.answered(open), Some(PendingCommand::Open(RoomId(3))));
        assert_eq!(wire.answered(open), None);
        assert_eq!(wire.answered(ping), None);
        assert!(!wire.is_opening(RoomId(3)));
    }

    #[test]
    fn a_lost_socket_owes_nothing_any_more() {
        let mut wire = PendingCommands::default();
        let create = wire.ask(PendingCommand::Create);
        assert_eq!(wire.disconnected(), [PendingCommand::Create]);
        assert_eq!(wire.answered(create), None);
    }
}
