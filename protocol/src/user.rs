//! What everybody may know of a user. Anything private (tokens, addresses) has no type here and so cannot reach a frame.

use crate::UserId;
use serde::{Deserialize, Serialize};

/// A person who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    /// As typed, with spaces tidied; unique without regard to case.
    pub name: String,
}
