//! What every store promises. Each test runs against every implementation, on real files.

use futures_util::future::join_all;
use protocol::limits::ROOMS_COUNTED_MAX;
use protocol::{Message, MessageKey, Millis, RoomId, Seq, User};
use server::store::sqlite::SqliteStore;
use server::store::{
    Append, AppendOutcome, CreateRoomOutcome, Name, NewRoom, PageLimit, RoomRecord, RoomsPage,
    RoomsQuery, Session, SessionCutoff, SessionId, SignIn, SignInOutcome, Store, StoreError,
    TokenHash, name_key,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// A place where stores of one kind can be opened, again and again on the same data.
trait StoreFactory {
    fn open(&self) -> Arc<dyn Store>;
}

struct SqliteFactory(TempDir);

impl StoreFactory for SqliteFactory {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.0.path().join("hubbub.db")).expect("the store opens"))
    }
}

/// Makes a module for each implementation with a test for each part of the contract.
macro_rules! contract {
    ($($(#[$doc:meta])* $part:ident),+ $(,)?) => {
        mod sqlite {
            $($(#[$doc])* #[tokio::test]
            async fn $part() {
                let folder = tempfile::tempdir().expect("a temporary folder");
                super::$part(&super::SqliteFactory(folder)).await;
            })+
        }
    };
}

contract! {
    a_name_makes_one_user,
    a_name_in_use_is_taken_until_its_session_ends_or_expires,
    a_session_holds_its_name_from_when_its_token_came_back,
    a_name_that_looks_like_one_in_use_is_taken,
    a_room_that_looks_like_another_is_that_one,
    signing_in_again_replaces_the_session,
    sessions_are_found_by_token_while_they_live,
    session_numbers_are_never_reused,
    room_names_are_unique_and_slugs_get_numbers,
    the_slug_of_the_thousandth_room_of_a_kind_is_found_as_soon_as_the_first,
    the_liveliest_rooms_come_first,
    rooms_come_in_pages_in_the_order_of_their_names,
    rooms_are_found_by_any_part_of_their_names,
    rooms_are_found_among_many_that_are_alike,
    messages_get_dense_numbers_room_by_room,
    a_repeated_key_changes_nothing,
    a_key_with_another_text_or_room_stores_nothing_and_says_so,
    a_batch_with_an_unknown_room_keeps_the_others,
    history_comes_in_pages_from_the_end,
    history_goes_on_after_a_position_too,
    a_room_comes_with_its_last_messages,
    changes_come_in_pages_until_complete,
    pages_are_bounded_by_bytes_too,
    expired_sessions_are_forgotten,
    everything_survives_reopening,
    an_epoch_is_made_with_the_store_and_stays,
    concurrent_writers_keep_every_room_dense,
    a_closed_store_says_so,
}

const ALWAYS: SessionCutoff =
    SessionCutoff { created_after: Millis(i64::MIN), seen_after: Millis(i64::MIN) };

const MANY: PageLimit = PageLimit { messages: 1_000, bytes: usize::MAX };
const TWO: PageLimit = PageLimit { messages: 2, bytes: usize::MAX };

fn name(shown: &str) -> Name {
    Name::new(shown.to_owned())
}

fn sign_in(shown: &str, token: u8) -> SignIn {
    SignIn {
        name: name(shown),
        token: TokenHash([token; 32]),
        replaces: None,
        alternatives: vec![name(&format!("{shown} 2")), name(&format!("{shown} 3"))],
        at: Millis(1_000),
        cutoff: ALWAYS,
    }
}

async fn signed_in(store: &dyn Store, request: SignIn) -> Session {
    match store.sign_in(request).await.expect("the store works") {
        SignInOutcome::SignedIn(session) => session,
        taken => panic!("signed in, not {taken:?}"),
    }
}

/// As [`signed_in`], with a token that came back.
async fn confirmed(store: &dyn Store, request: SignIn) -> Session {
    let (at, session) = (request.at, signed_in(store, request).await);
    assert!(store.touch_session(session.id, at, ALWAYS).await.expect("the store works"));
    session
}

async fn room(store: &dyn Store, shown: &str) -> RoomId {
    let request = NewRoom { name: name(shown), slug: shown.to_lowercase(), at: Millis(1) };
    match store.create_room(request).await.expect("the store works") {
        CreateRoomOutcome::Created(room) => room.id,
        exists => panic!("created, not {exists:?}"),
    }
}

fn draft(room: RoomId, author: &User, text: &str) -> Append {
    Append {
        room,
        author: author.clone(),
        key: MessageKey(Uuid::new_v4()),
        text: text.to_owned(),
        at: Millis(5_000),
    }
}

async fn append(store: &dyn Store, drafts: Vec<Append>) -> Vec<AppendOutcome> {
    store.append(drafts).await.expect("the store works")
}

/// Appends `count` messages with the texts "1", "2", ….
async fn fill(store: &dyn Store, room: RoomId, author: &User, count: usize) {
    let drafts = (1..=count).map(|number| draft(room, author, &number.to_string())).collect();
    append(store, drafts).await;
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

async fn a_name_makes_one_user(place: &impl StoreFactory) {
    let store = place.open();
    let first = signed_in(&*store, sign_in("Ana", 1)).await;
    store.end_session(first.id).await.expect("the store works");
    let again = signed_in(&*store, sign_in("ANA", 2)).await;
    assert_eq!(again.user.id, first.user.id);
    assert_eq!(again.user.name, "ANA", "shown as typed last");
    let other = signed_in(&*store, sign_in("Ben", 3)).await;
    assert_ne!(other.user.id, first.user.id);
}

async fn a_name_in_use_is_taken_until_its_session_ends_or_expires(place: &impl StoreFactory) {
    let store = place.open();
    let ana = confirmed(&*store, sign_in("Ana", 1)).await;
    confirmed(&*store, sign_in("Ana 2", 2)).await;
    let taken = store.sign_in(sign_in("ana", 3)).await.expect("the store works");
    assert_eq!(taken, SignInOutcome::Taken { suggestion: Some("ana 3".to_owned()) });

    let expired = SessionCutoff { created_after: Millis(i64::MIN), seen_after: Millis(1_001) };
    let later = SignIn { at: Millis(9_000), cutoff: expired, ..sign_in("ana", 3) };
    let second = signed_in(&*store, later).await;
    assert_eq!(second.user.id, ana.user.id);
    store.end_session(second.id).await.expect("the store works");
    store.end_session(ana.id).await.expect("the store works");
    signed_in(&*store, sign_in("Ana", 4)).await;
}

async fn a_session_holds_its_name_from_when_its_token_came_back(place: &impl StoreFactory) {
    let store = place.open();
    let lost = signed_in(&*store, sign_in("Ana", 1)).await;
    let again = signed_in(&*store, sign_in("Ana", 2)).await;
    assert_eq!(again.user, lost.user);
    let find = async |token| store.session(token, ALWAYS).await.expect("the store works");
    assert_eq!(find(TokenHash([1; 32])).await, None, "two cannot have one name");

    // Also within the same moment, and when the clock has gone back since.
    let touched = store.touch_session(again.id, Millis(500), ALWAYS).await;
    assert!(touched.expect("the store works"));
    assert!(find(TokenHash([2; 32])).await.is_some_and(|session| session.is_confirmed));
    let taken = store.sign_in(sign_in("Ana", 3)).await.expect("the store works");
    assert_eq!(taken, SignInOutcome::Taken { suggestion: Some("Ana 2".to_owned()) });
}

async fn a_name_that_looks_like_one_in_use_is_taken(place: &impl StoreFactory) {
    let store = place.open();
    let ana = confirmed(&*store, sign_in("Ana", 1)).await;
    let alike = || sign_in("\u{410}na", 2);
    let taken = store.sign_in(alike()).await.expect("the store works");
    assert!(matches!(taken, SignInOutcome::Taken { .. }), "{taken:?}");
    confirmed(&*store, sign_in("Ольга", 3)).await;

    store.end_session(ana.id).await.expect("the store works");
    let session = signed_in(&*store, alike()).await;
    assert_eq!((session.user.id, session.user.name.as_str()), (ana.user.id, "\u{410}na"));

    // Their skeletons are the same, and their readers tell them apart.
    let arnie = confirmed(&*store, sign_in("Arnie", 4)).await;
    let amie = signed_in(&*store, sign_in("Amie", 5)).await;
    assert_ne!(amie.user.id, arnie.user.id);
}

async fn a_room_that_looks_like_another_is_that_one(place: &impl StoreFactory) {
    let store = place.open();
    let general = room(&*store, "general").await;
    let name = name("g\u{435}neral");
    let request = NewRoom { name, slug: "general".to_owned(), at: Millis(1) };
    let outcome = store.create_room(request).await.expect("the store works");
    let CreateRoomOutcome::Exists(existing) = outcome else { panic!("created") };
    assert_eq!(existing.id, general);
}

async fn signing_in_again_replaces_the_session(place: &impl StoreFactory) {
    let store = place.open();
    let first = signed_in(&*store, sign_in("Ana", 1)).await;
    let request = SignIn { replaces: Some(first.id), ..sign_in("Ana", 2) };
    signed_in(&*store, request).await;
    let found = store.session(TokenHash([1; 32]), ALWAYS).await.expect("the store works");
    assert_eq!(found, None);
}

async fn sessions_are_found_by_token_while_they_live(place: &impl StoreFactory) {
    let store = place.open();
    let session = signed_in(&*store, sign_in("Ana", 1)).await;
    let token = TokenHash([1; 32]);
    let find = async |cutoff| store.session(token, cutoff).await.expect("the store works");
    assert_eq!(find(ALWAYS).await, Some(session.clone()));
    assert_eq!(store.session(TokenHash([2; 32]), ALWAYS).await.expect("the store works"), None);

    let idle = SessionCutoff { created_after: Millis(0), seen_after: Millis(1_000) };
    assert_eq!(find(idle).await, None, "not seen for too long");
    let touch = async |cutoff| {
        store.touch_session(session.id, Millis(2_000), cutoff).await.expect("the store works")
    };
    assert!(!touch(idle).await, "an expired session cannot be revived");
    assert!(touch(ALWAYS).await);
    assert_eq!(find(idle).await.map(|session| session.seen_at), Some(Millis(2_000)));
    let old = SessionCutoff { created_after: Millis(1_000), seen_after: Millis(0) };
    assert_eq!(find(old).await, None, "too old however much it is used");

    let other = signed_in(&*store, sign_in("Ben", 2)).await;
    let gone = SessionId(other.id.0 + 1);
    let live = async |cutoff| {
        let ids = [session.id, other.id, gone].into();
        let live = store.live_sessions(ids, cutoff).await.expect("the store works");
        live.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(live(ALWAYS).await, [session.id, other.id]);
    assert_eq!(live(idle).await, [session.id], "the other one was not seen for too long");
    assert_eq!(live(old).await, []);

    store.end_session(session.id).await.expect("the store works");
    assert_eq!(find(ALWAYS).await, None);
    assert!(!touch(ALWAYS).await);
}

async fn session_numbers_are_never_reused(place: &impl StoreFactory) {
    let store = place.open();
    let first = signed_in(&*store, sign_in("Ana", 1)).await;
    store.end_session(first.id).await.expect("the store works");
    let second = signed_in(&*store, sign_in("Ana", 2)).await;
    assert_ne!(second.id, first.id);
}

async fn room_names_are_unique_and_slugs_get_numbers(place: &impl StoreFactory) {
    let store = place.open();
    let create = async |shown: &str| {
        let request = NewRoom { name: name(shown), slug: "cafe".to_owned(), at: Millis(1) };
        store.create_room(request).await.expect("the store works")
    };
    let CreateRoomOutcome::Created(cafe) = create("Cafe").await else { panic!("created") };
    assert_eq!(create("CAFE").await, CreateRoomOutcome::Exists(cafe));
    for (shown, slug) in [("Café", "cafe-2"), ("Cafë", "cafe-3")] {
        let CreateRoomOutcome::Created(room) = create(shown).await else { panic!("created") };
        assert_eq!(room.slug, slug);
        let found = store.room_by_slug(slug).await.expect("the store works").expect("the room");
        assert_eq!(found.room, room);
        assert_eq!(store.room(room.id).await.expect("the store works"), Some(found));
    }
    assert_eq!(store.room_by_slug("nowhere").await.expect("the store works"), None);
    assert_eq!(store.room(RoomId(-1)).await.expect("the store works"), None);
}

/// Thousands of names come down to one slug; looking for a free one must not take longer with each of them.
async fn the_slug_of_the_thousandth_room_of_a_kind_is_found_as_soon_as_the_first(
    place: &impl StoreFactory,
) {
    let store = place.open();
    let mut slugs = BTreeSet::new();
    for number in 0..1_000 {
        let request =
            NewRoom { name: name(&number.to_string()), slug: "a".to_owned(), at: Millis(1) };
        let created = store.create_room(request).await.expect("the store works");
        let CreateRoomOutcome::Created(room) = created else { panic!("created") };
        assert!(room.slug.starts_with('a') && slugs.insert(room.slug));
    }
    assert!(slugs.contains("a") && slugs.contains("a-2") && slugs.contains("a-20"));
    assert!(!slugs.contains("a-1000"), "no number that had to be counted up to");
}

fn names(rooms: &[RoomRecord]) -> Vec<&str> {
    rooms.iter().map(|record| record.room.name.as_str()).collect()
}

async fn the_liveliest_rooms_come_first(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    for shown in ["c", "b", "a"] {
        room(&*store, shown).await;
    }
    let quiet = store.liveliest_rooms(10).await.expect("the store works");
    assert_eq!(names(&quiet), ["a", "b", "c"], "the newest first");
    append(&*store, vec![draft(quiet[2].room.id, &ana, "hello")]).await;
    let rooms = store.liveliest_rooms(10).await.expect("the store works");
    assert_eq!(names(&rooms), ["c", "a", "b"]);
    assert_eq!((rooms[0].last_seq, rooms[0].last_message_at), (Seq(1), Some(Millis(5_000))));
    assert_eq!((rooms[1].last_seq, rooms[1].last_message_at), (Seq::ZERO, None));
    assert_eq!(store.liveliest_rooms(2).await.expect("the store works"), rooms[..2]);
    assert_eq!(store.count_rooms().await.expect("the store works"), 3);
    let wanted = [rooms[0].room.id, rooms[2].room.id, RoomId(-1)].into();
    let mut found = store.rooms_by_id(wanted).await.expect("the store works");
    found.sort_by_key(|record| record.last_seq);
    assert_eq!(found, [rooms[2].clone(), rooms[0].clone()]);
}

async fn page(store: &dyn Store, search: &str, after: Option<RoomId>, limit: u32) -> RoomsPage {
    let query = RoomsQuery { search: name_key(search), after, limit };
    let page = store.rooms_page(query).await.expect("the store works");
    page.expect("the room before is known")
}

async fn rooms_come_in_pages_in_the_order_of_their_names(place: &impl StoreFactory) {
    let store = place.open();
    for shown in ["Zoo", "ants", "Émile", "Bees", "cats"] {
        room(&*store, shown).await;
    }
    let first = page(&*store, "", None, 2).await;
    assert_eq!((names(&first.rooms), first.count), (vec!["ants", "Bees"], 5));
    // What comes meanwhile moves nobody: the next page goes on where this one ended.
    room(&*store, "Apes").await;
    let second = page(&*store, "", first.next, 2).await;
    assert_eq!((names(&second.rooms), second.count), (vec!["cats", "Zoo"], 6));
    let last = page(&*store, "", second.next, 2).await;
    assert_eq!((names(&last.rooms), last.next), (vec!["Émile"], None));
    assert_eq!(page(&*store, "", None, 6).await.next, None, "all fit");
    let nowhere = RoomsQuery { after: Some(RoomId(99)), limit: 2, ..RoomsQuery::default() };
    assert_eq!(store.rooms_page(nowhere).await.expect("the store works"), None);
}

async fn rooms_are_found_by_any_part_of_their_names(place: &impl StoreFactory) {
    let store = place.open();
    for shown in ["Big Plans", "plan b", "Ｐlain", "say \"hi\"", "100%_x", "日本語", "Émile"] {
        room(&*store, shown).await;
    }
    for (search, found) in [
        ("plan", &["Big Plans", "plan b"][..]),
        ("PLAN", &["Big Plans", "plan b"]),
        ("g  ｐlans", &["Big Plans"]),
        ("la", &["Big Plans", "plan b", "Ｐlain"]),
        ("plain", &["Ｐlain"]),
        ("\"hi\"", &["say \"hi\""]),
        ("hi\" OR \"plan", &[]),
        ("%", &["100%_x"]),
        ("p%n", &[]),
        ("本", &["日本語"]),
        ("日本語", &["日本語"]),
        ("ÉMILE", &["Émile"]),
        ("nothing", &[]),
    ] {
        let mut expected = found.to_vec();
        let page = page(&*store, search, None, 10).await;
        let mut names = names(&page.rooms);
        assert_eq!(page.count as usize, names.len(), "{search}");
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{search}");
    }
    let one = page(&*store, "plan", None, 1).await;
    assert_eq!((names(&one.rooms), one.count), (vec!["Big Plans"], 2));
    let two = page(&*store, "plan", one.next, 1).await;
    assert_eq!((names(&two.rooms), two.count, two.next), (vec!["plan b"], 2, None));
}

async fn rooms_are_found_among_many_that_are_alike(place: &impl StoreFactory) {
    let store = place.open();
    // More than are counted, so that they are looked for in another way.
    let many = ROOMS_COUNTED_MAX + 200;
    let created = (0..many).map(|number| {
        let (name, slug) = (name(&format!("team {number:04}")), format!("team-{number}"));
        store.create_room(NewRoom { name, slug, at: Millis(1) })
    });
    join_all(created).await.into_iter().for_each(|room| drop(room.expect("the store works")));
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = page(&*store, "TEAM", after, 500).await;
        assert_eq!(page.count, ROOMS_COUNTED_MAX);
        found.extend(page.rooms.into_iter().map(|record| record.room.name));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    let all: Vec<_> = (0..many).map(|number| format!("team {number:04}")).collect();
    assert_eq!(found, all);
    let one = page(&*store, "m 0777", None, 10).await;
    assert_eq!((names(&one.rooms), one.count), (vec!["team 0777"], 1));
}

async fn messages_get_dense_numbers_room_by_room(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let (one, two) = (room(&*store, "one").await, room(&*store, "two").await);
    let drafts: Vec<_> = [one, two, one].iter().map(|room| draft(*room, &ana, "hi")).collect();
    let outcomes = append(&*store, drafts.clone()).await;
    for ((outcome, draft), expected) in outcomes.iter().zip(&drafts).zip([1, 1, 2]) {
        let AppendOutcome::Stored { room, message } = outcome else { panic!("{outcome:?}") };
        assert_eq!(
            (*room, message.seq, message.changed),
            (draft.room, Seq(expected), Seq(expected))
        );
        assert_eq!((&message.author, message.key, message.at), (&ana, draft.key, draft.at));
    }
}

async fn a_repeated_key_changes_nothing(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let ben = signed_in(&*store, sign_in("Ben", 2)).await.user;
    let room = room(&*store, "one").await;
    let first = draft(room, &ana, "first");
    let repeat = Append { at: Millis(9_000), ..first.clone() };
    let others = Append { author: ben, ..first.clone() };
    // In the same batch, and again in another one.
    let outcomes = append(&*store, vec![first, repeat.clone(), others]).await;
    let repeated = AppendOutcome::Repeated { seq: Seq(1), at: Millis(5_000) };
    assert_eq!(outcomes[1], repeated);
    assert!(matches!(outcomes[2], AppendOutcome::Stored { .. }), "keys belong to their author");
    assert_eq!(append(&*store, vec![repeat]).await, [repeated]);
    let page = store.history(room, None, MANY).await.expect("the store works");
    assert_eq!(texts(&page.messages), ["first", "first"]);
    assert_eq!(page.messages[1].seq, Seq(2), "a repetition takes no number");
}

async fn a_key_with_another_text_or_room_stores_nothing_and_says_so(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let (one, two) = (room(&*store, "one").await, room(&*store, "two").await);
    let first = draft(one, &ana, "first");
    let other_text = Append { text: "second".to_owned(), ..first.clone() };
    let other_room = Append { room: two, ..first.clone() };
    // In the same batch, and again in another one.
    let outcomes =
        append(&*store, vec![first.clone(), other_text.clone(), other_room.clone()]).await;
    assert_eq!(outcomes[1..], [AppendOutcome::KeyReused, AppendOutcome::KeyReused]);
    let unknown_room = Append { room: RoomId(99), ..first };
    let outcomes = append(&*store, vec![other_text, other_room, unknown_room]).await;
    assert_eq!(outcomes, [const { AppendOutcome::KeyReused }; 3]);
    let page = store.history(one, None, MANY).await.expect("the store works");
    assert_eq!(texts(&page.messages), ["first"]);
    assert_eq!(store.history(two, None, MANY).await.expect("the store works").messages, []);
    append(&*store, vec![draft(one, &ana, "next")]).await;
    let page = store.history(one, None, MANY).await.expect("the store works");
    assert_eq!(page.messages[1].seq, Seq(2), "what was not stored took no number");
}

async fn a_batch_with_an_unknown_room_keeps_the_others(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    let drafts = vec![draft(room, &ana, "a"), draft(RoomId(99), &ana, "b"), draft(room, &ana, "c")];
    let outcomes = append(&*store, drafts).await;
    assert_eq!(outcomes[1], AppendOutcome::UnknownRoom);
    let page = store.history(room, None, MANY).await.expect("the store works");
    assert_eq!(texts(&page.messages), ["a", "c"]);
}

async fn history_comes_in_pages_from_the_end(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    fill(&*store, room, &ana, 5).await;
    let history = async |before: Option<i64>| {
        store.history(room, before.map(Seq), TWO).await.expect("the store works")
    };
    let last = history(None).await;
    assert_eq!((texts(&last.messages), last.has_older), (vec!["4", "5"], true));
    let middle = history(Some(4)).await;
    assert_eq!((texts(&middle.messages), middle.has_older), (vec!["2", "3"], true));
    let first = history(Some(2)).await;
    assert_eq!((texts(&first.messages), first.has_older), (vec!["1"], false));
    let exact = history(Some(3)).await;
    assert_eq!((texts(&exact.messages), exact.has_older), (vec!["1", "2"], false));
    assert!(history(Some(1)).await.messages.is_empty());
    let unknown = store.history(RoomId(99), None, TWO).await.expect("the store works");
    assert!(unknown.messages.is_empty() && !unknown.has_older);
}

async fn history_goes_on_after_a_position_too(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    fill(&*store, room, &ana, 5).await;
    let after =
        async |seq| store.history_after(room, Seq(seq), TWO).await.expect("the store works");
    assert_eq!(
        (texts(&after(0).await.messages), after(0).await.has_older),
        (vec!["1", "2"], false)
    );
    assert_eq!((texts(&after(2).await.messages), after(2).await.has_older), (vec!["3", "4"], true));
    assert_eq!(texts(&after(4).await.messages), ["5"]);
    assert!(after(5).await.messages.is_empty());
}

async fn a_room_comes_with_its_last_messages(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    fill(&*store, room, &ana, 3).await;
    let found = store.room_with_history("one", TWO).await.expect("the store works");
    let (record, page) = found.expect("the room");
    assert_eq!((record.room.id, record.last_seq), (room, Seq(3)));
    assert_eq!((texts(&page.messages), page.has_older), (vec!["2", "3"], true));
    assert_eq!(store.room_with_history("two", TWO).await.expect("the store works"), None);
}

async fn changes_come_in_pages_until_complete(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    fill(&*store, room, &ana, 5).await;
    let after =
        async |seq| store.changes_after(room, Seq(seq), TWO).await.expect("the store works");
    for (seq, expected, through, complete) in [
        (0, vec!["1", "2"], 2, false),
        (2, vec!["3", "4"], 4, false),
        (3, vec!["4", "5"], 5, true),
        (4, vec!["5"], 5, true),
        (5, vec![], 5, true),
    ] {
        let page = after(seq).await;
        assert_eq!(texts(&page.messages), expected, "after {seq}");
        assert_eq!((page.through, page.complete), (Seq(through), complete), "after {seq}");
    }
}

async fn pages_are_bounded_by_bytes_too(place: &impl StoreFactory) {
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    append(&*store, ["aaaa", "bbbb", "cccc"].map(|text| draft(room, &ana, text)).into()).await;
    for (bytes, expected) in [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)] {
        let limit = PageLimit { messages: 10, bytes };
        let changes = store.changes_after(room, Seq::ZERO, limit).await.expect("the store works");
        let history = store.history(room, None, limit).await.expect("the store works");
        assert_eq!(changes.messages.len(), expected, "{bytes} bytes");
        assert_eq!(
            (changes.through, changes.complete),
            (Seq(i64::try_from(expected).expect("small")), expected == 3)
        );
        assert_eq!((history.messages.len(), history.has_older), (expected, expected < 3));
    }
}

async fn expired_sessions_are_forgotten(place: &impl StoreFactory) {
    let store = place.open();
    signed_in(&*store, sign_in("Ana", 1)).await;
    signed_in(&*store, SignIn { at: Millis(2_000), ..sign_in("Ben", 2) }).await;
    let cutoff = SessionCutoff { created_after: Millis(0), seen_after: Millis(1_000) };
    store.forget_sessions(cutoff).await.expect("the store works");
    let find = async |token| {
        store.session(TokenHash([token; 32]), ALWAYS).await.expect("the store works").is_some()
    };
    assert!(!find(1).await && find(2).await);
}

async fn everything_survives_reopening(place: &impl StoreFactory) {
    let store = place.open();
    let session = signed_in(&*store, sign_in("Ana", 1)).await;
    let room = room(&*store, "one").await;
    fill(&*store, room, &session.user, 3).await;
    let before = store.history(room, None, MANY).await.expect("the store works");
    store.close().await;
    let store = place.open();
    assert_eq!(store.history(room, None, MANY).await.expect("the store works"), before);
    let found = store.session(TokenHash([1; 32]), ALWAYS).await.expect("the store works");
    assert_eq!(found.map(|found| found.id), Some(session.id));
    store.check().await.expect("it can be read and written");
}

async fn an_epoch_is_made_with_the_store_and_stays(place: &impl StoreFactory) {
    let store = place.open();
    let epoch = store.epoch();
    store.close().await;
    assert_eq!(place.open().epoch(), epoch, "the same data, opened again");
    let other = tempfile::tempdir().expect("a temporary folder");
    assert_ne!(SqliteFactory(other).open().epoch(), epoch, "other data");
}

async fn concurrent_writers_keep_every_room_dense(place: &impl StoreFactory) {
    const WRITERS: i64 = 8;
    const EACH: i64 = 50;
    let store = place.open();
    let ana = signed_in(&*store, sign_in("Ana", 1)).await.user;
    let room = room(&*store, "one").await;
    let mut tasks = Vec::new();
    for _ in 0..WRITERS {
        let (store, ana) = (store.clone(), ana.clone());
        tasks.push(tokio::spawn(async move {
            for _ in 0..EACH {
                append(&*store, vec![draft(room, &ana, "hi")]).await;
            }
        }));
    }
    for task in tasks {
        task.await.expect("the writer ends");
    }
    let page = store.changes_after(room, Seq::ZERO, MANY).await.expect("the store works");
    let seqs: Vec<_> = page.messages.iter().map(|message| message.seq.0).collect();
    assert_eq!(seqs, (1..=WRITERS * EACH).collect::<Vec<_>>());
}

async fn a_closed_store_says_so(place: &impl StoreFactory) {
    let store = place.open();
    store.close().await;
    assert!(matches!(store.sign_in(sign_in("Ana", 1)).await, Err(StoreError::Closed)));
}
