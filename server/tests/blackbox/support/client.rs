//! Somebody with a session, over HTTP.

use super::{Socket, TestServer, within};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use std::net::SocketAddr;

#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    /// `name=value` of the session cookie; nobody is signed in without it.
    pub cookie: Option<String>,
    http: reqwest::Client,
}

impl Client {
    pub fn anonymous(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).build();
        Self { address, cookie: None, http: http.expect("an HTTP client") }
    }

    pub async fn sign_in(address: SocketAddr, name: &str) -> Self {
        let mut client = Self::anonymous(address);
        let response = client.post("/login", &[("name", name)]).await;
        assert_eq!(response.status(), 303, "{name} is signed in");
        client.cookie = Some(cookie(&response));
        client
    }

    /// The same browser at a server that was started again, on another port.
    pub fn at(self, server: &TestServer) -> Self {
        Self { address: server.address, ..self }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        within(self.request(Method::GET, path).send()).await.expect("an answer")
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        within(self.form(path, form).send()).await.expect("an answer")
    }

    pub fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
    }

    pub async fn connect(&self) -> Socket {
        Socket::connect(self.address, self.cookie.as_deref()).await
    }
}

/// `name=value` of the cookie that a response sets.
pub fn cookie(response: &Response) -> String {
    let header = response.headers().get(SET_COOKIE).expect("a cookie");
    let header = header.to_str().expect("a cookie in ASCII");
    header.split(';').next().expect("a first part").to_owned()
}

pub fn location(response: &Response) -> &str {
    response.headers().get(LOCATION).expect("a location").to_str().expect("a location in ASCII")
}

/// `name=value` of the cookie of this name, if a response sets it.
pub fn cookie_named(response: &Response, name: &str) -> Option<String> {
    let headers = response.headers().get_all(SET_COOKIE).into_iter();
    let mut cookies = headers.filter_map(|header| header.to_str().ok()?.split(';').next());
    cookies.find(|cookie| cookie.starts_with(&format!("{name}="))).map(str::to_owned)
}

/// What the first hidden field of this name in a page says.
pub fn hidden_field(page: &str, name: &str) -> Option<String> {
    let value = page.split_once(&format!("type=\"hidden\" name=\"{name}\" value=\""))?.1;
    let value = value.split_once('"')?.0;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&"),
    )
}
