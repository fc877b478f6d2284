//! The same message twice at once: a retry over a second socket while the first is still under way.

use super::{
    Context, Played,
    judge::{Account, Entry, judge},
    stage::Scene,
};
use crate::{
    crowd::setup,
    net::{
        client::Client,
        http::{self, Http},
    },
};
use color_eyre::eyre::{Result, eyre};
use protocol::{MessageKey, RoomId, Seq};
use std::{sync::Barrier, thread};

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let target = context.target()?;
    let count = context.times(200, 3000);
    let cookie = http::sign_in(&mut Http::connect(target.address)?, &setup::unique("twin"))?;
    let mut judge_client = Client::connect(target.address, &cookie)?;
    let room = judge_client.create_room(&setup::unique("twins"))?.id;
    let keys: Vec<MessageKey> = (0..count)
        .map(|_| {
            let bytes = context.random.u128(..).to_ne_bytes();
            MessageKey(uuid::Builder::from_random_bytes(bytes).into_uuid())
        })
        .collect();
    let barrier = Barrier::new(2);
    let twin = || -> Result<Account> {
        // Both wait for each other before each message, so that they meet in the server.
        let client = Client::connect(target.address, &cookie);
        barrier.wait();
        say_all(client?, room, &keys, &barrier)
    };
    let accounts = thread::scope(|scope| {
        [scope.spawn(twin), scope.spawn(twin)]
            .map(|thread| thread.join().map_err(|_| eyre!("a twin panicked"))?)
            .into_iter()
            .collect::<Result<Vec<Account>>>()
    })?;
    let truth: Vec<Entry> =
        judge_client.read_room(room, Seq::ZERO)?.into_iter().map(Entry::from).collect();
    let seen = accounts.into_iter().map(|account| Account { timeline: truth.clone(), ..account });
    let mut found = judge(&truth, &seen.collect::<Vec<_>>());
    if truth.len() != keys.len() {
        found.push(format!("{} messages stored of {} keys", truth.len(), keys.len()));
    }
    let scene = Scene { messages: truth.len(), reconnects: 0, refused: 0, rosters: 0, found };
    Ok(Played::Scenes(vec![(format!("the same key twice at once, {count} times"), scene)]))
}

fn say_all(
    mut client: Client,
    room: RoomId,
    keys: &[MessageKey],
    barrier: &Barrier,
) -> Result<Account> {
    let mut account =
        Account { name: "twin".to_owned(), user: client.page.user, ..Account::default() };
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
