//! Who is here, as the members of a room are told.

use crate::support::{ROOM, Socket, TestServer};
use protocol::{RoomId, ServerFrame};
use serde_json::json;
use std::collections::BTreeMap;

/// A socket with the roster that a client would keep.
struct Member {
    socket: Socket,
    roster: BTreeMap<i64, String>,
    count: u32,
}

impl Member {
    async fn join(server: &TestServer, name: &str) -> Self {
        let mut socket = server.socket(name).await;
        socket.command("open_room", json!({"room": ROOM, "after": 0})).await;
        Self { socket, roster: BTreeMap::new(), count: 0 }
    }

    /// Waits until the roster has exactly these names.
    async fn sees(&mut self, names: &[&str]) {
        while self.roster.values().map(String::as_str).ne(names.iter().copied()) {
            match self.socket.next().await {
                ServerFrame::Roster { room: RoomId(ROOM), count, users } => {
                    self.roster = users.into_iter().map(|user| (user.id.0, user.name)).collect();
                    self.count = count;
                }
                ServerFrame::RosterChanged { room: RoomId(ROOM), count, joined, left } => {
                    self.roster.extend(joined.into_iter().map(|user| (user.id.0, user.name)));
                    self.roster.retain(|id, _| !left.iter().any(|user| user.0 == *id));
                    self.count = count;
                }
                _ => {}
            }
        }
        assert_eq!(self.count as usize, names.len());
    }
}

#[tokio::test]
async fn joins_and_leaves_reach_everybody_in_the_room() {
    let server = TestServer::start().await;
    let mut ana = Member::join(&server, "Ana").await;
    ana.sees(&["Ana"]).await;
    let mut ben = Member::join(&server, "Ben").await;
    ana.sees(&["Ana", "Ben"]).await;
    ben.sees(&["Ana", "Ben"]).await;
    ben.socket.command("close_room", json!({"room": ROOM})).await;
    ana.sees(&["Ana"]).await;
}

#[tokio::test]
async fn a_socket_that_drops_leaves_after_the_grace() {
    let server = TestServer::start().await;
    let mut ana = Member::join(&server, "Ana").await;
    let ben = Member::join(&server, "Ben").await;
    ana.sees(&["Ana", "Ben"]).await;
    drop(ben);
    ana.sees(&["Ana"]).await;
}

#[tokio::test]
async fn two_tabs_count_once_and_leave_with_the_last() {
    let server = TestServer::start().await;
    let mut ana = Member::join(&server, "Ana").await;
    let ben = server.client("Ben").await;
    let (mut first_tab, mut second_tab) = (ben.connect().await, ben.connect().await);
    first_tab.open(ROOM, 0).await;
    second_tab.open(ROOM, 0).await;
    ana.sees(&["Ana", "Ben"]).await;
    first_tab.command("close_room", json!({"room": ROOM})).await;
    // Cleo's arrival is told after whatever the first tab's leaving would have told.
    let cleo = Member::join(&server, "Cleo").await;
    ana.sees(&["Ana", "Ben", "Cleo"]).await;
    second_tab.command("close_room", json!({"room": ROOM})).await;
    ana.sees(&["Ana", "Cleo"]).await;
    drop(cleo);
}
