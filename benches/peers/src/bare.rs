//! `reqwest` and `hyper` by hand: one shared client, typed JSON, a line splitter for streams.

use crate::Failure;
use crate::clients::Client;
use crate::hand::request::{Texts, body, headers, url};
use crate::hand::{self, Lines};
use crate::question::{system, user};
use crate::wire::Wire;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use std::sync::Arc;

/// The question at a server.
struct Question {
    wire: Wire,
    whole: String,
    stream: String,
    headers: [Option<(&'static str, String)>; 2],
    texts: Texts,
}

impl Question {
    fn new(wire: Wire, server: SocketAddr) -> Self {
        Self {
            wire,
            whole: url(wire, server, false),
            stream: url(wire, server, true),
            headers: headers(wire),
            texts: Texts {
                system: system(),
                user: user(),
            },
        }
    }

    fn url(&self, stream: bool) -> &str {
        if stream { &self.stream } else { &self.whole }
    }

    fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own = self.headers.iter().flatten();
        own.map(|(name, value)| (*name, value.as_str()))
    }

    fn body(&self, stream: bool) -> Result<Vec<u8>, Failure> {
        body(self.wire, &self.texts, stream)
    }

    /// The next text of the lines that are there.
    fn next(&self, lines: &mut Lines) -> Result<Option<usize>, Failure> {
        if self.wire == Wire::Bedrock {
            let payload = lines.next_payload()?;
            return payload.map_or(Ok(None), |payload| hand::line(self.wire, payload));
        }
        while let Some(line) = lines.next_line() {
            if let Some(length) = hand::line(self.wire, line)? {
                return Ok(Some(length));
            }
        }
        Ok(None)
    }
}

/// `reqwest` as a careful host sets it up for everything.
pub fn client() -> Result<reqwest::Client, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()?)
}

/// `reqwest`.
pub struct Reqwest {
    client: reqwest::Client,
    question: Question,
}

impl Reqwest {
    /// A client of this server.
    pub fn new(wire: Wire, server: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            client: client()?,
            question: Question::new(wire, server),
        })
    }

    async fn send(&self, stream: bool) -> Result<reqwest::Response, Failure> {
        let mut request = self.client.post(self.question.url(stream));
        for (name, value) in self.question.headers() {
            request = request.header(name, value);
        }
        let request = request.header("content-type", "application/json");
        let body = self.question.body(stream)?;
        Ok(request.body(body).send().await?.error_for_status()?)
    }
}

impl Client for Reqwest {
    type Stream = (reqwest::Response, Lines);

    async fn whole(&self) -> Result<usize, Failure> {
        let body = self.send(false).await?.bytes().await?;
        hand::whole(self.question.wire, &body)
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        Ok((self.send(true).await?, Lines::default()))
    }

    async fn next(&self, (response, lines): &mut Self::Stream) -> Result<Option<usize>, Failure> {
        loop {
            if let Some(length) = self.question.next(lines)? {
                return Ok(Some(length));
            }
            match response.chunk().await? {
                Some(bytes) => lines.push(&bytes),
                None => return Ok(None),
            }
        }
    }
}

/// `hyper` with the pool of `hyper-util`.
pub struct Hyper {
    pool: Pool<HttpConnector, Full<Bytes>>,
    question: Question,
}

impl Hyper {
    /// A client of this server.
    pub fn new(wire: Wire, server: SocketAddr) -> Result<Self, Failure> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self {
            pool: Pool::builder(TokioExecutor::new()).build(connector),
            question: Question::new(wire, server),
        })
    }

    async fn send(&self, stream: bool) -> Result<hyper::body::Incoming, Failure> {
        let mut request = http::Request::post(self.question.url(stream));
        for (name, value) in self.question.headers() {
            request = request.header(name, value);
        }
        let request = request.header("content-type", "application/json");
        let body = Full::new(Bytes::from(self.question.body(stream)?));
        let response = self.pool.request(request.body(body)?).await?;
        if !response.status().is_success() {
            return Err(format!("the server said {}", response.status()).into());
        }
        Ok(response.into_body())
    }
}

impl Client for Hyper {
    type Stream = (hyper::body::Incoming, Lines);

    async fn whole(&self) -> Result<usize, Failure> {
        let body = self.send(false).await?.collect().await?.to_bytes();
        hand::whole(self.question.wire, &body)
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        Ok((self.send(true).await?, Lines::default()))
    }

    async fn next(&self, (body, lines): &mut Self::Stream) -> Result<Option<usize>, Failure> {
        loop {
            if let Some(length) = self.question.next(lines)? {
                return Ok(Some(length));
            }
            match body.frame().await.transpose()? {
                Some(frame) => {
                    if let Some(bytes) = frame.data_ref() {
                        lines.push(bytes);
                    }
                }
                None => return Ok(None),
            }
        }
    }
}
