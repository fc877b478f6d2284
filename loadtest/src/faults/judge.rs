//! Compares what everybody saw and was promised with the truth: the room as a fresh client reads it from the store.

use protocol::{Message, MessageKey, Seq, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// A message as a timeline has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: Seq,
    pub key: MessageKey,
    pub author: UserId,
    pub text: String,
}

impl From<Message> for Entry {
    fn from(message: Message) -> Self {
        Self {
            seq: message.changed,
            key: message.key,
            author: message.author.id,
            text: message.text,
        }
    }
}

/// What one participant did, was told, and saw.
#[derive(Debug, Clone, Default)]
pub struct Account {
    pub name: String,
    pub user: UserId,
    /// Everything it ever sent, by key.
    pub sent: BTreeMap<MessageKey, String>,
    /// What it was told is stored, and where.
    pub acknowledged: BTreeMap<MessageKey, Seq>,
    /// Its screen.
    pub timeline: Vec<Entry>,
    /// What broke the protocol on the way.
    pub broken: Vec<String>,
    pub reconnects: u64,
    /// Sends that the server asked to try again later.
    pub refused: u64,
}

/// Each broken promise in a sentence; empty when all were kept.
pub fn judge(truth: &[Entry], accounts: &[Account]) -> Vec<String> {
    let mut found = Vec::new();
    let mut stored: BTreeMap<MessageKey, &Entry> = BTreeMap::new();
    let mut expected = Seq::ZERO;
    for entry in truth {
        expected = expected.next();
        if entry.seq != expected {
            found.push(format!("store: seq {} where {expected} was expected", entry.seq));
            expected = entry.seq;
        }
        if let Some(first) = stored.insert(entry.key, entry) {
            found.push(format!("store: doubled, {} at {} and {}", entry.key, first.seq, entry.seq));
        }
    }
    let mut sent: BTreeMap<MessageKey, (UserId, &str)> = BTreeMap::new();
    for account in accounts {
        sent.extend(account.sent.iter().map(|(key, text)| (*key, (account.user, text.as_str()))));
    }
    for entry in truth {
        match sent.get(&entry.key) {
            None => found.push(format!("store: {} was sent by nobody", entry.seq)),
            Some((author, _)) if *author != entry.author => {
                let (seq, stored) = (entry.seq, entry.author);
                found.push(format!("store: {seq} was written by {author}, posted as {stored}"));
            }
            Some((_, text)) if *text != entry.text => {
                found.push(format!("store: {} is not the text that was sent", entry.seq));
            }
            Some(_) => {}
        }
    }
    for account in accounts {
        judge_promises(account, &stored, &mut found);
        judge_timeline(account, truth, &mut found);
        found.extend(account.broken.iter().map(|what| format!("{}: {what}", account.name)));
    }
    found
}

fn judge_promises(
    account: &Account,
    stored: &BTreeMap<MessageKey, &Entry>,
    found: &mut Vec<String>,
) {
    for (key, seq) in &account.acknowledged {
        match stored.get(key) {
            None => found.push(format!("{}: lost after acknowledgement, {seq}", account.name)),
            Some(entry) if entry.seq != *seq => found.push(format!(
                "{}: acknowledged at {seq}, but stored at {}",
                account.name, entry.seq
            )),
            Some(_) => {}
        }
    }
}

fn judge_timeline(account: &Account, truth: &[Entry], found: &mut Vec<String>) {
    if account.timeline == truth {
        return;
    }
    // Something differs; now it may take time to say what.
    let name = &account.name;
    let mut seen = BTreeSet::new();
    let mut highest = Seq::ZERO;
    for entry in &account.timeline {
        if !seen.insert(entry.seq) {
            found.push(format!("{name}: saw {} twice", entry.seq));
        } else if entry.seq < highest {
            found.push(format!("{name}: saw {} out of order, after {highest}", entry.seq));
        }
        highest = highest.max(entry.seq);
        match truth.iter().find(|stored| stored.seq == entry.seq) {
            None => found.push(format!("{name}: saw {}, which is not stored", entry.seq)),
            Some(stored) if stored != entry => {
                found.push(format!("{name}: saw another message at {}", entry.seq));
            }
            Some(_) => {}
        }
    }
    for stored in truth.iter().filter(|stored| !seen.contains(&stored.seq)) {
        found.push(format!("{name}: never saw {}", stored.seq));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry(seq: i64) -> Entry {
        let key = MessageKey(Uuid::from_u128(u128::try_from(seq).unwrap_or_default()));
        Entry { seq: Seq(seq), key, author: UserId(0), text: format!("text {seq}") }
    }

    fn world() -> (Vec<Entry>, Account) {
        let truth: Vec<Entry> = (1..=4).map(entry).collect();
        let account = Account {
            name: "ada".to_owned(),
            sent: truth.iter().map(|entry| (entry.key, entry.text.clone())).collect(),
            acknowledged: truth.iter().map(|entry| (entry.key, entry.seq)).collect(),
            timeline: truth.clone(),
            ..Account::default()
        };
        (truth, account)
    }

    fn verdict(change: impl FnOnce(&mut Vec<Entry>, &mut Account)) -> String {
        let (mut truth, mut account) = world();
        change(&mut truth, &mut account);
        judge(&truth, &[account]).join("; ")
    }

    #[test]
    fn kept_promises_are_not_accused() {
        assert_eq!(verdict(|_, _| {}), "");
    }

    #[test]
    fn an_unanswered_send_may_be_stored_or_not() {
        let kept = verdict(|_, account| {
            account.acknowledged.remove(&entry(4).key);
            account.sent.insert(entry(9).key, "never stored".to_owned());
        });
        assert_eq!(kept, "");
    }

    #[test]
    fn a_message_lost_after_acknowledgement_is_found() {
        let verdict = verdict(|truth, account| {
            truth.pop();
            account.timeline.pop();
        });
        assert!(verdict.contains("lost after acknowledgement"), "{verdict}");
    }

    #[test]
    fn a_key_stored_twice_is_found() {
        let verdict = verdict(|truth, account| {
            truth.push(Entry { seq: Seq(5), ..entry(2) });
            account.timeline.push(Entry { seq: Seq(5), ..entry(2) });
        });
        assert!(verdict.contains("doubled"), "{verdict}");
    }

    #[test]
    fn a_hole_in_the_store_is_found() {
        let verdict = verdict(|truth, account| {
            truth.remove(1);
            account.timeline.remove(1);
            account.acknowledged.remove(&entry(2).key);
        });
        assert!(verdict.contains("seq 3 where 2 was expected"), "{verdict}");
    }

    #[test]
    fn an_acknowledgement_of_another_place_is_found() {
        let verdict = verdict(|_, account| {
            account.acknowledged.insert(entry(2).key, Seq(3));
        });
        assert!(verdict.contains("acknowledged at 3, but stored at 2"), "{verdict}");
    }

    #[test]
    fn every_wrong_timeline_is_found() {
        let doubled = verdict(|_, account| account.timeline.push(entry(2)));
        assert!(doubled.contains("saw 2 twice"), "{doubled}");
        let swapped = verdict(|_, account| account.timeline.swap(1, 2));
        assert!(swapped.contains("out of order"), "{swapped}");
        let missing = verdict(|_, account| drop(account.timeline.remove(2)));
        assert!(missing.contains("never saw 3"), "{missing}");
        let phantom = verdict(|_, account| account.timeline.push(entry(5)));
        assert!(phantom.contains("not stored"), "{phantom}");
        let altered = verdict(|_, account| account.timeline[0].text.push('!'));
        assert!(altered.contains("another message at 1"), "{altered}");
    }

    #[test]
    fn a_message_that_nobody_sent_or_another_text_is_found() {
        let foreign = verdict(|truth, account| {
            truth.push(entry(5));
            account.timeline.push(entry(5));
        });
        assert!(foreign.contains("sent by nobody"), "{foreign}");
        let altered = verdict(|truth, account| {
            truth[0].text.push('!');
            account.timeline[0].text.push('!');
        });
        assert!(altered.contains("not the text that was sent"), "{altered}");
        let stolen = verdict(|truth, account| {
            truth[0].author = UserId(7);
            account.timeline[0].author = UserId(7);
        });
        assert!(stolen.contains("1 was written by 0, posted as 7"), "{stolen}");
    }
}
