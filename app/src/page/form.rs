//! What the server says about a form that it just refused. It comes with the answer to that form and in no other way: a
//! link could put any sentence into an address, and a page that shows it would say it as ours.

use super::{PageData, SignIn};
use protocol::{ErrorCode, FormKey, NameFault};
use serde::{Deserialize, Serialize};

/// Which form of a page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormKind {
    SignIn,
    SignOut,
    FindRoom,
    NewRoom,
    Message,
}

/// A form that was refused: everything that was typed into it, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub form: FormKind,
    pub typed: String,
    pub why: Why,
}

/// Why a form was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    Code(ErrorCode),
    UserName(NameFault),
    RoomName(NameFault),
    /// Somebody has the name; one that is free.
    NameTaken {
        suggestion: Option<String>,
    },
    /// A room has the name, or one that looks like it.
    RoomExists {
        slug: String,
    },
    /// The browser keeps no cookie of this server; the only address at which it would, where there is only one.
    CookieLost {
        address: Option<String>,
    },
    /// The session has ended; after signing in what was typed is still there.
    SessionGone,
    /// The session of this browser has ended: it was not used for long, or its name went to somebody else before it was first
    /// used.
    SessionEnded,
    /// It was kept over signing in, and not sent.
    NotSent,
    /// It was even too long to be read, so that what was typed is not there any more.
    TooLarge,
}

/// What was typed into a form whose session was gone, on its way through the page to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    pub text: String,
    pub room: String,
}

/// What the forms of a page send along, as context of its components.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormData {
    pub key: FormKey,
    pub sign_in: SignIn,
    /// Whose page it is, as a form says it; empty where nobody is signed in.
    pub page: String,
}

impl FormData {
    #[must_use]
    pub fn new(given: &PageData) -> Self {
        let page = given.identity.map(|identity| identity.to_string()).unwrap_or_default();
        Self { key: given.form_key, sign_in: given.sign_in.clone(), page }
    }
}
