//! From a frame to a call of `chat`, and from its outcome to the answer.

use crate::chat::{Actor, Chat, CommandError, CreateRoomError, Result, to_its_end};
use crate::hub::Socket;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use protocol::limits::OPEN_ROOMS_MAX;
use protocol::{
    Ack, ClientFrame, CommandId, Epoch, ErrorCode, Room, RoomId, Sent, Seq, ServerFrame,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The answer to a command.
pub(super) enum Answer {
    Now(ServerFrame),
    /// The answer, and what has to follow it before anything else does.
    With(ServerFrame, Bytes),
    /// It comes when the store is done; the connection goes on meanwhile.
    Later(BoxFuture<'static, ServerFrame>),
}

/// Carries out one frame.
pub(super) async fn frame(
    chat: &Arc<Chat>,
    actor: &Actor,
    socket: &mut Socket,
    text: &str,
) -> Answer {
    // Bad frames cost an allowance too, or they would be the cheapest way to keep the server busy.
    let admitted = chat.admit(actor);
    let frame = match decode(text) {
        Ok(frame) => frame,
        Err((id, code)) => return Answer::Now(refusal(id, admitted.err().unwrap_or(code.into()))),
    };
    let id = frame.id();
    if let Err(refused) = admitted {
        return Answer::Now(refusal(Some(id), refused));
    }
    let result = match frame {
        ClientFrame::OpenRoom { room, after, epoch, at_most, .. } => {
            let place = Place { after, epoch, at_most };
            match Box::pin(open_room(chat, actor, socket, room, place)).await {
                Ok(Some(reset)) => {
                    return Answer::With(answer(Ok(Ack::plain(id)), id), reset);
                }
                opened => opened.map(|_| ()),
            }
        }
        ClientFrame::CloseRoom { room, .. } => close_room(socket, room),
        ClientFrame::Send { message, .. } => {
            let key = message.key;
            let sent = chat.send(actor, &message);
            let answer = async move {
                let sent = sent.await;
                let sent = sent.map(|sent| Sent { key, seq: sent.seq, at: sent.at });
                answer(sent.map(|sent| Ack { sent: Some(sent), ..Ack::plain(id) }), id)
            };
            return Answer::Later(answer.boxed());
        }
        ClientFrame::CreateRoom { name, .. } => {
            let (chat, actor) = (chat.clone(), actor.clone());
            let created = async move { create_room(&chat, &actor, &name).await };
            let answer = async move {
                let created = to_its_end(created).await;
                answer(created.map(|room| Ack { created: Some(room), ..Ack::plain(id) }), id)
            };
            return Answer::Later(answer.boxed());
        }
        ClientFrame::WatchRooms { .. } => {
            socket.watch_directory();
            Ok(())
        }
        ClientFrame::Ping { .. } => Ok(()),
    };
    Answer::Now(answer(result.map(|()| Ack::plain(id)), id))
}

/// Where a client is in a room, and how much it wants to be sent to come from there to the end.
struct Place {
    after: Seq,
    epoch: Option<Epoch>,
    at_most: Option<u32>,
}

impl Place {
    /// Whether the client is to start over from the room's last messages instead of going on from here.
    fn needs_reset(&self, chat: &Chat, head: Seq) -> bool {
        let missing = head.0.saturating_sub(self.after.0);
        let is_other = self.epoch.is_some_and(|epoch| epoch != chat.epoch());
        let is_far = self.at_most.is_some_and(|at_most| missing > i64::from(at_most));
        let can_reset = self.epoch.is_some() || self.at_most.is_some();
        is_other || is_far || can_reset && missing < 0
    }
}

/// Opens a room; gives the frame that has to follow the answer, when the client is to start over.
async fn open_room(
    chat: &Chat,
    actor: &Actor,
    socket: &mut Socket,
    room: RoomId,
    place: Place,
) -> Result<Option<Bytes>> {
    if socket.other_rooms(room) >= OPEN_ROOMS_MAX {
        return Err(ErrorCode::TooManyRooms.into());
    }
    if place.after < Seq::ZERO {
        return Err(ErrorCode::BadFrame.into());
    }
    // Each time at least one page of the store is read and sent.
    chat.admit_read(actor)?;
    let head = chat.room_head(actor, room, place.after).await?;
    if place.needs_reset(chat, head) {
        let reset = chat.reset(actor, room).await?;
        // From here on nothing of the room is told until what comes after the reset was read from the store.
        socket.open(room, reset.through);
        return Ok(Some(reset.frame.clone()));
    }
    if place.after > head {
        return Err(ErrorCode::SeqAhead.into());
    }
    socket.open(room, place.after);
    Ok(None)
}

fn close_room(socket: &mut Socket, room: RoomId) -> Result<()> {
    if socket.close(room) { Ok(()) } else { Err(ErrorCode::RoomNotOpen.into()) }
}

async fn create_room(chat: &Chat, actor: &Actor, name: &str) -> Result<Room> {
    match chat.create_room(actor, name).await {
        Ok(room) => Ok(room),
        Err(CreateRoomError::NameInvalid(_)) => Err(ErrorCode::RoomNameInvalid.into()),
        Err(CreateRoomError::Exists(_)) => Err(ErrorCode::RoomExists.into()),
        Err(CreateRoomError::Refused(refused)) => Err(refused),
    }
}

fn answer(result: Result<Ack>, id: CommandId) -> ServerFrame {
    match result {
        Ok(ack) => ServerFrame::Ack(ack),
        Err(refused) => refusal(Some(id), refused),
    }
}

fn refusal(id: Option<CommandId>, refused: CommandError) -> ServerFrame {
    ServerFrame::Error { id, code: refused.code, retry_after_ms: refused.retry_after_ms() }
}

/// What can be said of a frame that does not decode, where it has the shape of one.
#[derive(Deserialize)]
struct Unreadable {
    id: Option<CommandId>,
}

fn decode(text: &str) -> std::result::Result<ClientFrame, (Option<CommandId>, ErrorCode)> {
    serde_json::from_str(text).map_err(|_| {
        let members: BTreeMap<String, Unreadable> = serde_json::from_str(text).unwrap_or_default();
        let mut members = members.into_iter();
        match (members.next(), members.next()) {
            (Some((kind, frame)), None) => {
                let is_known = ClientFrame::KINDS.contains(&kind.as_str());
                let code = if is_known { ErrorCode::BadFrame } else { ErrorCode::UnknownFrame };
                (frame.id, code)
            }
            _ => (None, ErrorCode::BadFrame),
        }
    })
}
