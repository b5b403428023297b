//! A transport that answers from a script.

use crate::http::{ByteStream, HttpError, HttpErrorKind, HttpLimits, HttpTransport};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// What a scripted exchange ends in.
type Exchange = Result<http::Response<Vec<Bytes>>, HttpErrorKind>;

/// A fake transport for tests: it keeps the requests and answers from a script, in order. When the script is over, no
/// connection can be made.
#[derive(Debug, Default)]
pub struct ScriptedTransport(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    requests: Vec<http::Request<Bytes>>,
    exchanges: VecDeque<Exchange>,
}

impl ScriptedTransport {
    /// A transport with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an answer. A stream gets its body in these pieces.
    pub fn answer(&self, response: http::Response<Vec<Bytes>>) {
        self.state().exchanges.push_back(Ok(response));
    }

    /// Adds an answer with a status and a body.
    pub fn answer_with(&self, status: http::StatusCode, body: impl Into<Bytes>) {
        let mut response = http::Response::new(vec![body.into()]);
        *response.status_mut() = status;
        self.answer(response);
    }

    /// Adds a failure.
    pub fn fail(&self, kind: HttpErrorKind) {
        self.state().exchanges.push_back(Err(kind));
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.state().requests.clone()
    }

    fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Vec<Bytes>>, HttpError> {
        let mut state = self.state();
        state.requests.push(request);
        state
            .exchanges
            .pop_front()
            .unwrap_or(Err(HttpErrorKind::Connect))
            .map_err(HttpError::new)
    }
}

#[async_trait]
impl HttpTransport for ScriptedTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let whole = self
            .exchange(request)?
            .map(|pieces| Bytes::from(pieces.concat()));
        if whole.body().len() > limits.body {
            return Err(HttpError::new(HttpErrorKind::TooLarge));
        }
        Ok(whole)
    }

    async fn stream(
        &self,
        request: http::Request<Bytes>,
        _: &HttpLimits,
    ) -> Result<http::Response<ByteStream>, HttpError> {
        Ok(self
            .exchange(request)?
            .map(|pieces| Box::pin(Pieces(pieces.into())) as ByteStream))
    }

    async fn fetch(
        &self,
        url: &str,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let mut request = http::Request::new(Bytes::new());
        *request.uri_mut() = url
            .parse()
            .map_err(|_| HttpError::new(HttpErrorKind::Request))?;
        self.send(request, limits).await
    }
}

struct Pieces(VecDeque<Bytes>);

impl Stream for Pieces {
    type Item = Result<Bytes, HttpError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}
