//! Users and rooms for a crowd, made through the server's own doors.

use crate::{
    net::{client::Client, http},
    target::Target,
    wire::{Hubbub, Wire},
};
use color_eyre::eyre::Result;
use protocol::Room;
use std::net::SocketAddr;

/// Sockets of one user, below the server's limit of 50.
const SOCKETS_PER_USER: usize = 40;

/// A name that no other run on this server uses.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{:06x}", fastrand::u32(..0x0100_0000))
}

/// Somebody new, connected, and the cookie that proves it.
pub fn client(address: SocketAddr, prefix: &str) -> Result<(Client, String)> {
    let cookie = http::sign_in(address, &unique(prefix))?;
    Ok((Client::connect(address, &cookie)?, cookie))
}

/// Makes rooms, as one user.
pub fn rooms(target: &Target, count: usize) -> Result<Vec<Room>> {
    let (mut client, _) = client(target.address, "host")?;
    let name = unique("load");
    (0..count).map(|index| client.create_room(&format!("{name}-{index}"))).collect()
}

/// Cookies of enough users for `sockets` sockets: one each up to `users_max`, shared beyond.
pub fn users(target: &Target, sockets: usize, users_max: usize) -> Result<Vec<String>> {
    let count = sockets.min(users_max.max(sockets.div_ceil(SOCKETS_PER_USER)));
    http::sign_in_many(target.address, &unique("load"), count)
}

/// The adapter for a target, with fresh rooms, and cookies for its members.
pub fn wire(
    target: &Target,
    rooms_count: usize,
    sockets: usize,
) -> Result<(Box<dyn Wire>, Vec<String>)> {
    if let Some(wire) = target.kind.wire {
        return Ok((wire(), Vec::new()));
    }
    let rooms = rooms(target, rooms_count)?.into_iter().map(|room| room.id).collect();
    // One user each, as in a real room, as far as signing them in stays a matter of seconds.
    let cookies = users(target, sockets, 1000)?;
    Ok((Box::new(Hubbub::new(rooms)), cookies))
}
