//! One route a file.

mod login;
mod not_found;
mod room;
mod rooms;
mod sign_out;

pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use room::RoomPage;
pub use rooms::RoomsPage;
pub use sign_out::SignOutPage;
