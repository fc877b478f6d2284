//! The forms that work without a script. A success redirects. A refusal answers with the form's page again, with everything
//! that was typed and the reason, which is said in the answer and never in an address.
//!
//! Here: how a form is read. What each of them does is in `sign_in`, `rooms` and `messages`.

mod messages;
mod rooms;
mod sign_in;

pub(super) use messages::send_message;
pub(super) use rooms::create_room;
pub(super) use sign_in::{sign_in, sign_out};

use super::status;
use crate::chat::CommandError;
use crate::site::{SiteState, Unreadable, Viewer};
use app::page::Why;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;

/// Largest form that is read: what is far too long to be stored still comes back to whoever typed it. Every byte of it may
/// be percent-encoded.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// How much more is taken and thrown away: a browser shows an answer only when it has sent everything.
const DISCARDED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A form as it came, and who sent it. That is asked when the whole form is there: one that takes its time may outlast the
/// session that it began under.
pub(super) struct Form<T> {
    fields: Result<T, TooLarge>,
    viewer: Result<Viewer, Unreadable>,
}

/// A form that is larger than [`FORM_BYTES_MAX`], or broke off.
pub(super) struct TooLarge;

impl<T: DeserializeOwned + Default> FromRequest<SiteState> for Form<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, site: &SiteState) -> Result<Self, Self::Rejection> {
        let (mut head, body) = request.into_parts();
        let body = read(body).await;
        let viewer = Viewer::from_request_parts(&mut head, site).await;
        Ok(Self { fields: body.map(|body| fields(&body)), viewer })
    }
}

/// What is missing is empty, and what cannot be read is missing: then the form itself says what it needs.
fn fields<T: DeserializeOwned + Default>(body: &[u8]) -> T {
    let fields = form_urlencoded::parse(body).map(|(name, value)| (name, value.into_owned()));
    let fields = serde_json::Map::from_iter(
        fields.map(|(name, value)| (name.into_owned(), serde_json::Value::String(value))),
    );
    serde_json::from_value(fields.into()).unwrap_or_default()
}

async fn read(body: Body) -> Result<Vec<u8>, TooLarge> {
    let mut chunks = body.into_data_stream();
    let (mut body, mut length) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes = chunk.map_err(|_| TooLarge)?;
        length += chunk.len();
        if length > FORM_BYTES_MAX + DISCARDED_BYTES_MAX {
            break;
        }
        if length > FORM_BYTES_MAX {
            body = Vec::new();
        } else {
            body.extend_from_slice(&chunk);
        }
    }
    if length > FORM_BYTES_MAX { Err(TooLarge) } else { Ok(body) }
}

/// The field that says whose page the form was on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Page {
    page: Option<String>,
}

/// Why a form was refused, with the status that says so.
struct Reason {
    why: Why,
    status: StatusCode,
    retry_after: Option<u64>,
}

impl Reason {
    fn new(why: Why, status: StatusCode) -> Self {
        Self { why, status, retry_after: None }
    }

    const fn too_large() -> Self {
        Self { why: Why::TooLarge, status: StatusCode::PAYLOAD_TOO_LARGE, retry_after: None }
    }

    /// Puts what the page cannot say into the headers of its answer.
    fn mark(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<CommandError> for Reason {
    fn from(refused: CommandError) -> Self {
        Self {
            why: Why::Code(refused.code),
            status: status(refused.code),
            // Rounded up: who waits this long is admitted.
            retry_after: refused.retry_after.map(|wait| wait.as_secs() + 1),
        }
    }
}
