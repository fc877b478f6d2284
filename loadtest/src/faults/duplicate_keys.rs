//! The same message twice at once: a retry over a second socket while the first is still under way.

use super::{
    Context, ScenarioResult,
    judge::{Account, Entry, judge},
    participants::Scenario,
};
use crate::{
    crowd::setup,
    net::{
        client::{Client, key},
        http::in_threads,
    },
};
use color_eyre::eyre::Result;
use protocol::{MessageKey, RoomId};
use std::sync::Barrier;

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    let target = context.target()?;
    let count = context.times(200, 3000);
    let (mut reader, cookie) = setup::client(target.address, "twice")?;
    let room = reader.create_room(&setup::unique("twice"))?.id;
    let keys: Vec<MessageKey> = (0..count).map(|_| key(context.random.u128(..))).collect();
    let barrier = Barrier::new(2);
    let accounts = in_threads(2, |_| {
        let client = Client::connect(target.address, &cookie);
        // Both wait for each other before each message, so that they meet in the server.
        barrier.wait();
        say_all(client?, room, &keys, &barrier)
    })?;
    let truth: Vec<Entry> = reader.read_room(room)?.into_iter().map(Entry::from).collect();
    let seen = accounts.into_iter().map(|account| Account { timeline: truth.clone(), ..account });
    let mut found = judge(&truth, &seen.collect::<Vec<_>>());
    if truth.len() != keys.len() {
        found.push(format!("{} messages stored of {} keys", truth.len(), keys.len()));
    }
    let name = format!("the same key twice at once, {count} times");
    let messages = truth.len();
    Ok(Scenario { name, messages, reconnects: 0, refused: 0, rosters: 0, found }.into())
}

fn say_all(
    mut client: Client,
    room: RoomId,
    keys: &[MessageKey],
    barrier: &Barrier,
) -> Result<Account> {
    let mut account =
        Account { name: "one of two".to_owned(), user: client.page.user, ..Account::default() };
    for (index, key) in keys.iter().enumerate() {
        let text = format!("twice {index}");
        barrier.wait();
        let answer = client.post(room, *key, &text);
        account.sent.insert(*key, text);
        match answer {
            Ok(Ok(seq)) => drop(account.acknowledged.insert(*key, seq)),
            // An error must not leave the other one waiting at the barrier.
            Ok(Err(code)) => account.broken.push(format!("{key} was refused: {code}")),
            Err(error) => account.broken.push(format!("{key} got no answer: {error:#}")),
        }
    }
    Ok(account)
}
