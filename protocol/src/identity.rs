//! Whose a page is: the protocol that it speaks, the store that it was read from, the user that it was made for.
//!
//! A page outlives what it was made for: somebody else signs in at the same browser, a copy of the data is restored, a
//! new version is installed. So it says whose it is, and a server that is not meant does nothing of what it asks.

use crate::UserId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Names the contents of a store: made with it, and new after a restore. Positions of another epoch mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub Uuid);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a page belongs to. It fits nobody else, no other store and no other protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PageIdentity {
    pub protocol: u32,
    pub epoch: Epoch,
    pub user: UserId,
}

/// The header by which a request of a page's script says whose page it is. A form has a field `page` for it.
pub const PAGE_HEADER: &str = "hubbub-page";

impl fmt::Display for PageIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, epoch, user } = self;
        write!(f, "{protocol}.{epoch}.{user}")
    }
}

/// A text that is no [`PageIdentity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoIdentity;

impl FromStr for PageIdentity {
    type Err = NoIdentity;

    fn from_str(text: &str) -> Result<Self, NoIdentity> {
        let mut parts = text.split('.');
        let (Some(protocol), Some(epoch), Some(user), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoIdentity);
        };
        Ok(Self {
            protocol: protocol.parse().map_err(|_| NoIdentity)?,
            epoch: Epoch(epoch.parse().map_err(|_| NoIdentity)?),
            user: UserId(user.parse().map_err(|_| NoIdentity)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        let epoch = Epoch(Uuid::from_u128(0x6f1d_2c3a_9b40_4e5f_8a7b_0000_0000_002a));
        let identity = PageIdentity { protocol: 3, epoch, user: UserId(7) };
        let text = identity.to_string();
        assert_eq!(text, "3.6f1d2c3a-9b40-4e5f-8a7b-00000000002a.7");
        assert_eq!(text.parse(), Ok(identity));
    }

    #[test]
    fn what_is_no_identity_is_told_from_one() {
        let nil = Uuid::nil();
        for text in ["", "2", "2..7", "2.x.7", &format!("2.{nil}"), &format!("2.{nil}.7.1")] {
            assert_eq!(text.parse::<PageIdentity>(), Err(NoIdentity), "{text}");
        }
    }
}
