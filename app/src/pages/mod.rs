//! One route a file.

mod login;
mod not_found;
mod room;
mod rooms;

pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use room::RoomPage;
pub use rooms::RoomsPage;
