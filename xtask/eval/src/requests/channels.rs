//! `requests --channels`: every part that the planner makes for a channel, and every upload, fetch, look-up and token request.

use super::corrected::{self, Corrected};
use super::mock::{Mock, against};
use super::parts::{self, Named};
use crate::channels::{self, Subject, Wire};
use bytes::Bytes;
use http::{Request, Response};
use msg_core::channel::{Failure, Located, SendOutcome};
use msg_core::http::{HttpLimits, HttpTransport as _, ReqwestTransport};
use msg_core::message::media::MediaSource;
use msg_core::message::{ContentKind, Media, MediaKind, Part};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use tokio::runtime::{Builder, Runtime};

/// Runs every wire, or those of one scheme, and prints a line for each. True when nothing was held against any of them.
pub(super) fn run(arguments: &[String]) -> Result<bool, String> {
    let (only, rest) = match arguments {
        [flag, scheme, rest @ ..] if flag == "--only" => {
            (Some(channels::find(scheme)?.scheme()), rest)
        }
        _ => (None, arguments),
    };
    let folder =
        match rest {
            [] => Path::new("../shared/specs"),
            [folder] => Path::new(folder),
            _ => return Err(
                "requests --channels takes `--only SCHEME` and the folder of the specifications"
                    .to_owned(),
            ),
        };
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    let mut out = std::io::stdout().lock();
    let mut clean = true;
    for backend in channels::all().filter(|it| only.is_none_or(|only| it.scheme() == only)) {
        for wire in backend.wires {
            let told = check(&runtime, folder, wire)?;
            clean &= told.invalid.is_empty();
            writeln!(out, "{}", told.line(wire))
                .map_err(|error| format!("standard output: {error}"))?;
        }
    }
    Ok(clean)
}

/// What came of one wire.
#[derive(Default)]
struct Told {
    corrections: Value,
    carried: Vec<Value>,
    /// Requests by what they are for.
    sent: BTreeMap<&'static str, usize>,
    /// What the wire made of the mock's answers to parts.
    outcomes: BTreeMap<&'static str, usize>,
    refused: Map<String, Value>,
    unspecified: Vec<String>,
    invalid: Vec<Value>,
}

impl Told {
    fn line(&self, wire: &Wire) -> Value {
        let sent: usize = self.sent.values().sum();
        json!({
            "wire": wire.name, "specs": wire.specs, "corrections": self.corrections,
            "carried": self.carried, "sent": sent,
            "valid": sent - self.invalid.len(), "requests": self.sent, "outcomes": self.outcomes,
            "refused": self.refused, "unspecified": self.unspecified, "invalid": self.invalid,
        })
    }
}

/// Sends what one wire says to a mock of its specifications.
fn check(runtime: &Runtime, folder: &Path, wire: &Wire) -> Result<Told, String> {
    let corrections = corrected::read(wire.corrections)?;
    let copy = match wire.specs {
        [first, ..] if !corrections.is_empty() => {
            Some(Corrected::of(&folder.join(first), &corrections)?)
        }
        _ => None,
    };
    let mock = match (wire.specs, copy.as_ref().and_then(|it| it.path().to_str())) {
        ([], _) => None,
        // A path from the root takes the place of the folder.
        ([_, rest @ ..], Some(copy)) => {
            let specs: Vec<&str> = std::iter::once(copy).chain(rest.iter().copied()).collect();
            Some(Mock::start(folder, &specs, wire.options)?)
        }
        (specs, None) => Some(Mock::start(folder, specs, wire.options)?),
    };
    let address = mock
        .as_ref()
        .map_or_else(|| "http://127.0.0.1:1".to_owned(), Mock::address);
    let transport = ReqwestTransport::new().map_err(|error| error.to_string())?;
    let failed = |error: String| format!("{}: {error}", wire.name);
    let subject = (wire.subject)(&address).map_err(failed)?;
    let capabilities = subject.wire.capabilities();
    let carried = ContentKind::ALL
        .into_iter()
        .filter(|kind| capabilities.carries(*kind));
    let mut run = Run {
        wire,
        subject: &subject,
        runtime,
        transport,
        token: None,
        told: Told {
            corrections: corrected::told(&corrections),
            carried: carried.map(|kind| json!(kind)).collect(),
            ..Told::default()
        },
    };
    run.ask_token()?;
    let mut parts = parts::planned(&subject)?;
    parts.extend(
        (wire.more)()
            .map_err(failed)?
            .into_iter()
            .map(|(name, part)| Named {
                name: format!("more: {name}"),
                part,
            }),
    );
    for Named { name, part } in parts {
        run.part(&name, part)?;
    }
    run.look_up()?;
    run.fetch()?;
    Ok(run.told)
}

/// A wire that is being checked.
struct Run<'a> {
    wire: &'a Wire,
    subject: &'a Subject,
    runtime: &'a Runtime,
    transport: ReqwestTransport,
    token: Option<SecretString>,
    told: Told,
}

impl Run<'_> {
    /// Asks for a token where the wire needs one. What the mock gives is used where it is one.
    fn ask_token(&mut self) -> Result<(), String> {
        let Some(wire) = self.subject.wire.token() else {
            return Ok(());
        };
        let request = wire.ask().map_err(|failure| said(&failure))?;
        let answer = self.send("token", "token", request)?;
        let token = answer.and_then(|answer| wire.read(&answer).ok());
        self.token = Some(token.map_or_else(|| "mock-token".into(), |token| token.secret));
        Ok(())
    }

    /// A part: its uploads, then itself.
    fn part(&mut self, name: &str, mut part: Part) -> Result<(), String> {
        if let Err(failure) = self.upload(name, &mut part)? {
            self.refuse(name, &failure);
            return Ok(());
        }
        let request = match self.subject.wire.encode(&part) {
            Ok(request) => request,
            Err(failure) => {
                self.refuse(name, &failure);
                return Ok(());
            }
        };
        if let Some(answer) = self.send("part", name, request)? {
            let outcome = match self.subject.wire.classify(&part, &answer) {
                SendOutcome::Accepted(_) => "accepted",
                SendOutcome::AlreadyAccepted(_) => "already_accepted",
                SendOutcome::Ambiguous(_) => "ambiguous",
                SendOutcome::Rejected(_) => "rejected",
            };
            *self.told.outcomes.entry(outcome).or_default() += 1;
        }
        Ok(())
    }

    /// Puts provider ids in place of the media that must be uploaded.
    fn upload(&mut self, name: &str, part: &mut Part) -> Result<Result<(), Box<Failure>>, String> {
        let Some(wire) = self.subject.wire.media() else {
            return Ok(Ok(()));
        };
        let whole = part.clone();
        for media in part.body.media_mut() {
            if !wire.must_upload(media) {
                continue;
            }
            let request = match wire.upload(&whole, media) {
                Ok(request) => request,
                Err(failure) => return Ok(Err(failure)),
            };
            let answer = self.send("upload", name, request)?;
            let id = answer.and_then(|answer| wire.uploaded(&answer).ok());
            media.source =
                MediaSource::ProviderId(id.unwrap_or_else(|| self.subject.media.to_owned()));
        }
        Ok(Ok(()))
    }

    /// Asks what became of a text.
    fn look_up(&mut self) -> Result<(), String> {
        let Some(wire) = self.subject.wire.look_up() else {
            return Ok(());
        };
        let part = parts::hello(self.subject)?;
        match wire.ask(&part) {
            Ok(request) => {
                if let Some(answer) = self.send("look_up", "look-up", request)? {
                    wire.found(&part, &answer);
                }
            }
            Err(failure) => self.refuse("look-up", &failure),
        }
        Ok(())
    }

    /// Goes the way to media as far as the mock leads.
    fn fetch(&mut self) -> Result<(), String> {
        let Some(wire) = self.subject.wire.media() else {
            return Ok(());
        };
        let mut media = Media::from_url(MediaKind::Image, "", "");
        media.source = MediaSource::ProviderId(self.subject.media.to_owned());
        let mut next = match wire.locate(&media) {
            Ok(request) => Some(request),
            Err(error) => {
                self.told
                    .refused
                    .insert("fetch".to_owned(), error.to_string().into());
                None
            }
        };
        while let Some(mut request) = next.take() {
            let marks = std::mem::take(request.extensions_mut());
            if let Some(mut answer) = self.send("fetch", "fetch", request)? {
                *answer.extensions_mut() = marks;
                if let Ok(Located::Next(request)) = wire.located(&media, answer) {
                    next = Some(*request);
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, name: &str, failure: &Failure) {
        self.told
            .refused
            .insert(name.to_owned(), said(failure).into());
    }

    /// The answer to a request that the mock has nothing against.
    fn send(
        &mut self,
        what: &'static str,
        name: &str,
        mut request: Request<Bytes>,
    ) -> Result<Option<Response<Bytes>>, String> {
        if let (Some(wire), Some(token)) = (self.subject.wire.token(), &self.token) {
            wire.put(token, &mut request);
        }
        let at = request.uri().to_string();
        if self.wire.specs.is_empty()
            || self.wire.unspecified.iter().any(|piece| at.contains(piece))
        {
            self.told.unspecified.push(name.to_owned());
            return Ok(None);
        }
        *self.told.sent.entry(what).or_default() += 1;
        let answer = self
            .runtime
            .block_on(self.transport.send(request, &HttpLimits::default()));
        let answer =
            answer.map_err(|error| format!("{}, {name}: the mock: {error}", self.wire.name))?;
        let body = String::from_utf8_lossy(answer.body());
        if let Some(complaint) = against(answer.status().as_str(), &body, self.wire.gaps) {
            self.told
                .invalid
                .push(json!({"what": what, "name": name, "complaint": complaint}));
            return Ok(None);
        }
        Ok(Some(answer))
    }
}

/// A failure in our own words.
fn said(failure: &Failure) -> String {
    format!("{}: {}", failure.class, failure.detail)
}
