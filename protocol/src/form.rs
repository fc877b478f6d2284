//! What plain forms carry, and why a name that somebody typed cannot be used.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Minted with a page for its forms. Sending a form twice with the same key is sending it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormKey(pub Uuid);

impl fmt::Display for FormKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameFault {
    Empty,
    TooLong,
    /// Nothing that one could call: no letter, no digit, no picture.
    OnlyMarks,
    /// This character cannot be in a name, or not at this place.
    Character(char, CharacterFault),
}

/// Why a character cannot be in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CharacterFault {
    /// It controls something: a line break, a tab, a bell.
    Control,
    /// It changes the direction of the text around it.
    Direction,
    /// It shows nothing by itself, and nothing that it could belong to stands beside it.
    Invisible,
    /// No letter stands before it that it could be put on.
    Loose,
    /// Unicode gives it no meaning, so it looks different everywhere.
    Unassigned,
}
