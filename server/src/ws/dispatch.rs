//! From a frame to a call of `chat`, and from its outcome to the answer.

use crate::chat::{Chat, CreateRoomError, Refusal, Result};
use crate::hub::Socket;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use protocol::limits::OPEN_ROOMS_MAX;
use protocol::{AckResult, ClientFrame, CommandId, ErrorCode, RoomId, Seq, ServerFrame};
use serde::Deserialize;
use std::sync::Arc;

/// The answer to a command.
pub(super) enum Answer {
    Now(ServerFrame),
    /// It comes when the store is done; the connection goes on meanwhile.
    Later(BoxFuture<'static, ServerFrame>),
}

/// Carries out one frame.
pub(super) async fn frame(chat: &Arc<Chat>, socket: &mut Socket, text: &str) -> Answer {
    // Bad frames cost an allowance too, or they would be the cheapest way to keep the server busy.
    let admitted = chat.admit(socket.user().id);
    let frame = match decode(text) {
        Ok(frame) => frame,
        Err((id, code)) => return Answer::Now(refusal(id, admitted.err().unwrap_or(code.into()))),
    };
    let id = frame.id();
    if let Err(refused) = admitted {
        return Answer::Now(refusal(Some(id), refused));
    }
    let result = match frame {
        ClientFrame::OpenRoom { room, after, .. } => {
            Box::pin(open_room(chat, socket, room, after)).await
        }
        ClientFrame::CloseRoom { room, .. } => close_room(socket, room),
        ClientFrame::Send { message, .. } => {
            let key = message.key;
            let sent = chat.send(socket.user(), &message);
            let answer = async move {
                let sent = sent.await;
                answer(id, sent.map(|sent| AckResult::Sent { key, seq: sent.seq, at: sent.at }))
            };
            return Answer::Later(answer.boxed());
        }
        ClientFrame::CreateRoom { name, .. } => {
            let chat = chat.clone();
            let answer = async move { answer(id, create_room(&chat, &name).await) };
            return Answer::Later(answer.boxed());
        }
        ClientFrame::WatchRooms { .. } => {
            socket.watch_lobby();
            Ok(AckResult::Watching)
        }
        ClientFrame::Ping { .. } => Ok(AckResult::Pong),
    };
    Answer::Now(answer(id, result))
}

async fn open_room(
    chat: &Chat,
    socket: &mut Socket,
    room: RoomId,
    after: Seq,
) -> Result<AckResult> {
    if socket.other_rooms(room) >= OPEN_ROOMS_MAX {
        return Err(ErrorCode::TooManyRooms.into());
    }
    // What this node knows may lag behind the store, never lead: only a position beyond it needs a look there.
    let is_known = socket.known_head(room).is_some_and(|head| after <= head);
    if !is_known && after > chat.room_head(room).await? {
        return Err(ErrorCode::SeqAhead.into());
    }
    socket.open(room, after);
    Ok(AckResult::Opened)
}

fn close_room(socket: &mut Socket, room: RoomId) -> Result<AckResult> {
    if socket.close(room) { Ok(AckResult::Closed) } else { Err(ErrorCode::RoomNotOpen.into()) }
}

async fn create_room(chat: &Chat, name: &str) -> Result<AckResult> {
    match chat.create_room(name).await {
        Ok(room) => Ok(AckResult::Created { room }),
        Err(CreateRoomError::Exists(_)) => Err(ErrorCode::RoomExists.into()),
        Err(CreateRoomError::Refused(refused)) => Err(refused),
    }
}

fn answer(id: CommandId, result: Result<AckResult>) -> ServerFrame {
    match result {
        Ok(result) => ServerFrame::Ack { id, result },
        Err(refused) => refusal(Some(id), refused),
    }
}

fn refusal(id: Option<CommandId>, refused: Refusal) -> ServerFrame {
    let retry_after_ms = refused
        .retry_after
        // Rounded up: a client that waits this long is admitted.
        .map(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).saturating_add(1));
    ServerFrame::Error { id, code: refused.code, retry_after_ms }
}

/// What can be said of a frame that does not decode.
#[derive(Deserialize)]
struct Unreadable {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<CommandId>,
}

fn decode(text: &str) -> std::result::Result<ClientFrame, (Option<CommandId>, ErrorCode)> {
    serde_json::from_str(text).map_err(|_| match serde_json::from_str(text) {
        Ok(Unreadable { kind: Some(kind), id }) if !ClientFrame::KINDS.contains(&kind.as_str()) => {
            (id, ErrorCode::UnknownFrame)
        }
        Ok(Unreadable { id, .. }) => (id, ErrorCode::BadFrame),
        Err(_) => (None, ErrorCode::BadFrame),
    })
}
