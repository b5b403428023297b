//! A wire and a transport make a provider.

use super::{
    Collector, GenerateRequest, GenerateResponse, LlmError, LlmErrorKind, LlmProvider, LlmStream,
    LlmWire, Phase, StreamDecoder, StreamEvent,
};
use crate::http::{ByteStream, HttpError, HttpErrorKind, HttpLimits, HttpTransport};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

mod whole;

/// Asks over an [`HttpTransport`] what a wire encodes: it is an [`LlmProvider`] of an [`LlmWire`], an
/// [`Embedder`](super::Embedder) of an [`EmbedWire`](super::EmbedWire), a [`Reranker`](super::Reranker) of a
/// [`RerankWire`](super::RerankWire) and a [`Transcriber`](super::Transcriber) of a [`TranscribeWire`](super::TranscribeWire).
#[derive(Debug)]
pub struct HttpProvider<W> {
    wire: W,
    transport: Arc<dyn HttpTransport>,
    whole: HttpLimits,
    streamed: HttpLimits,
}

impl<W> HttpProvider<W> {
    /// A provider of this wire over this transport.
    pub fn new(wire: W, transport: Arc<dyn HttpTransport>) -> Self {
        let streamed = HttpLimits::streaming();
        let whole = HttpLimits {
            total: Some(std::time::Duration::from_mins(10)),
            ..streamed.clone()
        };
        Self {
            wire,
            transport,
            whole,
            streamed,
        }
    }

    /// Sets time and size limits of whole answers and of streams.
    #[must_use]
    pub fn with_limits(mut self, whole: HttpLimits, streamed: HttpLimits) -> Self {
        (self.whole, self.streamed) = (whole, streamed);
        self
    }
}

#[async_trait]
impl<W: LlmWire> LlmProvider for HttpProvider<W> {
    fn scheme(&self) -> &str {
        self.wire.scheme()
    }

    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, LlmError> {
        let request = self.wire.encode(request, false)?;
        let response = self
            .transport
            .send(request, &self.whole)
            .await
            .map_err(unanswered)?;
        self.wire.decode(&response)
    }

    async fn stream(&self, request: &GenerateRequest) -> Result<LlmStream, LlmError> {
        let request = self.wire.encode(request, true)?;
        let response = self
            .transport
            .stream(request, &self.streamed)
            .await
            .map_err(unanswered)?;
        let (head, body) = response.into_parts();
        if !head.status.is_success() || is_html(&head) {
            let whole = read_all(body).await?;
            return Err(
                match self.wire.decode(&http::Response::from_parts(head, whole)) {
                    Err(error) => error,
                    Ok(_) => LlmError::new(
                        LlmErrorKind::Malformed,
                        "a stream was asked for and something else came",
                    ),
                },
            );
        }
        let decoder = self.wire.decoder(&head);
        Ok(Box::pin(Events::new(decoder, body, self.wire.scheme())))
    }
}

/// A proxy's error page can come with status 200.
fn is_html(head: &http::response::Parts) -> bool {
    let kind = head
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

async fn read_all(mut body: ByteStream) -> Result<Bytes, LlmError> {
    let mut whole = Vec::new();
    while let Some(piece) = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        whole.extend_from_slice(&piece.map_err(unanswered)?);
    }
    Ok(whole.into())
}

fn unanswered(error: HttpError) -> LlmError {
    let (kind, phase) = match error.kind() {
        HttpErrorKind::Request | HttpErrorKind::Forbidden => {
            (LlmErrorKind::InvalidRequest, Phase::Connect)
        }
        HttpErrorKind::Connect => (LlmErrorKind::Unavailable, Phase::Connect),
        HttpErrorKind::HeaderTimeout | HttpErrorKind::TotalTimeout => {
            (LlmErrorKind::Timeout, Phase::Header)
        }
        HttpErrorKind::IdleTimeout => (LlmErrorKind::Timeout, Phase::Body),
        HttpErrorKind::TooLarge => (LlmErrorKind::Malformed, Phase::Body),
        HttpErrorKind::Interrupted => (LlmErrorKind::Unavailable, Phase::Body),
    };
    LlmError::new(kind, "the exchange failed")
        .in_phase(phase)
        .with_source(error)
}

/// Drives a decoder with the bytes of a body.
struct Events {
    decoder: Box<dyn StreamDecoder>,
    body: Option<ByteStream>,
    /// What was decoded and not yet taken, the last event first.
    ready: Vec<StreamEvent>,
    failed: Option<LlmError>,
    /// The provider ended its answer.
    ended: bool,
    so_far: Collector,
    scheme: Box<str>,
}

impl Events {
    fn new(decoder: Box<dyn StreamDecoder>, body: ByteStream, scheme: &str) -> Self {
        Self {
            decoder,
            body: Some(body),
            ready: Vec::new(),
            failed: None,
            ended: false,
            so_far: Collector::new(),
            scheme: scheme.into(),
        }
    }

    /// Takes a piece of the body, or its end, through the decoder, once all events are taken.
    fn step(&mut self, piece: Option<Result<Bytes, HttpError>>) {
        let result = match piece {
            Some(Ok(bytes)) => self.decoder.push(&bytes, &mut self.ready),
            // The answer is whole: a connection that breaks behind it changes nothing.
            Some(Err(_)) if self.ended => {
                self.body = None;
                Ok(())
            }
            Some(Err(error)) => Err(interrupted(error)),
            None => {
                self.body = None;
                self.decoder.finish(&mut self.ready)
            }
        };
        let finish = |event: &StreamEvent| matches!(event, StreamEvent::Finish(_));
        self.ended |= self.ready.iter().any(finish);
        self.ready.reverse();
        if let Err(error) = result {
            self.body = None;
            self.failed = Some(error);
        }
    }
}

fn interrupted(error: HttpError) -> LlmError {
    match error.kind() {
        HttpErrorKind::Interrupted => {
            LlmError::new(LlmErrorKind::Interrupted, "the stream broke off").with_source(error)
        }
        _ => unanswered(error),
    }
}

impl Stream for Events {
    type Item = Result<StreamEvent, LlmError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(event) = this.ready.pop() {
                this.so_far.add(&event, &this.scheme);
                return Poll::Ready(Some(Ok(event)));
            }
            if let Some(mut error) = this.failed.take() {
                let so_far = std::mem::take(&mut this.so_far);
                error
                    .partial
                    .get_or_insert_with(|| Box::new(so_far.into_response()));
                return Poll::Ready(Some(Err(error)));
            }
            let Some(body) = this.body.as_mut() else {
                return Poll::Ready(None);
            };
            let piece = ready!(body.as_mut().poll_next(cx));
            this.step(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::{Finish, FinishReason};
    use std::task::Waker;

    /// Every byte is a text, `.` ends the answer.
    struct Letters;

    impl StreamDecoder for Letters {
        fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
            for byte in bytes {
                events.push(match byte {
                    b'.' => StreamEvent::Finish(Finish::new(FinishReason::Stop, ".")),
                    letter => StreamEvent::Text(char::from(*letter).to_string()),
                });
            }
            Ok(())
        }

        fn finish(&mut self, _events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
            Ok(())
        }
    }

    struct Body(std::vec::IntoIter<Result<Bytes, HttpError>>);

    impl Stream for Body {
        type Item = Result<Bytes, HttpError>;

        fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.next())
        }
    }

    /// The text, and the kind of error and its partial text, of a body that breaks after these bytes.
    fn broken_after(bytes: &'static [u8]) -> (String, Option<(LlmErrorKind, String)>) {
        let pieces = vec![
            Ok(Bytes::from_static(bytes)),
            Err(HttpError::new(HttpErrorKind::Interrupted)),
        ];
        let body = Box::pin(Body(pieces.into_iter()));
        let mut events = Events::new(Box::new(Letters), body, "letters");
        let mut cx = Context::from_waker(Waker::noop());
        let mut text = String::new();
        loop {
            match Pin::new(&mut events).poll_next(&mut cx) {
                Poll::Ready(Some(Ok(StreamEvent::Text(more)))) => text.push_str(&more),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    let partial = error.partial.map(|partial| partial.text());
                    return (text, Some((error.kind, partial.unwrap_or_default())));
                }
                Poll::Ready(None) => return (text, None),
                Poll::Pending => unreachable!("the body is always ready"),
            }
        }
    }

    #[test]
    fn a_broken_connection_counts_only_before_the_end_of_the_answer() {
        let interrupted = Some((LlmErrorKind::Interrupted, "ab".to_owned()));
        assert_eq!(broken_after(b"ab"), ("ab".to_owned(), interrupted));
        assert_eq!(broken_after(b"ab."), ("ab".to_owned(), None));
    }
}
