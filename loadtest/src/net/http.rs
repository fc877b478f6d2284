//! A blocking HTTP/1.1 client for one kept-alive connection: signing in, and timing pages to their first byte.

use color_eyre::eyre::{Context, ContextCompat, Result, bail};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Mutex,
    time::{Duration, Instant},
};

/// A server that does not answer for this long fails the run.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Connections that sign users in side by side: enough for the server to commit them in groups.
const SIGN_IN_CONNECTIONS: usize = 32;

/// A connection to one server.
pub struct Http {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

pub struct Response {
    pub status: u16,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// From the request's first byte out to the answer's first byte in.
    pub first_byte: Duration,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Http {
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let stream =
            TcpStream::connect(address).wrap_err_with(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream, host: address.to_string(), buffer: Vec::new() })
    }

    pub fn get(&mut self, path: &str, cookie: &str) -> Result<Response> {
        self.request(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nAccept: */*\r\n\r\n",
            self.host
        ))
    }

    /// Sends a form, as a browser on the server's own page would.
    pub fn post_form(&mut self, path: &str, cookie: Option<&str>, form: &str) -> Result<Response> {
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        self.request(&format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
             Sec-Fetch-Site: same-origin\r\n{cookie}Accept: application/json, text/html\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}",
            host = self.host,
            length = form.len(),
        ))
    }

    fn request(&mut self, request: &str) -> Result<Response> {
        self.buffer.clear();
        let start = Instant::now();
        self.stream.write_all(request.as_bytes())?;
        self.more()?;
        let first_byte = start.elapsed();
        let head = loop {
            match memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                Some(end) => break end,
                None => self.more()?,
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).into_owned();
        let mut lines = text.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok())
            .wrap_err("an answer without a status")?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        self.buffer.drain(..head + 4);
        let mut response = Response { status, headers, body: Vec::new(), first_byte };
        response.body = self.body(&response)?;
        Ok(response)
    }

    fn body(&mut self, response: &Response) -> Result<Vec<u8>> {
        if response.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            let mut body = Vec::new();
            loop {
                let size = self.chunk_size()?;
                self.fill(size + 2)?;
                body.extend_from_slice(&self.buffer[..size]);
                self.buffer.drain(..size + 2);
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let length = response.header("content-length").map_or(Ok(0), str::parse)?;
        self.fill(length)?;
        Ok(self.buffer.drain(..length).collect())
    }

    fn chunk_size(&mut self) -> Result<usize> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                self.buffer.drain(..end + 2);
                return Ok(usize::from_str_radix(line.trim(), 16)?);
            }
            self.more()?;
        }
    }

    fn fill(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            self.more()?;
        }
        Ok(())
    }

    fn more(&mut self) -> Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => bail!("the server ended the connection in the middle of an answer"),
            count => self.buffer.extend_from_slice(&chunk[..count]),
        }
        Ok(())
    }
}

/// Signs a user in and gives the cookie that proves it.
pub fn sign_in(http: &mut Http, name: &str) -> Result<String> {
    let response = http.post_form("/login", None, &format!("name={name}"))?;
    if response.status != 303 {
        bail!("signing in as {name} answered {}", response.status);
    }
    response
        .headers
        .iter()
        .filter(|(header, _)| header == "set-cookie")
        .filter_map(|(_, value)| value.split(';').next())
        .find(|cookie| cookie.starts_with("hubbub_session="))
        .map(str::to_owned)
        .wrap_err("signing in set no session cookie")
}

/// Signs in `count` users called `{prefix}-0`, `{prefix}-1`…; their cookies in that order.
pub fn sign_in_many(address: SocketAddr, prefix: &str, count: usize) -> Result<Vec<String>> {
    let cookies = Mutex::new(vec![String::new(); count]);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SIGN_IN_CONNECTIONS.min(count))
            .map(|worker| {
                let cookies = &cookies;
                scope.spawn(move || -> Result<()> {
                    let mut http = Http::connect(address)?;
                    for user in (worker..count).step_by(SIGN_IN_CONNECTIONS) {
                        let cookie = sign_in(&mut http, &format!("{prefix}-{user}"))?;
                        if let Ok(mut cookies) = cookies.lock() {
                            cookies[user] = cookie;
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for worker in workers {
            worker.join().map_err(|_| color_eyre::eyre::eyre!("a sign-in worker panicked"))??;
        }
        Ok::<_, color_eyre::Report>(())
    })?;
    cookies.into_inner().map_err(|_| color_eyre::eyre::eyre!("a sign-in worker panicked"))
}
