//! What pages are built of: one component a file, its style in `style/` under the same name.

mod account;
mod avatar;
mod brand;
mod composer;
mod connection_banner;
mod field_error;
mod list;
mod message;
mod message_list;
mod message_text;
mod moment;
mod new_room;
mod notice;
mod people;
mod room_nav;
mod room_view;
mod unsent_bar;
mod unsent_message;

pub use account::Account;
pub use brand::Brand;
pub use connection_banner::ConnectionBanner;
pub use field_error::FieldError;
pub use new_room::NewRoom;
pub use notice::Notice;
pub use room_nav::RoomNav;
pub use room_view::RoomView;
