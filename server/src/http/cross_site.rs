//! Requests of other sites change nothing here, and who is refused learns why.

use crate::site::SiteState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Refuses what other sites ask for in the name of whoever looks at them.
pub(super) fn protection(state: &SiteState) -> CsrfLayer {
    let layer = CsrfLayer::new();
    let Some(public) = &state.public_url else { return layer };
    // A proxy may pass on another `Host` than the one in the browser's `Origin`.
    layer.clone().add_trusted_origin(public.origin().ascii_serialization()).unwrap_or(layer)
}

/// Stands around [`protection`], which compares byte for byte and refuses in silence: makes one host of those that differ
/// by a port of the web only, and says why somebody was refused.
pub(super) async fn explain(
    State(site): State<SiteState>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers_mut();
    if site.own_origin.admits(headers)
        && let Some(host) = authority_of_origin(headers)
    {
        headers.insert(header::HOST, host);
    }
    let asked = [header::ORIGIN, header::HOST].map(|name| {
        let value = headers.get(&name).cloned();
        (name, value.unwrap_or(HeaderValue::from_static("")))
    });
    let response = next.run(request).await;
    if response.extensions().get::<ProtectionError>().is_none() {
        return response;
    }
    site.own_origin.warn("a form", &HeaderMap::from_iter(asked));
    let words = "This form did not come from a page of this server, so nothing was done. If you see this on the server's \
                 own pages, then its proxy names another host than the address that you typed: whoever runs it has to set \
                 HUBBUB_PUBLIC_URL to that address. What you typed is still there when you go back.\n";
    (StatusCode::FORBIDDEN, words).into_response()
}

fn authority_of_origin(headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
    origin.split_once("://")?.1.parse().ok()
}
