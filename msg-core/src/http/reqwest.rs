//! The one HTTP transport: reqwest over rustls with ring.

use super::private::{is_private_host, is_public};
use super::{ByteStream, HttpError, HttpErrorKind, HttpLimits, HttpTransport};
use crate::error::{Error, ErrorKind};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Response};
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

/// How long a connection may take. A request behind it did not leave.
const CONNECT: Duration = Duration::from_secs(10);

/// Sends over one shared [`reqwest::Client`]; clone it rather than make another. Needs a tokio runtime.
///
/// No redirects, no retries, no cookies. Root certificates are Mozilla's, bundled, so that a bare machine works; a host
/// that needs its own brings a client with [`ReqwestTransport::from_client`].
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
    fetcher: Client,
}

impl ReqwestTransport {
    /// A transport with a client of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when TLS cannot be set up.
    pub fn new() -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = rustls::RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                Error::new(ErrorKind::Internal, "TLS cannot be set up").with_source(error)
            })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let build = |builder: ClientBuilder| {
            builder
                .tls_backend_preconfigured(tls.clone())
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(CONNECT)
                .tcp_nodelay(true)
                .build()
                .map_err(|error| {
                    Error::new(ErrorKind::Internal, "no HTTP client")
                        .with_source(error.without_url())
                })
        };
        let client = build(Client::builder())?;
        let fetcher = build(
            Client::builder()
                .no_proxy()
                .dns_resolver(Arc::new(PublicOnly)),
        )?;
        Ok(Self { client, fetcher })
    }

    /// A transport over a client of the host for providers. What comes from outside is still fetched by a client of
    /// its own, which refuses private addresses.
    ///
    /// # Errors
    /// As [`ReqwestTransport::new`].
    pub fn from_client(client: Client) -> Result<Self, Error> {
        Ok(Self {
            client,
            ..Self::new()?
        })
    }

    async fn exchange(
        client: &Client,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<(Response, Deadlines), HttpError> {
        let deadlines = Deadlines::new(limits);
        let (head, body) = request.into_parts();
        let url = reqwest::Url::parse(&written(&head.uri))
            .map_err(|error| HttpError::new(HttpErrorKind::Request).with_source(error))?;
        let mut request = reqwest::Request::new(head.method, url);
        *request.version_mut() = head.version;
        *request.headers_mut() = head.headers;
        *request.body_mut() = Some(body.into());
        let head = deadlines.header;
        match timeout_at(head, client.execute(request)).await {
            Ok(Ok(response)) => Ok((response, deadlines)),
            Ok(Err(error)) => Err(failed(error, HttpErrorKind::Interrupted)),
            Err(_) if deadlines.total.is_some_and(|total| total <= head) => {
                Err(HttpError::new(HttpErrorKind::TotalTimeout))
            }
            Err(_) => Err(HttpError::new(HttpErrorKind::HeaderTimeout)),
        }
    }

    async fn whole(
        client: &Client,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let (response, deadlines) = Self::exchange(client, request, limits).await?;
        let (head, mut response) = split(response);
        let mut body = Body {
            idle: limits.idle,
            limit: limits.body,
            deadlines,
        };
        // Most answers are one piece: it is handed on without a copy.
        let Some(first) = body.next(&mut response).await? else {
            return Ok(head.map(|()| Bytes::new()));
        };
        let Some(second) = body.next(&mut response).await? else {
            return Ok(head.map(|()| first));
        };
        let mut whole = Vec::with_capacity(first.len() + second.len());
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(more) = body.next(&mut response).await? {
            whole.extend_from_slice(&more);
        }
        Ok(head.map(|()| whole.into()))
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        Self::whole(&self.client, request, limits).await
    }

    async fn stream(
        &self,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<ByteStream>, HttpError> {
        let (response, deadlines) = Self::exchange(&self.client, request, limits).await?;
        let (head, response) = split(response);
        let pieces = Pieces {
            body: Box::pin(response.bytes_stream()),
            watch: Watch::new(limits.idle, deadlines),
            left: limits.body,
            done: false,
        };
        Ok(head.map(|()| Box::pin(pieces) as ByteStream))
    }

    async fn fetch(
        &self,
        url: &str,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        // Read as whoever connects reads it: `127.1`, `0x7f.1` and `0177.0.0.1` are all 127.0.0.1 there (WHATWG URL).
        let url = reqwest::Url::parse(url).map_err(|_| HttpError::new(HttpErrorKind::Request))?;
        let host = url
            .host_str()
            .ok_or_else(|| HttpError::new(HttpErrorKind::Request))?;
        if url.scheme() != "https" || is_private_host(host) {
            return Err(HttpError::new(HttpErrorKind::Forbidden));
        }
        let mut request = http::Request::new(Bytes::new());
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|_| HttpError::new(HttpErrorKind::Request))?;
        Self::whole(&self.fetcher, request, limits).await
    }
}

/// What is as good as no limit: an instant cannot be arbitrarily far away.
const NEVER: Duration = Duration::from_hours(24 * 365 * 30);

/// When `limit` is over. One that is too far away to be an instant is none.
fn at(now: Instant, limit: Duration) -> Instant {
    now.checked_add(limit.min(NEVER)).unwrap_or(now)
}

/// When the phases of an exchange end.
#[derive(Clone, Copy)]
struct Deadlines {
    header: Instant,
    total: Option<Instant>,
}

impl Deadlines {
    fn new(limits: &HttpLimits) -> Self {
        let now = Instant::now();
        let total = limits.total.and_then(|total| now.checked_add(total));
        let header = at(now, limits.header);
        Self {
            header: total.map_or(header, |total| total.min(header)),
            total,
        }
    }

    /// When the next piece must be there.
    fn idle(&self, idle: Duration) -> Instant {
        let next = at(Instant::now(), idle);
        self.total.map_or(next, |total| total.min(next))
    }

    fn missed(&self) -> HttpError {
        let over = self.total.is_some_and(|total| total <= Instant::now());
        HttpError::new(if over {
            HttpErrorKind::TotalTimeout
        } else {
            HttpErrorKind::IdleTimeout
        })
    }
}

/// Reads a body under its limits.
struct Body {
    idle: Duration,
    limit: usize,
    deadlines: Deadlines,
}

impl Body {
    async fn next(&mut self, response: &mut Response) -> Result<Option<Bytes>, HttpError> {
        match timeout_at(self.deadlines.idle(self.idle), response.chunk()).await {
            Ok(Ok(Some(piece))) => {
                self.limit = self
                    .limit
                    .checked_sub(piece.len())
                    .ok_or_else(|| HttpError::new(HttpErrorKind::TooLarge))?;
                Ok(Some(piece))
            }
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(failed(error, HttpErrorKind::Interrupted)),
            Err(_) => Err(self.deadlines.missed()),
        }
    }
}

/// A body piece by piece, under its limits.
struct Pieces<S> {
    body: Pin<Box<S>>,
    watch: Watch,
    left: usize,
    done: bool,
}

/// Looks now and then whether pieces still come.
///
/// A stream has many pieces a millisecond, and setting a timer, or only reading the clock, costs as much as decoding a
/// piece. So a piece only raises a flag, and a timer that fires [`LOOKS`] times within the idle limit looks at it.
struct Watch {
    timer: Pin<Box<Sleep>>,
    /// Whom the timer wakes.
    waker: Option<Waker>,
    idle: Duration,
    deadlines: Deadlines,
    /// A piece came since the last look.
    moved: bool,
    /// When the next piece must be there, if none came since the last look.
    due: Instant,
}

/// How often within the idle limit: a stall is noticed at most an eighth of the limit late.
const LOOKS: u32 = 8;

impl Watch {
    fn new(idle: Duration, deadlines: Deadlines) -> Self {
        let now = Instant::now();
        let mut watch = Self {
            timer: Box::pin(sleep_until(now)),
            waker: None,
            idle,
            deadlines,
            moved: false,
            due: at(now, idle),
        };
        let next = watch.next(now);
        watch.timer.as_mut().reset(next);
        watch
    }

    /// When to look again.
    fn next(&self, now: Instant) -> Instant {
        let next = self.due.min(at(now, self.idle / LOOKS));
        self.deadlines.total.map_or(next, |total| total.min(next))
    }

    /// Ready with what was missed; to be asked when no piece is there.
    fn poll_missed(&mut self, cx: &mut Context<'_>) -> Poll<HttpError> {
        let known = (self.waker.as_ref()).is_some_and(|waker| waker.will_wake(cx.waker()));
        if known && !self.timer.is_elapsed() {
            return Poll::Pending;
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if std::mem::take(&mut self.moved) {
                self.due = at(now, self.idle);
            }
            if self.due <= now || self.deadlines.total.is_some_and(|total| total <= now) {
                return Poll::Ready(self.deadlines.missed());
            }
            let next = self.next(now);
            self.timer.as_mut().reset(next);
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<S: Stream<Item = reqwest::Result<Bytes>>> Stream for Pieces<S> {
    type Item = Result<Bytes, HttpError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        let outcome = match this.body.as_mut().poll_next(cx) {
            Poll::Pending => Some(Err(ready!(this.watch.poll_missed(cx)))),
            Poll::Ready(Some(Ok(piece))) => {
                this.watch.moved = true;
                match this.left.checked_sub(piece.len()) {
                    Some(left) => {
                        this.left = left;
                        Some(Ok(piece))
                    }
                    None => Some(Err(HttpError::new(HttpErrorKind::TooLarge))),
                }
            }
            Poll::Ready(Some(Err(error))) => Some(Err(failed(error, HttpErrorKind::Interrupted))),
            Poll::Ready(None) => None,
        };
        this.done = !matches!(outcome, Some(Ok(_)));
        Poll::Ready(outcome)
    }
}

/// An address as text. `Display` writes the same, at three times the cost of reading it.
fn written(uri: &http::Uri) -> String {
    let scheme = uri.scheme_str().map(|scheme| [scheme, "://"]);
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let path = uri.path_and_query().map(http::uri::PathAndQuery::as_str);
    let parts = [authority, path].into_iter().flatten();
    let parts = scheme.into_iter().flatten().chain(parts);
    let mut text = String::with_capacity(parts.clone().map(str::len).sum());
    text.extend(parts);
    text
}

/// Takes the head from a response, without copying its headers.
fn split(mut response: Response) -> (http::Response<()>, Response) {
    let mut head = http::Response::new(());
    *head.status_mut() = response.status();
    *head.version_mut() = response.version();
    *head.headers_mut() = std::mem::take(response.headers_mut());
    (head, response)
}

/// reqwest's errors show the URL, which may carry a token: it is taken out.
fn failed(error: reqwest::Error, otherwise: HttpErrorKind) -> HttpError {
    let mut source = std::error::Error::source(&error);
    let mut forbidden = false;
    while let Some(cause) = source {
        forbidden |= cause.is::<PrivateAddress>();
        source = cause.source();
    }
    let kind = if forbidden {
        HttpErrorKind::Forbidden
    } else if error.is_builder() {
        HttpErrorKind::Request
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        otherwise
    };
    HttpError::new(kind).with_source(error.without_url())
}

/// Every address of a name was private.
#[derive(Debug)]
struct PrivateAddress;

impl fmt::Display for PrivateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to a private address")
    }
}

impl std::error::Error for PrivateAddress {}

/// Resolves names to public addresses only, at the time of the connection: a name that changes between a check and
/// the connection cannot lead inside.
#[derive(Debug)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
