//! The names both sides of Hubbub share: ids, users, rooms, messages, the frames of the WebSocket and their limits.
//!
//! Plain data only: no I/O, no clock, nothing that does not compile for `wasm32`. How frames are used is described in
//! `docs/protocol.md`; rules about who may do what live in the server's `chat`.

pub mod error;
pub mod form;
pub mod frame;
pub mod identity;
pub mod ids;
pub mod limits;
pub mod message;
pub mod room;
pub mod tidy;
pub mod user;

pub use error::{ErrorCode, Refused};
pub use form::{CharacterFault, FormKey, NameFault};
pub use frame::{Ack, AnyHello, ClientFrame, CloseCode, Sent, ServerFrame};
pub use identity::{Epoch, PAGE_HEADER, PageIdentity};
pub use ids::{CommandId, MessageKey, Millis, RoomId, Seq, UserId};
pub use limits::Limits;
pub use message::{Message, MessagePage, NewMessage};
pub use room::{Room, RoomList, RoomSnapshot, RoomSummary, Roster};
pub use tidy::tidy;
pub use user::User;

/// Version of the wire protocol, sent in `hello`. It grows when an old client could misread a new server.
pub const PROTOCOL_VERSION: u32 = 3;
