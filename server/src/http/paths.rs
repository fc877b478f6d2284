//! Addresses of our pages: where to go after signing in, and which other spellings lead to a room.

use app::page::Page;
use app::routes::{self, LOGIN, Source, source};
use percent_encoding::percent_decode_str;

/// The page to sign in, and the way from there to `next`.
pub(super) fn login(next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{LOGIN}?{query}")
}

/// The page of the room with this slug.
pub(super) fn room(slug: &str) -> String {
    let slug: String = form_urlencoded::byte_serialize(slug.as_bytes()).collect();
    routes::room(&slug.replace('+', "%20"))
}

/// The path that another spelling of it stands for: in capitals, percent-encoded, with a slash at its end, or the name of a
/// room in place of its slug.
pub(super) fn canonical(path: &str) -> Option<String> {
    let trimmed = path.trim_end_matches('/');
    let canonical = match source(trimmed) {
        Source::Room(typed) => {
            let typed = percent_decode_str(typed).decode_utf8_lossy();
            let slug = slug::slugify(&typed);
            if slug.is_empty() || typed.contains('/') {
                return None;
            }
            routes::room(&slug)
        }
        Source::Page(Page::NotFound) => return None,
        Source::Rooms | Source::Page(_) => trimmed.to_owned(),
    };
    (canonical != path).then_some(canonical)
}

/// Whether a redirect to `next` stays on this server: `//host` and `/\host` would not.
pub(super) fn is_local(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to_after_signing_in() {
        assert!(is_local("/rooms/general?x=1"));
        for foreign in [
            "",
            "rooms",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
        ] {
            assert!(!is_local(foreign), "{foreign:?}");
        }
    }

    #[test]
    fn other_spellings_of_a_room_s_address_lead_to_it() {
        for (typed, page) in [
            ("/rooms/General", "/rooms/general"),
            ("/rooms/general/", "/rooms/general"),
            ("/rooms/GENERAL//", "/rooms/general"),
            ("/rooms/%67eneral", "/rooms/general"),
            ("/rooms/Big%20Plans", "/rooms/big-plans"),
            ("/rooms/%E6%97%A5%E6%9C%AC", "/rooms/ri-ben"),
            ("/rooms/", "/rooms"),
            ("/login/", "/login"),
        ] {
            assert_eq!(canonical(typed).as_deref(), Some(page), "{typed}");
            assert_eq!(canonical(page), None, "{page} is there to stay");
        }
        for other in
            ["/rooms", "/rooms/cafe-2", "/rooms/%2F", "/rooms/..%2F..%2Flogout", "/rooms/!"]
        {
            assert_eq!(canonical(other), None, "{other}");
        }
    }
}
