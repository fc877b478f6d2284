//! What pages are built of: one component a file, its style in `style/` under the same name.

mod account;
mod avatar;
mod brand;
mod composer;
mod connection_banner;
pub mod field_error;
mod kept_text;
mod list;
mod live;
mod message;
mod message_head;
mod message_list;
mod message_text;
mod moment;
mod new_room;
mod notice;
pub mod page_field;
mod people;
mod per_frame;
mod reader;
mod room_nav;
mod room_view;
mod socket_advice;
mod unsent_bar;
mod unsent_message;

pub use account::Account;
pub use brand::Brand;
pub use connection_banner::ConnectionBanner;
pub use kept_text::KeptText;
pub use live::escaped;
pub use new_room::NewRoom;
pub use notice::Notice;
pub use room_nav::RoomNav;
pub use room_view::{RoomView, provide_places};
