//! Which pages are ours: those of the host that a request was sent to, and those of the public URL.

use crate::config::PublicUrl;
use axum::http::{HeaderMap, HeaderName, header};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use url::Url;

/// A line about refused pages comes at most so often: whoever is refused comes back every few seconds.
const WARNINGS_PER_HOUR: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// What is logged of a header that anybody may have written.
const LOGGED_CHARS_MAX: usize = 100;

/// Decides which pages may open sockets and send forms.
pub struct OwnOrigin {
    public: Option<PublicUrl>,
    warnings: DefaultDirectRateLimiter,
}

impl OwnOrigin {
    #[must_use]
    pub fn new(public: Option<PublicUrl>) -> Self {
        let warnings = Quota::per_hour(WARNINGS_PER_HOUR).allow_burst(NonZeroU32::MIN);
        Self { public, warnings: RateLimiter::direct(warnings) }
    }

    /// Whether a request comes from a page of this server.
    #[must_use]
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        text(headers, &header::ORIGIN).is_some_and(|origin| self.admits_origin(origin, headers))
    }

    /// Whether a page of `origin` may open sockets, sending such headers as these.
    #[must_use]
    pub fn admits_origin(&self, origin: &str, headers: &HeaderMap) -> bool {
        let Some(origin) = Url::parse(origin).ok().filter(|url| url.origin().is_tuple()) else {
            return false;
        };
        if self.public.as_ref().is_some_and(|public| public.origin() == origin.origin()) {
            return true;
        }
        // The scheme is the proxy's business: it speaks TLS where this server does not.
        let host = text(headers, &header::HOST);
        let host = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
        host.is_some_and(|host| authority(&host) == authority(&origin))
    }

    /// Says in the log, once a minute, that somebody was refused, and which setting lets them in.
    pub fn warn(&self, what: &str, headers: &HeaderMap) {
        if self.warnings.check().is_err() {
            return;
        }
        let logged = |name| {
            let text: String =
                text(headers, name).unwrap_or_default().chars().take(LOGGED_CHARS_MAX).collect();
            text
        };
        tracing::warn!(
            origin = ?logged(&header::ORIGIN),
            host = ?logged(&header::HOST),
            "{what} was refused, because its page is of another origin than the host it was sent to; if the origin is \
             the address that people type, set HUBBUB_PUBLIC_URL to it, or let the proxy pass on Host"
        );
    }
}

/// Host and port, where the ports of the web count as none: proxies add and drop them.
fn authority(url: &Url) -> Option<(String, Option<u16>)> {
    let host = url.host_str()?.to_owned();
    Some((host, url.port_or_known_default().filter(|port| !matches!(port, 80 | 443))))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    fn own(public: Option<&str>) -> OwnOrigin {
        let flags = public.map(|url| format!("--public-url={url}"));
        OwnOrigin::new(crate::config::Config::of_flags(flags).public_url)
    }

    fn headers(origin: &str, host: &str) -> HeaderMap {
        [(header::ORIGIN, origin), (header::HOST, host)]
            .map(|(name, value)| (name, value.parse().expect("a header")))
            .into_iter()
            .collect()
    }

    #[test]
    fn a_page_of_the_host_is_ours_and_the_ports_of_the_web_count_as_none() {
        for (origin, host) in [
            ("http://127.0.0.1:3000", "127.0.0.1:3000"),
            ("https://chat.example.org", "chat.example.org:443"),
            ("https://chat.example.org", "chat.example.org:80"),
            ("http://chat.example.org", "chat.example.org:80"),
            ("https://chat.example.org:443", "chat.example.org"),
            ("https://chat.example.org", "Chat.Example.Org"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert!(own(None).admits(&headers(origin, host)), "{origin} to {host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_not_ours() {
        for (origin, host) in [
            ("http://127.0.0.1:3000", "127.0.0.1"),
            ("https://evil.example", "chat.example.org"),
            ("https://chat.example.org.evil.example", "chat.example.org"),
            ("https://chat.example.org@evil.example", "chat.example.org"),
            ("null", "chat.example.org"),
            ("", ""),
            ("file:///etc/passwd", ""),
        ] {
            assert!(!own(None).admits(&headers(origin, host)), "{origin} to {host}");
        }
        assert!(!own(None).admits(&HeaderMap::new()));
    }

    #[test]
    fn pages_of_the_public_url_are_ours_whatever_host_the_proxy_names() {
        let own = own(Some("https://Chat.example.org:443/"));
        assert!(own.admits(&headers("https://chat.example.org", "127.0.0.1:3000")));
        assert!(!own.admits(&headers("http://chat.example.org", "127.0.0.1:3000")), "without TLS");
        assert!(own.admits(&headers("http://127.0.0.1:3000", "127.0.0.1:3000")));
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_says_once_a_minute_which_setting_mends_it() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let (own, long) = (own(None), "x".repeat(500));
            own.warn("a socket", &headers("http://127.0.0.1:3000\t", &long));
            own.warn("a socket", &headers("http://127.0.0.1:3000", &long));
        });
        let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains("HUBBUB_PUBLIC_URL") && log.contains("127.0.0.1:3000"), "{log}");
        assert!(!log.contains(&"x".repeat(LOGGED_CHARS_MAX + 1)));
    }
}
