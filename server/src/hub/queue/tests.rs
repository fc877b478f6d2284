//! A queue with a real socket, of which the other end reads or does not.

use super::super::testing::{Peer, connect};
use super::*;
use futures_util::FutureExt;

const ROOM: Topic = Topic::Roster(RoomId(1));
const OTHER: Topic = Topic::Roster(RoomId(2));

/// A frame of about a kibibyte that can be told from others.
fn frame(count: u32) -> Bytes {
    let name = format!("{count} {}", "x".repeat(1000));
    let users = vec![protocol::User { id: protocol::UserId(1), name }];
    encode(&ServerFrame::Roster { room: RoomId(1), count, users })
}

/// How many are here, as the next frame says.
async fn count(peer: &mut Peer) -> u32 {
    match peer.frame().await {
        ServerFrame::Roster { count, .. } | ServerFrame::RosterChanged { count, .. } => count,
        other => panic!("a roster, not {other:?}"),
    }
}

fn waiting_work(queue: &SocketQueue) -> Option<Work> {
    queue.work().now_or_never()
}

#[tokio::test]
async fn a_topic_that_could_not_be_refreshed_waits_and_holds_up_no_other() {
    let (queue, _peer) = connect().await;
    queue.mark_stale(ROOM);
    queue.mark_stale(OTHER);
    assert_eq!(waiting_work(&queue), Some(Work::Resync(ROOM)));
    queue.postpone(ROOM);
    assert_eq!(waiting_work(&queue), Some(Work::Resync(OTHER)));
    queue.begin_resync(OTHER);
    queue.end_resync(OTHER, &frame(1));
    assert_eq!(waiting_work(&queue), None);
    queue.retry();
    assert_eq!(waiting_work(&queue), Some(Work::Resync(ROOM)));
}

/// Tells frames until one is refused; gives the number of those before.
fn fill(queue: &SocketQueue) -> u32 {
    let is_missed = || queue.state.lock().stale(ROOM).is_some();
    let told = (0..).take_while(|count| {
        queue.deliver(ROOM, &frame(*count));
        !is_missed()
    });
    u32::try_from(told.count()).expect("a small number")
}

#[tokio::test]
async fn frames_are_written_at_once_and_in_order() {
    let (queue, mut peer) = connect().await;
    queue.deliver(ROOM, &frame(1));
    queue.send(&[frame(2), frame(3)]);
    for number in 1..=3 {
        assert_eq!(count(&mut peer).await, number);
    }
    assert_eq!(waiting_work(&queue), None);
}

#[tokio::test]
async fn what_a_stalled_reader_was_sent_is_bounded_and_arrives_complete() {
    let (queue, mut peer) = connect().await;
    let told = fill(&queue);
    assert!(queue.is_waiting() && queue.stuck_for().is_some());
    assert!(queue.state.lock().backlog.bytes() <= QUEUE_BYTES_MAX);
    let reading = async {
        for number in 0..told {
            assert_eq!(count(&mut peer).await, number);
        }
    };
    let (work, ()) = tokio::join!(queue.work(), reading);
    assert_eq!(work, Work::Written);
    assert!(!queue.is_waiting() && queue.stuck_for().is_none());
    assert_eq!(waiting_work(&queue), Some(Work::Resync(ROOM)));
}

#[tokio::test]
async fn a_missed_topic_takes_no_frames_until_it_is_refreshed() {
    let (queue, mut peer) = connect().await;
    queue.mark_stale(ROOM);
    queue.deliver(ROOM, &frame(1));
    queue.deliver(OTHER, &frame(2));
    assert_eq!(waiting_work(&queue), Some(Work::Resync(ROOM)));
    queue.begin_resync(ROOM);
    queue.end_resync(ROOM, &frame(3));
    queue.deliver(ROOM, &frame(4));
    for number in [2, 3, 4] {
        assert_eq!(count(&mut peer).await, number);
    }
    assert_eq!(waiting_work(&queue), None);
}

#[tokio::test]
async fn a_frame_that_never_fits_is_fetched_instead() {
    let (queue, _peer) = connect().await;
    let huge = Bytes::from(vec![b'x'; QUEUE_BYTES_MAX + 1]);
    let telling = async { queue.deliver(ROOM, &huge) };
    let (work, ()) = tokio::join!(queue.work(), telling);
    assert_eq!(work, Work::Resync(ROOM));
}

#[tokio::test]
async fn what_changes_during_a_refresh_calls_for_another() {
    let (queue, _peer) = connect().await;
    queue.mark_stale(ROOM);
    queue.begin_resync(ROOM);
    queue.deliver(ROOM, &frame(1));
    queue.end_resync(ROOM, &frame(0));
    assert_eq!(waiting_work(&queue), Some(Work::Resync(ROOM)));
    queue.begin_resync(ROOM);
    queue.end_resync(ROOM, &frame(1));
    assert_eq!(waiting_work(&queue), None);
}

#[tokio::test]
async fn the_first_close_code_stands_and_waits_for_no_reader() {
    let (queue, _peer) = connect().await;
    fill(&queue);
    queue.close(CloseCode::SignedOut);
    queue.close(CloseCode::Restarting);
    assert_eq!(waiting_work(&queue), Some(Work::Close(CloseCode::SignedOut)));
}

#[tokio::test]
async fn a_peer_that_is_gone_is_noticed() {
    let (queue, peer) = connect().await;
    drop(peer);
    // The system answers the first write with a reset, and refuses the next.
    while waiting_work(&queue) != Some(Work::Gone) {
        queue.send(&[frame(1)]);
        tokio::task::yield_now().await;
    }
}

fn diff(after: Version, through: Version) -> RosterDiff {
    let (count, joined, left) = (7, vec![], vec![]);
    let frame = encode(&ServerFrame::RosterChanged { room: RoomId(1), count, joined, left });
    RosterDiff { after, through, frame }
}

#[tokio::test]
async fn a_diff_that_a_whole_roster_has_overtaken_is_not_sent() {
    let (queue, mut peer) = connect().await;
    queue.subscribe(RoomId(1), Seq(0));
    queue.mark_stale(ROOM);
    let first = Version::default().next();
    queue.begin_resync(ROOM);
    queue.end_roster_resync(RoomId(1), first.next(), &frame(3));
    queue.deliver_roster(RoomId(1), &diff(Version::default(), first));
    queue.deliver_roster(RoomId(1), &diff(first, first.next()));
    queue.deliver_roster(RoomId(1), &diff(first.next(), first.next().next()));
    assert_eq!(count(&mut peer).await, 3);
    assert_eq!(count(&mut peer).await, 7);
    queue.send(&[frame(4)]);
    assert_eq!(count(&mut peer).await, 4, "only one diff was new");
}

#[tokio::test]
async fn a_diff_that_does_not_follow_calls_for_the_whole_roster() {
    let (queue, _peer) = connect().await;
    queue.subscribe(RoomId(1), Seq(0));
    assert_eq!(queue.resume(RoomId(1), Some(Seq(0))), None);
    let first = Version::default().next();
    queue.deliver_roster(RoomId(1), &diff(first, first.next()));
    assert_eq!(waiting_work(&queue), Some(Work::Resync(ROOM)));
}

#[test]
fn the_largest_roster_fits_into_an_empty_queue() {
    let name = "\u{10348}".repeat(protocol::limits::USER_NAME_CHARS_MAX);
    let user = protocol::User { id: protocol::UserId(i64::MAX), name };
    let users = vec![user; protocol::limits::ROSTER_LIST_MAX];
    let frame = encode(&ServerFrame::Roster { room: RoomId(i64::MAX), count: u32::MAX, users });
    assert!(frame.len() <= QUEUE_BYTES_MAX, "{} bytes", frame.len());
}
