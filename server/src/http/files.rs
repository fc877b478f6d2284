//! How the files for the browser are answered: compressed where a build has done that beforehand, and kept by the browser as
//! long as their names allow. Where they lie is next door, in `site`.

use crate::site::{BUILT, Files};
use axum::http::{HeaderValue, Response, header};
use std::path::Path;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::services::fs::ServeFileSystemResponseBody;
use tower_http::set_header::{SetResponseHeader, SetResponseHeaderLayer};

/// Their names carry a hash of their content, so a copy is never out of date.
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

/// A copy may be kept, but the server is asked before it is used.
const ASK_FIRST: &str = "no-cache";

type CacheControl = fn(&Response<ServeFileSystemResponseBody>) -> Option<HeaderValue>;

/// What lies in the site as it is: icons, the manifest.
pub(super) fn plain(files: &Files) -> ServeDir {
    under(&files.folder).append_index_html_on_directories(false)
}

/// What a build made: script, WASM and style.
pub(super) fn built(files: &Files) -> SetResponseHeader<ServeDir, CacheControl> {
    let lasting: CacheControl = if files.are_hashed {
        |response| when_found(response, FOR_A_YEAR)
    } else {
        |response| when_found(response, ASK_FIRST)
    };
    ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, lasting))
        .service(under(&files.folder.join(BUILT)))
}

fn under(folder: &Path) -> ServeDir {
    ServeDir::new(folder).precompressed_br().precompressed_gzip()
}

/// Not for what is missing: that may come with the next version.
fn when_found<B>(response: &Response<B>, value: &'static str) -> Option<HeaderValue> {
    response.status().is_success().then(|| HeaderValue::from_static(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::Assets;
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    async fn kept(are_hashed: bool, address: &str) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder for the site");
        std::fs::create_dir(folder.path().join(BUILT)).expect("a folder for what is built");
        std::fs::write(folder.path().join(BUILT).join("app.js"), "1").expect("a file");
        let assets = Assets { script: String::new(), wasm: String::new(), style: String::new() };
        let files = Files { folder: folder.path().to_owned(), are_hashed, assets };
        let request = Request::get(address).body(Body::empty()).expect("a request");
        let response = built(&files).oneshot(request).await.expect("an answer");
        let value = response.headers().get(header::CACHE_CONTROL)?;
        Some(value.to_str().expect("a readable header").to_owned())
    }

    #[tokio::test]
    async fn only_files_with_a_hash_in_their_name_are_kept_without_asking() {
        assert_eq!(kept(true, "/app.js").await.as_deref(), Some(FOR_A_YEAR));
        assert_eq!(kept(false, "/app.js").await.as_deref(), Some(ASK_FIRST));
    }

    #[tokio::test]
    async fn what_is_missing_is_asked_for_again() {
        assert_eq!(kept(true, "/other.js").await, None);
        assert_eq!(kept(false, "/other.js").await, None);
    }
}
