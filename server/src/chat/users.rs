//! Who somebody is: signing in by name, sessions, signing out.
//!
//! A session keeps others from its name once its token has come back. Until then nobody is known to have it: a sign-in
//! whose answer was lost, or that came from a browser without cookies, burns no name.

use super::clock::millis;
use super::once::Typed;
use super::{Actor, Chat, Result, names};
use crate::bus::Event;
use crate::store::{SessionCutoff, SignIn, SignInOutcome, StoreError, TokenHash};
use moka::future::Cache;
use protocol::limits::USER_NAME_CHARS_MAX;
use protocol::{FormKey, Millis, NameFault};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A session ends this long after signing in, however much it is used.
const SESSION_AGE_MAX: Duration = Duration::from_hours(90 * 24);

/// How stale the record of a session's last use may get before it is written again.
const SESSION_TOUCH_AFTER: Duration = Duration::from_hours(1);

/// How long it is remembered that a session was ended by hand: its tabs learn of it at once, and come then.
const LEFT_KEPT: Duration = Duration::from_mins(1);

/// Such sessions that are remembered at most; of one more the oldest is forgotten, as after a minute.
const LEFT_MAX: u64 = 10_000;

pub(super) fn left_cache() -> Cache<TokenHash, ()> {
    Cache::builder().max_capacity(LEFT_MAX).time_to_live(LEFT_KEPT).build()
}

/// The secret in the session cookie: 256 random bits in hexadecimal. The server keeps only its hash.
#[derive(Clone)]
pub struct SessionToken(String);

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInError {
    NameInvalid(NameFault),
    /// Somebody else has the name; one that is free.
    NameTaken {
        suggestion: Option<String>,
    },
    Unavailable,
}

impl SessionToken {
    fn generate() -> std::result::Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// A token as a cookie brought it; any string is one, but only ours have a session.
    #[must_use]
    pub fn from_cookie(value: &str) -> Self {
        Self(value.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(&self.0).into())
    }
}

impl Chat {
    /// Starts a session under a name. `current` is the session that the same browser has; it ends.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(
        &self,
        typed: &str,
        current: Option<&Actor>,
    ) -> std::result::Result<SessionToken, SignInError> {
        let name = names::parse(typed, USER_NAME_CHARS_MAX).map_err(SignInError::NameInvalid)?;
        let token = SessionToken::generate().map_err(|error| {
            tracing::error!(%error, "the system gave no random bytes");
            SignInError::Unavailable
        })?;
        let request = SignIn {
            alternatives: names::numbered(&name, USER_NAME_CHARS_MAX),
            name,
            token: token.hash(),
            replaces: current.map(|actor| actor.session),
            at: self.now(),
            cutoff: self.session_cutoff(),
        };
        match self.store.sign_in(request).await {
            Ok(SignInOutcome::SignedIn(session)) => {
                if let Some(replaced) = current {
                    self.announce_end(replaced).await;
                }
                tracing::info!(user.id = %session.user.id, "signed in");
                Ok(token)
            }
            Ok(SignInOutcome::Taken { suggestion }) => Err(SignInError::NameTaken { suggestion }),
            Err(error) => {
                error.log("nobody could sign in");
                Err(SignInError::Unavailable)
            }
        }
    }

    /// As [`Chat::sign_in`], but one form signs in once, however often it is sent and whichever of its answers arrives.
    /// `visit` is a secret of the browser that was given the form: the form's key alone, which stands in the page, gives
    /// nobody the session of whoever sent it.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in_once(
        &self,
        form: FormKey,
        visit: &str,
        typed: &str,
        current: Option<&Actor>,
    ) -> std::result::Result<SessionToken, SignInError> {
        let form = (form, Typed::new(&[visit, typed]));
        if let Some(token) = self.sign_ins.get(&form).await {
            match self.begun_session(&token).await {
                Ok(Some(_)) => return Ok(token),
                // It was signed out since, and the page with the form was still there.
                Ok(None) => self.sign_ins.forget(&form).await,
                Err(error) => {
                    error.log("nobody could sign in");
                    return Err(SignInError::Unavailable);
                }
            }
        }
        self.sign_ins.carry_out(form, self.sign_in(typed, current)).await
    }

    /// The live session of a token that was only just made: nobody has come back with it yet, and this does not confirm it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn begun_session(
        &self,
        token: &SessionToken,
    ) -> std::result::Result<Option<Actor>, StoreError> {
        let session = self.store.session(token.hash(), self.session_cutoff()).await?;
        Ok(session.map(Actor::from))
    }

    /// The live session of a token. Whoever has the token confirms the session with it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn authenticate(
        &self,
        token: &SessionToken,
    ) -> std::result::Result<Option<Actor>, StoreError> {
        let Some(session) = self.store.session(token.hash(), self.session_cutoff()).await? else {
            return Ok(None);
        };
        if session.is_confirmed && self.now().0 - session.seen_at.0 <= millis(SESSION_TOUCH_AFTER) {
            return Ok(Some(session.into()));
        }
        let is_confirmed = session.is_confirmed;
        let actor = Actor::from(session);
        match self.touch_session(&actor).await {
            // Ended since it was read: somebody else had the name before its token came back.
            Ok(false) => return Ok(None),
            Ok(true) => {}
            // A session that nobody is known to have may go to whoever signs in next: it has to be recorded first.
            Err(error) if !is_confirmed => return Err(error),
            // The session is still alive; the next request tries again.
            Err(error) => {
                error.log("the use of a session could not be recorded");
            }
        }
        Ok(Some(actor))
    }

    /// Records that a session is in use; `false` when it has ended.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn touch_session(&self, actor: &Actor) -> std::result::Result<bool, StoreError> {
        self.store.touch_session(actor.session, self.now(), self.session_cutoff()).await
    }

    /// Forgets sessions that have expired; to be called now and then.
    pub async fn tidy_sessions(&self) {
        if let Err(error) = self.store.forget_sessions(self.session_cutoff()).await {
            error.log("expired sessions stay until the next time");
        }
    }

    /// Ends a session, of which this is the token, and closes its sockets.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`].
    pub async fn sign_out(&self, actor: &Actor, token: &SessionToken) -> Result<()> {
        self.store.end_session(actor.session).await?;
        self.left.insert(token.hash(), ()).await;
        self.announce_end(actor).await;
        tracing::info!(user.id = %actor.user.id, "signed out");
        Ok(())
    }

    /// Whether a session was ended by hand just now.
    #[must_use]
    pub fn has_just_left(&self, token: &SessionToken) -> bool {
        self.left.contains_key(&token.hash())
    }

    async fn announce_end(&self, actor: &Actor) {
        let (user, session) = (actor.user.id, actor.session);
        self.bus.publish(Event::SessionEnded { user, session }).await;
    }

    pub(super) fn session_cutoff(&self) -> SessionCutoff {
        let now = self.now().0;
        SessionCutoff {
            created_after: Millis(now - millis(SESSION_AGE_MAX)),
            seen_after: Millis(now - millis(self.session_idle)),
        }
    }
}
