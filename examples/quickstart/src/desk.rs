//! The desk where customer and shop meet: what comes in goes through the engine, what goes out appears on the screen.

use crate::Args;
use crate::report::{Answer, Report};
use crate::setup::Setup;
use msg_channels::inapp::{InApp, InAppInbox, InAppUser};
use msg_core::consent::Signal;
use msg_core::engine::{Engine, Submission};
use msg_core::id::{ConversationId, TenantId, TraceId};
use msg_core::message::media::Email;
use msg_core::message::{Address, Content, Draft, PartBody, Purpose};
use msg_core::store::{Query, Speaker, Store};
use msg_core::trace::TraceRecord;
use msg_core::{Error, ErrorKind, Timestamp};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// How many parts the screen can hold at once.
const SCREEN: usize = 64;

/// How many lines of the conversation are mailed.
const COPY: usize = 500;

pub(crate) struct Desk {
    // Before the folder: the file is closed before the folder goes away.
    setup: Setup,
    engine: Engine,
    inbox: InAppInbox,
    user: InAppUser,
    mail_to: String,
    export_file: PathBuf,
    inputs: u64,
    last: Option<TraceId>,
    _scratch: Option<TempDir>,
}

impl Desk {
    pub(crate) fn new(args: &Args) -> Result<Self, Error> {
        let (chat, inbox) = InApp::new(SCREEN);
        let (database, scratch) = database(args)?;
        let setup = Setup::new(args, &database, chat)?;
        let engine = setup.engine(None)?;
        let user = InAppUser::new(Address::in_app("customer")?, conversation());
        Ok(Self {
            setup,
            engine,
            inbox,
            user,
            mail_to: args.mail_to.clone(),
            export_file: database.with_extension("export.jsonl"),
            inputs: 0,
            last: None,
            _scratch: scratch,
        })
    }

    /// Whether nobody has talked here yet.
    pub(crate) async fn is_new(&self) -> Result<bool, Error> {
        let traces = self.engine.traces(tenant(), Timestamp::MIN, 1).await?;
        Ok(traces.is_empty())
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where an export is written.
    pub(crate) fn export_file(&self) -> &Path {
        &self.export_file
    }

    /// The trace of the last message of the shop.
    pub(crate) const fn last(&self) -> Option<TraceId> {
        self.last
    }

    /// Takes in what the customer wrote, and sends what is due.
    pub(crate) async fn say(&mut self, text: &str) -> Result<Report, Error> {
        self.inputs += 1;
        let now = self.engine.now();
        let event = self.user.says(
            &format!("{}-{}", now.as_nanosecond(), self.inputs),
            text,
            now,
        );
        let taken = self
            .engine
            .accept(&tenant(), vec![event])
            .await?
            .taken
            .into_iter()
            .next();
        let mut report = Report {
            said: text.to_owned(),
            ..Report::default()
        };
        report.received = self.deliver().await?;
        if let Some(taken) = taken {
            report.consent = taken.signal.as_ref().map(meaning);
            if let Some(Submission { message, .. }) = taken.reply {
                self.last = Some(message.into());
                report.answer = Some(Answer::read(&self.engine.trace(message.into()).await?)?);
            }
        }
        Ok(report)
    }

    /// Sends what is due and puts it on the screen.
    pub(crate) async fn deliver(&mut self) -> Result<Vec<String>, Error> {
        let mut shown = Vec::new();
        while self.engine.dispatch_due(SCREEN).await?.claimed > 0 {
            while let Some(message) = self.inbox.try_recv() {
                shown.push(on_screen(&message.part.body));
                self.engine
                    .accept(&tenant(), vec![message.delivered(self.engine.now())])
                    .await?;
            }
        }
        Ok(shown)
    }

    /// Sets from when on no message may leave until the morning.
    pub(crate) fn quiet(&mut self, from: Option<usize>) -> Result<(), Error> {
        self.engine = self.setup.engine(from)?;
        Ok(())
    }

    /// Moves the script's clock on to the next time when a clock in UTC shows this minute of the day.
    pub(crate) fn time(&self, minute: usize) -> Result<Timestamp, Error> {
        let Some(clock) = &self.setup.manual else {
            return Err(Error::invalid(
                "only a script has a clock that can be moved",
            ));
        };
        let day = 24 * 3600;
        let now = self.engine.now();
        let goal = i64::try_from(minute * 60).unwrap_or(0);
        let ahead = (goal - now.as_second()).rem_euclid(day);
        clock.advance(Duration::from_secs(u64::try_from(ahead).unwrap_or(0)));
        Ok(self.engine.now())
    }

    /// The script's clock ticks between lines.
    pub(crate) fn tick(&self) {
        if let Some(clock) = &self.setup.manual {
            clock.advance(Duration::from_secs(1));
        }
    }

    /// Every trace of the shop, oldest first.
    pub(crate) async fn traces(&self) -> Result<Vec<Vec<TraceRecord>>, Error> {
        let mut traces = Vec::new();
        for trace in self
            .engine
            .traces(tenant(), Timestamp::MIN, 1000)
            .await?
            .into_iter()
            .rev()
        {
            traces.push(self.engine.trace(trace).await?);
        }
        Ok(traces)
    }

    /// Mails a copy of the conversation, if there is a mail server. Says what became of it.
    pub(crate) async fn mail_copy(&mut self) -> Result<Option<String>, Error> {
        if !self.setup.mails() || self.inputs == 0 {
            return Ok(None);
        }
        let mail = Email::new(
            "Your conversation with the tea shop",
            self.transcript().await?,
        );
        let to = Address::email(self.mail_to.clone())?;
        let draft = Draft::new(tenant(), to, Purpose::Transactional, Content::Email(mail));
        let message = self.engine.submit(draft).await?.message;
        self.deliver().await?;
        Ok(Some(
            Answer::read(&self.engine.trace(message.into()).await?)?.state,
        ))
    }

    async fn transcript(&self) -> Result<String, Error> {
        let query = Query::Turns {
            tenant: tenant(),
            conversation: conversation(),
            limit: COPY,
        };
        let mut text = String::new();
        if let msg_core::store::Answer::Turns(turns) = self.setup.store.query(query).await? {
            for turn in turns {
                text.push_str(if turn.speaker == Speaker::Person {
                    "You: "
                } else {
                    "Shop: "
                });
                text.push_str(&turn.content.plain_text());
                text.push('\n');
            }
        }
        Ok(text)
    }
}

/// The file of the database, and the folder of one that lasts as long as a script.
fn database(args: &Args) -> Result<(PathBuf, Option<TempDir>), Error> {
    match &args.db {
        Some(file) => Ok((file.clone(), None)),
        None if args.script.is_none() => Ok((PathBuf::from("quickstart.db"), None)),
        None => {
            let folder = tempfile::tempdir().map_err(|error| {
                Error::new(
                    ErrorKind::Storage,
                    "there is no place for the script's database",
                )
                .with_source(error)
            })?;
            Ok((folder.path().join("quickstart.db"), Some(folder)))
        }
    }
}

fn tenant() -> TenantId {
    TenantId::from_static("tea-shop")
}

fn conversation() -> ConversationId {
    ConversationId::from_static("counter")
}

fn meaning(signal: &Signal) -> String {
    match signal {
        Signal::OptOut(_) => "no more messages",
        Signal::Resume => "messages again",
        _ => "asks what this is",
    }
    .to_owned()
}

/// A part as a terminal shows it: the text, and a number for every button.
fn on_screen(body: &PartBody) -> String {
    let PartBody::Text(part) = body else {
        return format!("({})", body.tag());
    };
    let mut text = part.text.text.clone();
    for (number, button) in (1_usize..).zip(&part.buttons) {
        text.extend(["\n  ", &number.to_string(), ". ", &button.action.label]);
    }
    text
}
