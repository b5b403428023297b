//! Media that travel on their own: uploaded before a part names them, fetched after an event named them.

use super::Failure;
use crate::error::Error;
use crate::message::Part;
use crate::message::media::Media;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;

/// Uploads and fetches media. Pure; [`HttpAdapter`](super::HttpAdapter) adds the transport.
pub trait MediaWire: fmt::Debug + Send + Sync {
    /// Whether these media must be uploaded before a part that holds them is encoded.
    ///
    /// The wire's `encode` is then given the same part with
    /// [`MediaSource::ProviderId`](crate::message::media::MediaSource::ProviderId) in their place.
    fn must_upload(&self, media: &Media) -> bool;

    /// The request that uploads `media` of `part`.
    ///
    /// # Errors
    /// A [`Failure`] when the provider takes no such media: their kind, type or size.
    fn upload(&self, part: &Part, media: &Media) -> Result<http::Request<Bytes>, Box<Failure>>;

    /// The provider's id in the answer to that request.
    ///
    /// # Errors
    /// A [`Failure`] when the media were not taken.
    fn uploaded(&self, response: &http::Response<Bytes>) -> Result<String, Box<Failure>>;

    /// The first request on the way to media that an event named.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when they are not the provider's.
    fn locate(&self, media: &Media) -> Result<http::Request<Bytes>, Error>;

    /// What an answer on that way holds: the media, or where to go on. The extensions of the request come back in those of
    /// its answer, so that the wire knows which step it is: the bytes of media may look like the answer of an earlier one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when they are gone, and the kind of the answer otherwise.
    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error>;
}

/// What an answer on the way to media holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum Located {
    /// The media with their bytes.
    Here(Box<Media>),
    /// Another request leads on.
    Next(Box<http::Request<Bytes>>),
}

/// Fetches the media that events name, with the adapter's own credentials.
#[async_trait]
pub trait MediaFetch: fmt::Debug + Send + Sync {
    /// The media with their bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when they are not the provider's,
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when they are gone,
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when nobody answers.
    async fn fetch(&self, media: &Media) -> Result<Media, Error>;
}

const fn _dyn_compatible(_: &dyn MediaWire, _: &dyn MediaFetch) {}
