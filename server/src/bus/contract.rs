//! What every bus must do.

use super::{Bus, Event, Heard};
use protocol::{RoomId, Seq};
use std::sync::Arc;

/// More than any bus keeps for a listener that does not listen.
const MANY: i64 = 10_000;

/// Checks a fresh bus.
///
/// # Panics
/// Where it does something else.
pub(crate) async fn check(bus: impl Bus + 'static) {
    let bus = Arc::new(bus);
    let mut heard = bus.subscribe().expect("the first listener");
    assert!(bus.subscribe().is_none(), "there is one listener a node");
    let publishing = tokio::spawn({
        let bus = bus.clone();
        async move {
            for seq in 1..=MANY {
                let (after, through) = (Seq(seq - 1), Seq(seq));
                let messages = Vec::new();
                bus.publish(Event::Changed { room: RoomId(1), after, through, messages }).await;
            }
        }
    });
    let mut expected = Seq::ZERO;
    while expected < Seq(MANY) {
        match heard.recv().await.expect("the bus stays open") {
            Heard::Event(Event::Changed { after, through, .. }) => {
                assert_eq!(after, expected, "in the order in which they were published");
                expected = through;
            }
            Heard::Event(other) => panic!("nobody published {other:?}"),
            Heard::SomeLost => panic!("nothing was lost: whoever publishes waits"),
        }
    }
    publishing.await.expect("it ends");
    drop(heard);
    // What nobody hears any more costs nobody time.
    bus.publish(Event::RoomCreated { room: RoomId(1) }).await;
}
