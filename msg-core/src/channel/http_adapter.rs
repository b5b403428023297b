//! A wire and a transport make an adapter.

use super::token::Kept;
use super::{
    Advice, Ambiguous, ChannelAdapter, ChannelWire, Cleared, Failure, FailureClass, FailureScope,
    Located, MediaFetch, MediaWire, Reconciler, SendOutcome, TokenWire, WebhookWire,
};
use crate::capability::Capabilities;
use crate::error::{Error, ErrorKind};
use crate::http::{HttpError, HttpLimits, HttpTransport};
use crate::id::AccountId;
use crate::message::media::{Media, MediaSource};
use crate::message::{Address, ChannelKind, Part};
use crate::time::Timestamp;
use async_trait::async_trait;
use bytes::Bytes;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

/// Sends what a [`ChannelWire`] encodes over an [`HttpTransport`].
///
/// Before that it uploads the media that the wire wants on their own, and fetches the token that the wire needs. A
/// failure there is no ambiguous one: nothing was sent yet.
#[derive(Debug)]
pub struct HttpAdapter<W> {
    wire: W,
    transport: Arc<dyn HttpTransport>,
    limits: HttpLimits,
    media_limits: HttpLimits,
    kept: Kept,
}

impl<W: ChannelWire> HttpAdapter<W> {
    /// An adapter of this wire over this transport.
    pub fn new(wire: W, transport: Arc<dyn HttpTransport>) -> Self {
        Self {
            wire,
            transport,
            limits: HttpLimits::default(),
            media_limits: media_limits(),
            kept: Kept::default(),
        }
    }

    /// Sets time and size limits.
    #[must_use]
    pub fn with_limits(mut self, limits: HttpLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets time and size limits of uploads and of fetched media: without it 5 minutes and 100 MiB, the largest file that
    /// a channel of this family takes (WhatsApp documents and RCS files).
    #[must_use]
    pub fn with_media_limits(mut self, limits: HttpLimits) -> Self {
        self.media_limits = limits;
        self
    }

    /// The wire.
    pub const fn wire(&self) -> &W {
        &self.wire
    }

    /// The part with the provider's ids in place of media that must be uploaded; none when it has no such media.
    async fn upload(
        &self,
        wire: &dyn MediaWire,
        part: &Part,
    ) -> Result<Option<Part>, Box<Failure>> {
        let waiting = |media: &&Media| wire.must_upload(media);
        if !part.body.media().iter().any(waiting) {
            return Ok(None);
        }
        let mut ready = part.clone();
        for media in ready.body.media_mut() {
            if wire.must_upload(media) {
                let request = wire.upload(part, media)?;
                let response = self.exchange(request, &self.media_limits).await;
                let response = response.map_err(|error| Box::new(never_sent(&error)))?;
                media.source = MediaSource::ProviderId(wire.uploaded(&response)?);
            }
        }
        Ok(Some(ready))
    }

    async fn attempt(&self, part: &Part) -> Result<SendOutcome, Box<Failure>> {
        let uploaded = match self.wire.media() {
            Some(wire) => self.upload(wire, part).await?,
            None => None,
        };
        let part = uploaded.as_ref().unwrap_or(part);
        let request = self.wire.encode(part)?;
        Ok(match self.exchange(request, &self.limits).await {
            Ok(response) => self.wire.classify(part, &response),
            Err(Unsent::Failure(failure)) => SendOutcome::Rejected(*failure),
            Err(Unsent::Http(error)) => unanswered(&error),
        })
    }

    /// One exchange, with a token where the wire needs one. A kept token that is refused was not used, so the request may
    /// go again, once, with a new one.
    async fn exchange(
        &self,
        mut request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, Unsent> {
        let Some(wire) = self.wire.token() else {
            return Ok(self.transport.send(request, limits).await?);
        };
        let now = wire.now();
        let kept = self.kept.get(now);
        let again = kept.is_some().then(|| request.clone());
        let token = match kept {
            Some(token) => token,
            None => self.new_token(wire, now).await?,
        };
        wire.put(&token, &mut request);
        let response = self.transport.send(request, limits).await?;
        match again {
            Some(mut request) if response.status() == http::StatusCode::UNAUTHORIZED => {
                self.kept.forget(&token);
                let token = self.new_token(wire, now).await?;
                wire.put(&token, &mut request);
                Ok(self.transport.send(request, limits).await?)
            }
            _ => Ok(response),
        }
    }

    async fn new_token(
        &self,
        wire: &dyn TokenWire,
        now: Timestamp,
    ) -> Result<SecretString, Unsent> {
        let response = self.transport.send(wire.ask()?, &self.limits).await;
        let response = response.map_err(|error| Box::new(passing(&error)))?;
        Ok(self.kept.put(wire.read(&response)?, now))
    }
}

/// Why a request has no answer.
enum Unsent {
    /// It was not made: the wire or the token failed.
    Failure(Box<Failure>),
    /// The transport failed.
    Http(HttpError),
}

impl From<Box<Failure>> for Unsent {
    fn from(failure: Box<Failure>) -> Self {
        Self::Failure(failure)
    }
}

impl From<HttpError> for Unsent {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<W: ChannelWire> ChannelAdapter for HttpAdapter<W> {
    fn scheme(&self) -> &str {
        self.wire.scheme()
    }

    fn channel(&self) -> &ChannelKind {
        self.wire.channel()
    }

    fn capabilities(&self) -> &Capabilities {
        self.wire.capabilities()
    }

    fn capabilities_for(&self, to: &Address, from: Option<&AccountId>) -> Option<Capabilities> {
        self.wire.capabilities_for(to, from)
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        match self.attempt(part).await {
            Ok(outcome) => outcome,
            Err(failure) => SendOutcome::Rejected(*failure),
        }
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        self.wire.webhook()
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        self.wire.look_up().map(|_| self as &dyn Reconciler)
    }

    fn media(&self) -> Option<&dyn MediaFetch> {
        self.wire.media().map(|_| self as &dyn MediaFetch)
    }

    fn behind(&self, _: &str) -> Option<&dyn ChannelAdapter> {
        None
    }
}

#[async_trait]
impl<W: ChannelWire> Reconciler for HttpAdapter<W> {
    async fn look_up(&self, part: &Part) -> SendOutcome {
        let unknown = |why: &str| SendOutcome::Ambiguous(Ambiguous::new(why));
        let Some(wire) = self.wire.look_up() else {
            return unknown("the provider has no look-up");
        };
        let request = match wire.ask(part) {
            Ok(request) => request,
            Err(failure) => return unknown(&failure.detail),
        };
        match self.exchange(request, &self.limits).await {
            Ok(response) => wire.found(part, &response),
            Err(Unsent::Http(error)) => unknown(&error.to_string()),
            Err(Unsent::Failure(failure)) => unknown(&failure.detail),
        }
    }
}

/// The most requests that one fetch may take: Telegram, WhatsApp and Messenger need two.
const MAX_HOPS: usize = 4;

#[async_trait]
impl<W: ChannelWire> MediaFetch for HttpAdapter<W> {
    async fn fetch(&self, media: &Media) -> Result<Media, Error> {
        let Some(wire) = self.wire.media() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the provider has no media of its own",
            ));
        };
        let mut request = wire.locate(media)?;
        for _ in 0..MAX_HOPS {
            let marks = std::mem::take(request.extensions_mut());
            let response = self.exchange(request, &self.media_limits).await;
            let mut response = response.map_err(|unsent| match unsent {
                Unsent::Http(error) => Error::new(ErrorKind::Unavailable, error.to_string()),
                Unsent::Failure(failure) => Error::new(ErrorKind::Unavailable, failure.detail),
            })?;
            *response.extensions_mut() = marks;
            match wire.located(media, response)? {
                Located::Here(media) => return Ok(*media),
                Located::Next(next) => request = *next,
            }
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "the way to the media does not end",
        ))
    }
}

/// 5 minutes and 100 MiB.
fn media_limits() -> HttpLimits {
    HttpLimits {
        total: Some(Duration::from_mins(5)),
        body: 100 << 20,
        ..HttpLimits::default()
    }
}

/// What failed before anything was sent may be tried again as it is.
fn never_sent(unsent: &Unsent) -> Failure {
    match unsent {
        Unsent::Failure(failure) => Failure::clone(failure),
        Unsent::Http(error) => passing(error),
    }
}

/// A request that never left is safe to repeat; one that may have left is not.
fn unanswered(error: &HttpError) -> SendOutcome {
    if error.may_have_arrived() {
        return SendOutcome::Ambiguous(Ambiguous::new(error.to_string()));
    }
    SendOutcome::Rejected(passing(error))
}

fn passing(error: &HttpError) -> Failure {
    let failure = Failure::new(
        FailureClass::Transient,
        FailureScope::Provider,
        Advice::RetrySame,
    );
    failure.with_detail(error.to_string())
}

#[cfg(all(test, feature = "testkit"))]
mod tests;
