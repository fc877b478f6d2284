//! Who is here and how many, as clients have it that merge what their sockets bring: whatever happens in between, and in
//! whichever order it reaches them, in the end they have what is true.

mod sockets;
mod timeline;

use super::testing::{Peer, connect};
use super::*;
use app::state::presence::Presence as Merged;
use futures_util::{FutureExt, future};
use proptest::prelude::*;
use protocol::{Ack, CommandId, Room, RoomSummary, Roster, Seq};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::sleep;

const ROOM: RoomId = RoomId(1);

/// Longer than a grace and the gathering after it.
const SETTLED: Duration = Duration::from_secs(10);

/// A connection with what its client has merged so far.
struct Client {
    socket: Socket,
    queue: Arc<SocketQueue>,
    peer: Peer,
    is_open: bool,
    merged: Merged,
    /// The room's count in the list of rooms.
    listed: Option<u32>,
    /// A list of rooms that was read and not sent yet.
    list: Option<Bytes>,
    reads: u32,
}

fn user(id: i64) -> User {
    User { id: UserId(id), name: format!("user {id}") }
}

fn ack(id: u32) -> Bytes {
    encode(&ServerFrame::Ack(Ack::plain(CommandId(id))))
}

fn list(hub: &Hub) -> Bytes {
    let room = Room { id: ROOM, slug: "room".into(), name: "Room".into() };
    let here = hub.here(ROOM);
    let summary = RoomSummary { room, here, last_seq: Seq::ZERO, last_message_at: None };
    encode(&ServerFrame::Rooms { rooms: vec![summary], count: 1 })
}

async fn broadcast_directory(hub: &Hub) {
    if !hub.take_directory_changes().is_empty() {
        hub.broadcast_directory(list(hub)).await;
    }
}

impl Client {
    async fn connect(hub: &Arc<Hub>, id: i64) -> Self {
        let (queue, peer) = connect().await;
        let socket = hub.connect(&user(id), SessionId(id), &queue, hub.losses()).expect("a socket");
        socket.watch_directory();
        let (merged, listed) = (Merged::default(), None);
        Self { socket, queue, peer, is_open: false, merged, listed, list: None, reads: 0 }
    }

    fn open(&mut self) {
        self.socket.open(ROOM, Seq::ZERO);
        self.is_open = true;
    }

    /// Does one piece of work as a connection does it, if there is one.
    fn work(&mut self, hub: &Hub) -> bool {
        match self.queue.work().now_or_never() {
            None => return false,
            Some(Work::Resync(Topic::Timeline(room))) => {
                if let Some(page) = self.socket.resume(room) {
                    self.socket.advance(page, Seq::ZERO, true);
                }
            }
            Some(Work::Resync(Topic::Roster(room))) => self.socket.resync_roster(room),
            // Reading the list takes a while; what happens meanwhile must not be lost.
            Some(Work::Resync(Topic::Directory)) => match self.list.take() {
                Some(list) => self.queue.end_resync(Topic::Directory, &list),
                None => {
                    self.queue.begin_resync(Topic::Directory);
                    self.list = Some(list(hub));
                }
            },
            Some(Work::Written) => {}
            Some(other) => panic!("nothing closes these sockets, not {other:?}"),
        }
        true
    }

    /// Reads everything that was sent until now.
    async fn read(&mut self) {
        self.reads += 1;
        let Self { queue, peer, merged, listed, reads, .. } = self;
        read_sent(queue, peer, *reads, |frame| match frame {
            ServerFrame::Roster { count, users, .. } => {
                *merged = Merged::new(Roster { count, users });
            }
            ServerFrame::RosterChanged { count, joined, left, .. } => {
                merged.change(count, joined, &left);
            }
            ServerFrame::Rooms { rooms, .. } => {
                *listed = rooms.first().map(|room| room.here).or(*listed);
            }
            _ => {}
        })
        .await;
    }
}

/// Hands a client everything that was sent to it until now. The end is marked by an answer of this number, which was never
/// sent on this socket before.
async fn read_sent(
    queue: &SocketQueue,
    peer: &mut Peer,
    number: u32,
    mut merge: impl FnMut(ServerFrame),
) {
    queue.send(&[ack(number)]);
    let reading = async {
        loop {
            match peer.frame().await {
                ServerFrame::Ack(ack) if ack.id == CommandId(number) => return,
                frame => merge(frame),
            }
        }
    };
    future::join(queue.written(), reading).await;
}

/// Lets so much wait for a client that nothing else is taken until it reads.
fn stall(queue: &SocketQueue) {
    let junk = vec![ack(0); 1000];
    while !queue.is_waiting() {
        queue.send(&junk);
    }
    queue.send(&vec![ack(0); backlog::QUEUE_BYTES_MAX / ack(0).len() + 1]);
}

fn start() -> Arc<Hub> {
    let hub = Arc::new(Hub::default());
    let (sender, events) = mpsc::channel(1);
    let running = hub.clone();
    tokio::spawn(async move {
        // The bus stays open.
        let _sender = sender;
        running.run(events).await;
    });
    hub
}

/// Lets everything be told that is to be told, and everybody read it.
async fn settle(hub: &Hub, clients: &mut [&mut Client]) {
    // A connection that has stalled has work again when it was read from.
    for _ in 0..2 {
        sleep(SETTLED).await;
        broadcast_directory(hub).await;
        for client in &mut *clients {
            client.read().await;
            while client.work(hub) {}
            client.read().await;
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Open(usize),
    Close(usize),
    Drop(usize),
    Work(usize),
    Read(usize),
    Stall(usize),
    Yield,
    Sleep(u64),
    TellLobby,
}

const SOCKETS: usize = 5;

/// Two of the sockets are the same user's.
const USERS: usize = 4;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let socket = 0..SOCKETS;
    let step = prop_oneof![
        4 => socket.clone().prop_map(Step::Open),
        3 => socket.clone().prop_map(Step::Close),
        1 => socket.clone().prop_map(Step::Drop),
        4 => socket.clone().prop_map(Step::Work),
        1 => socket.clone().prop_map(Step::Read),
        1 => socket.prop_map(Step::Stall),
        2 => Just(Step::Yield),
        3 => prop_oneof![1..20_u64, 100..300_u64, 4_900..5_300_u64].prop_map(Step::Sleep),
        1 => Just(Step::TellLobby),
    ];
    prop::collection::vec(step, 1..60)
}

async fn play(steps: Vec<Step>) {
    let hub = start();
    let mut clients: [Option<Client>; SOCKETS] = Default::default();
    for step in steps {
        match step {
            Step::Open(at) => {
                if clients[at].is_none() {
                    let id = i64::try_from(at % USERS).expect("a small number");
                    clients[at] = Some(Client::connect(&hub, id).await);
                }
                clients[at].as_mut().expect("a client").open();
            }
            Step::Close(at) => {
                if let Some(client) = &mut clients[at] {
                    client.socket.close(ROOM);
                    client.is_open = false;
                }
            }
            Step::Drop(at) => clients[at] = None,
            Step::Work(at) => {
                let _ = clients[at].as_mut().map(|client| client.work(&hub));
            }
            Step::Read(at) => {
                if let Some(client) = &mut clients[at] {
                    client.read().await;
                }
            }
            Step::Stall(at) => {
                if let Some(client) = &clients[at] {
                    stall(&client.queue);
                }
            }
            Step::Yield => yield_now().await,
            Step::Sleep(ms) => sleep(Duration::from_millis(ms)).await,
            Step::TellLobby => broadcast_directory(&hub).await,
        }
    }
    let mut clients: Vec<_> = clients.iter_mut().flatten().collect();
    settle(&hub, &mut clients).await;
    let open = || clients.iter().filter(|client| client.is_open);
    let truth: BTreeSet<UserId> = open().map(|client| client.socket.user().id).collect();
    let count = u32::try_from(truth.len()).expect("a small number");
    for client in open() {
        let merged: BTreeSet<_> = client.merged.users().iter().map(|user| user.id).collect();
        assert_eq!(merged, truth, "who is here");
        assert_eq!(client.merged.count(), count, "how many are here");
    }
    for client in &clients {
        assert_eq!(client.listed, Some(count), "how many the list of rooms says are here");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_merged_roster_is_the_truth_whatever_happened(steps in steps()) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(play(steps));
    }
}

#[tokio::test(start_paused = true)]
async fn who_came_and_went_before_a_diff_is_no_ghost() {
    use Step::{Close, Open, Sleep, Work};
    let (ana, ben, cleo) = (0, 1, 2);
    let all_work = |at| [Work(at); 4];
    let mut steps = vec![Open(ana)];
    steps.extend(all_work(ana));
    steps.extend([Sleep(50), Open(ben), Open(cleo)]);
    steps.extend(all_work(cleo));
    steps.push(Close(ben));
    play(steps).await;
}

#[tokio::test(start_paused = true)]
async fn who_went_and_came_before_a_diff_is_not_missing() {
    use Step::{Close, Open, Sleep, Work};
    let (ana, ben, cleo) = (0, 1, 2);
    let all_work = |at| [Work(at); 4];
    let mut steps = vec![Open(ana), Open(ben), Sleep(250), Close(ben), Open(cleo)];
    steps.extend(all_work(cleo));
    steps.push(Open(ben));
    play(steps).await;
}

#[tokio::test(start_paused = true)]
async fn a_rush_of_three_hundred_is_the_same_list_for_all() {
    let hub = start();
    let mut clients = Vec::new();
    for id in 1..=300 {
        let mut client = Client::connect(&hub, id).await;
        client.open();
        while client.work(&hub) {}
        clients.push(client);
        if id % 7 == 0 {
            yield_now().await;
        }
    }
    settle(&hub, &mut clients.iter_mut().collect::<Vec<_>>()).await;
    let (first, others) = clients.split_first().expect("clients");
    assert_eq!((first.merged.count(), first.merged.users().len()), (300, 200));
    assert!(others.iter().all(|other| other.merged == first.merged));
    assert!(clients.iter().all(|client| client.listed == Some(300)));
}

#[tokio::test(start_paused = true)]
async fn a_hub_in_which_nothing_happens_sleeps() {
    let hub = start();
    let mut client = Client::connect(&hub, 1).await;
    client.open();
    settle(&hub, &mut [&mut client]).await;
    assert_eq!(hub.presence.lock().next_due(), None);
    assert_eq!(hub.directory_changed().now_or_never(), None);
}

#[tokio::test]
async fn the_hub_answers_only_while_it_passes_on_what_happens() {
    let hub = Arc::new(Hub::default());
    assert_eq!(hub.check().now_or_never(), None, "nobody runs it");
    let (bus, events) = mpsc::channel(1);
    let running = {
        let hub = hub.clone();
        tokio::spawn(async move { hub.run(events).await })
    };
    hub.check().await;
    drop(bus);
    running.await.expect("it ends with the bus");
    assert_eq!(hub.check().now_or_never(), None, "it has ended");
}

#[tokio::test]
async fn after_a_loss_the_list_of_rooms_is_read_anew() {
    let hub = Arc::new(Hub::default());
    let mut client = Client::connect(&hub, 1).await;
    while client.work(&hub) {}
    hub.hear(Heard::SomeLost);
    assert_eq!(client.queue.work().now_or_never(), Some(Work::Resync(Topic::Directory)));
    assert!(
        hub.take_directory_changes().some_lost,
        "a list that was read before is shared no more"
    );
}
