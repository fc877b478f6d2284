//! Requests over one kept-alive connection: signing in, and timing pages to their first byte.

use color_eyre::eyre::{ContextCompat, Result, bail, eyre};
use std::{
    net::SocketAddr,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};
use ureq::{Agent, Body, http};

/// A server that does not answer for this long fails the run.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Connections that sign users in side by side: enough for the server to commit them in groups.
const SIGN_IN_CONNECTIONS: usize = 32;

/// A connection to one server. A redirect and an error are answers like any other.
pub struct Http {
    agent: Agent,
    origin: String,
}

pub struct Response {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
    /// From the request to the head of the answer.
    pub first_byte: Duration,
}

impl Http {
    /// The connection is made with the first request.
    pub fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // What whoever runs this has set must not come between.
            .proxy(None)
            .timeout_global(Some(TIMEOUT));
        Self { agent: config.build().into(), origin: format!("http://{address}") }
    }

    pub fn get(&self, path: &str, cookie: &str) -> Result<Response> {
        let start = Instant::now();
        let request = self.agent.get(format!("{}{path}", self.origin)).header("Cookie", cookie);
        read(start, request.call()?)
    }

    /// Sends a form, as a browser on the server's own page would.
    pub fn post_form(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Result<Response> {
        let start = Instant::now();
        let request = self
            .agent
            .post(format!("{}{path}", self.origin))
            .header("Origin", &self.origin)
            .header("Sec-Fetch-Site", "same-origin")
            .header("Accept", "application/json, text/html")
            .header("Cookie", cookie);
        read(start, request.send_form(form.iter().copied())?)
    }
}

fn read(start: Instant, response: http::Response<Body>) -> Result<Response> {
    let first_byte = start.elapsed();
    let (head, mut body) = response.into_parts();
    let body = body.read_to_vec()?;
    Ok(Response { status: head.status.as_u16(), headers: head.headers, body, first_byte })
}

/// Signs a user in and gives the cookie that proves it.
pub fn sign_in(address: SocketAddr, name: &str) -> Result<String> {
    sign_in_over(&Http::new(address), name)
}

fn sign_in_over(http: &Http, name: &str) -> Result<String> {
    let response = http.post_form("/login", "", &[("name", name)])?;
    if response.status != 303 {
        bail!("signing in as {name} answered {}", response.status);
    }
    let cookies = response.headers.get_all("set-cookie").iter();
    cookies
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .find(|cookie| cookie.starts_with("hubbub_session="))
        .map(str::to_owned)
        .wrap_err("signing in set no session cookie")
}

/// Signs in `count` users called `{prefix}-0`, `{prefix}-1`…; their cookies in that order.
pub fn sign_in_many(address: SocketAddr, prefix: &str, count: usize) -> Result<Vec<String>> {
    let cookies = Mutex::new(vec![String::new(); count]);
    in_threads(SIGN_IN_CONNECTIONS.min(count), |worker| {
        let http = Http::new(address);
        for user in (worker..count).step_by(SIGN_IN_CONNECTIONS) {
            let cookie = sign_in_over(&http, &format!("{prefix}-{user}"))?;
            if let Ok(mut cookies) = cookies.lock() {
                cookies[user] = cookie;
            }
        }
        Ok(())
    })?;
    cookies.into_inner().map_err(|_| eyre!("a sign-in worker panicked"))
}

/// Runs `work` in `count` threads, each told its number; what they came to, in that order.
pub fn in_threads<T: Send>(
    count: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..count).map(|index| scope.spawn(move || work(index))).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|result| result.map_err(|_| eyre!("a worker panicked"))?).collect()
    })
}
