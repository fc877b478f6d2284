//! A room's messages, as clients have them that merge what their sockets bring: in any interleaving of commits, events
//! that a bus shuffles, doubles and loses, pages from the store, stalls, and rooms that are opened and closed, each sees every
//! message once and in order.
//!
//! The store is a number here, because all that the hub knows of it is how far it goes.

use super::super::testing::{Peer, connect};
use super::super::{Hub, PageKey, Socket, SocketQueue, Topic, Work, encode};
use super::{ROOM, read_sent, stall, start, user};
use crate::bus::{Event, Heard, wire};
use crate::store::SessionId;
use futures_util::FutureExt;
use proptest::prelude::*;
use protocol::{Message, MessageKey, Millis, Seq, ServerFrame};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::sleep;
use uuid::Uuid;

const SOCKETS: usize = 3;

/// Messages in a page, so few that catching up takes several.
const PAGE: i64 = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// So many messages are committed, and an event about them is on the bus.
    Commit(i64),
    /// One of the events on the bus arrives, in whichever order.
    Hear(usize),
    /// The same, and it will arrive again.
    HearTwice(usize),
    /// One of them will never arrive.
    Lose(usize),
    /// The bus says that it has lost some, whether it has or not.
    HearOfLoss,
    Open(usize),
    Close(usize),
    /// The connection begins what there is to do; a page that it reads arrives with its next step.
    Work(usize),
    /// The same, but where another connection has read such a page before, however long ago, it gets that one.
    WorkFromCache(usize),
    Read(usize),
    Stall(usize),
    Yield,
    Pace,
}

/// The changes in `(after, through]`, and whether the store ended there when they were read.
#[derive(Debug, Clone, Copy)]
struct Page {
    after: i64,
    through: i64,
    is_last: bool,
}

#[derive(Default)]
struct Store {
    committed: i64,
    /// Events on the bus, as bytes.
    events: Vec<Vec<u8>>,
    /// Whether something is lost of which the bus has to tell.
    has_lost: bool,
    cache: HashMap<PageKey, Page>,
}

struct Client {
    socket: Socket,
    queue: Arc<SocketQueue>,
    peer: Peer,
    is_open: bool,
    /// A page on its way from the store.
    page: Option<(PageKey, Page)>,
    /// Everything up to here was seen.
    cursor: i64,
    /// What is on its way may come again after the room was opened anew, up to here.
    again_until: i64,
    reads: u32,
}

fn message(seq: i64) -> Message {
    let (seq, key) = (Seq(seq), MessageKey(Uuid::nil()));
    Message { seq, changed: seq, author: user(1), key, text: "text".into(), at: Millis(0) }
}

fn messages(after: i64, through: i64) -> Vec<Message> {
    (after + 1..=through).map(message).collect()
}

impl Store {
    fn read(&mut self, key: PageKey, from_cache: bool) -> Page {
        if let Some(page) = self.cache.get(&key).filter(|_| from_cache) {
            return *page;
        }
        let Seq(after) = key.after;
        let through = self.committed.min(after + PAGE);
        let page = Page { after, through, is_last: through == self.committed };
        // A page of nothing is not kept, or it would go on saying so when there is something.
        if through > after {
            self.cache.insert(key, page);
        }
        page
    }

    fn commit(&mut self, count: i64) {
        let after = self.committed;
        self.committed += count;
        let messages = messages(after, self.committed);
        let (after, through) = (Seq(after), Seq(self.committed));
        let event = Event::Changed { room: ROOM, after, through, messages };
        self.events.push(wire::encode(&event));
    }

    /// Takes an event off the bus, if there is one.
    fn take_event(&mut self, which: usize) -> Option<Vec<u8>> {
        let count = self.events.len();
        (count > 0).then(|| self.events.remove(which % count))
    }

    fn hear(&mut self, hub: &Hub, which: usize, again: bool) {
        let Some(event) = self.take_event(which) else { return };
        hub.hear(wire::decode(&event));
        if again {
            self.events.push(event);
        }
    }
}

impl Client {
    async fn connect(hub: &Arc<Hub>, id: i64) -> Self {
        let (queue, peer) = connect().await;
        let socket = hub.connect(&user(id), SessionId(id), &queue, hub.losses()).expect("a socket");
        let (cursor, again_until, reads) = (0, 0, 0);
        Self { socket, queue, peer, is_open: false, page: None, cursor, again_until, reads }
    }

    /// Opens the room with what the client has seen; more may be on its way.
    fn open(&mut self, store: &Store) {
        self.socket.open(ROOM, Seq(self.cursor));
        self.is_open = true;
        self.again_until = store.committed;
    }

    /// A connection does one thing after the other: before anything else a page that it waits for is passed on.
    fn take_page(&mut self) {
        let Some((key, Page { after, through, is_last })) = self.page.take() else { return };
        if through > after {
            let messages = messages(after, through);
            let (after, through) = (Seq(after), Seq(through));
            self.queue.send(&[encode(&ServerFrame::Changes {
                room: ROOM,
                after,
                through,
                messages,
            })]);
        }
        self.socket.advance(key, Seq(through), is_last);
    }

    /// Begins one piece of work, if there is one.
    fn work(&mut self, store: &mut Store, from_cache: bool) -> bool {
        if self.page.is_some() {
            self.take_page();
            return true;
        }
        match self.queue.work().now_or_never() {
            None => return false,
            Some(Work::Resync(Topic::Timeline(room))) => {
                self.page = self.socket.resume(room).map(|key| (key, store.read(key, from_cache)));
            }
            Some(Work::Resync(Topic::Roster(room))) => self.socket.resync_roster(room),
            Some(Work::Written) => {}
            Some(other) => panic!("nothing closes these sockets, not {other:?}"),
        }
        true
    }

    /// Reads everything that was sent until now, and merges it as the protocol says.
    async fn read(&mut self) {
        self.reads += 1;
        let Self { queue, peer, cursor, again_until, reads, .. } = self;
        read_sent(queue, peer, *reads, |frame| match frame {
            ServerFrame::Changes { after: Seq(after), through: Seq(through), messages, .. } => {
                assert!(after <= *cursor, "a hole: changes after {after} came at {cursor}");
                assert!(
                    after == *cursor || *cursor <= *again_until,
                    "again: changes after {after} came at {cursor}"
                );
                let seqs: Vec<i64> = messages.iter().map(|message| message.seq.0).collect();
                assert_eq!(seqs, (after + 1..=through).collect::<Vec<_>>());
                *cursor = through.max(*cursor);
            }
            ServerFrame::CaughtUp { seq: Seq(seq), .. } => {
                assert!(seq <= *cursor, "caught up at {seq}, but was at {cursor}");
            }
            _ => {}
        })
        .await;
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let socket = 0..SOCKETS;
    let step = prop_oneof![
        4 => (1..8_i64).prop_map(Step::Commit),
        4 => (0..10_usize).prop_map(Step::Hear),
        1 => (0..10_usize).prop_map(Step::HearTwice),
        1 => (0..10_usize).prop_map(Step::Lose),
        1 => Just(Step::HearOfLoss),
        3 => socket.clone().prop_map(Step::Open),
        1 => socket.clone().prop_map(Step::Close),
        6 => socket.clone().prop_map(Step::Work),
        2 => socket.clone().prop_map(Step::WorkFromCache),
        2 => socket.clone().prop_map(Step::Read),
        1 => socket.prop_map(Step::Stall),
        3 => Just(Step::Yield),
        1 => Just(Step::Pace),
    ];
    prop::collection::vec(step, 1..80)
}

async fn play(steps: Vec<Step>) {
    let hub = start();
    let mut store = Store::default();
    let mut clients = Vec::new();
    for id in 0..SOCKETS {
        clients.push(Client::connect(&hub, i64::try_from(id).expect("a small number")).await);
    }
    for step in steps {
        match step {
            Step::Commit(count) => store.commit(count),
            Step::Hear(which) => store.hear(&hub, which, false),
            Step::HearTwice(which) => store.hear(&hub, which, true),
            Step::Lose(which) => store.has_lost |= store.take_event(which).is_some(),
            Step::HearOfLoss => {
                store.has_lost = false;
                hub.hear(Heard::SomeLost);
            }
            Step::Open(at) => {
                clients[at].take_page();
                clients[at].open(&store);
            }
            Step::Close(at) => {
                clients[at].take_page();
                clients[at].socket.close(ROOM);
                clients[at].is_open = false;
            }
            Step::Work(at) => drop(clients[at].work(&mut store, false)),
            Step::WorkFromCache(at) => drop(clients[at].work(&mut store, true)),
            Step::Read(at) => clients[at].read().await,
            Step::Stall(at) => stall(&clients[at].queue),
            Step::Yield => yield_now().await,
            Step::Pace => sleep(super::SETTLED).await,
        }
    }
    while let Some(event) = store.events.pop() {
        hub.hear(wire::decode(&event));
    }
    if store.has_lost {
        hub.hear(Heard::SomeLost);
    }
    // A connection that has stalled has work again when it was read from, until nothing more comes.
    loop {
        sleep(super::SETTLED).await;
        let seen = |clients: &[Client]| clients.iter().map(|of| of.cursor).collect::<Vec<_>>();
        let before = seen(&clients);
        for client in &mut clients {
            client.read().await;
            while client.work(&mut store, false) {}
            client.read().await;
        }
        if seen(&clients) == before {
            break;
        }
    }
    for client in clients.iter().filter(|client| client.is_open) {
        assert_eq!(client.cursor, store.committed, "everything is seen");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_client_sees_every_message_once_and_in_order(steps in steps()) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(play(steps));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_read_before_everybody_left_serves_nobody_who_comes_after() {
    use Step::{Close, Commit, Hear, Open, Work, WorkFromCache};
    let hear = Hear(0);
    let mut steps = vec![Commit(2), hear, Open(0)];
    steps.extend([Work(0); 6]);
    steps.extend([Close(0), Commit(1), hear, Open(1)]);
    steps.extend([WorkFromCache(1); 6]);
    play(steps).await;
}

#[tokio::test(start_paused = true)]
async fn an_older_event_after_a_loss_is_not_taken_for_the_last_change() {
    use Step::{Commit, Hear, HearOfLoss, Open};
    // The newest arrives, then the oldest, then the loss; the one in between comes last of all.
    let steps = vec![Commit(1), Commit(1), Open(0), Commit(2), Hear(2), Hear(0), HearOfLoss];
    play(steps).await;
}
