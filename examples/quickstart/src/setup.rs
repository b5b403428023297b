//! Puts the engine together: the part that a host copies.

use crate::shop::{LIBRARY, Shop};
use crate::{Args, words};
use msg_channels::inapp::InApp;
use msg_channels::smtp::{Smtp, SmtpConfig};
use msg_core::engine::Engine;
use msg_core::http::ReqwestTransport;
use msg_core::id::{IdSource, RandomIds};
use msg_core::llm::HttpProvider;
use msg_core::message::Address;
use msg_core::testkit::{ManualClock, SeededIds};
use msg_core::time::SystemClock;
use msg_core::{Clock, Error, Timestamp};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use msg_llm::prompts::Prompts;
use msg_policy::consent::{Consent, Keywords, ReplyWindow};
use msg_policy::frequency::Frequency;
use msg_policy::length::Length;
use msg_policy::pii::{Finder, PersonalData};
use msg_policy::quiet_hours::{QuietHours, Row, Rules, Week};
use msg_policy::risk::Risk;
use msg_store::sqlite::SqliteStore;
use secrecy::SecretString;
use std::env;
use std::path::Path;
use std::sync::Arc;

/// Everything that outlives a change of the quiet hours.
pub(crate) struct Setup {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The script's clock.
    pub(crate) manual: Option<Arc<ManualClock>>,
    ids: Arc<dyn IdSource>,
    chat: Arc<InApp>,
    mail: Option<Arc<Smtp>>,
    model: Option<Arc<HttpProvider<OpenAi>>>,
    zone: String,
}

/// The minute of the day when the quiet ends.
const MORNING: usize = 8 * 60;

impl Setup {
    pub(crate) fn new(args: &Args, database: &Path, chat: InApp) -> Result<Self, Error> {
        let (clock, manual, ids): (Arc<dyn Clock>, _, Arc<dyn IdSource>) = if args.script.is_some()
        {
            let start = "2026-01-05T10:00:00Z"
                .parse()
                .unwrap_or(Timestamp::UNIX_EPOCH);
            let manual = Arc::new(ManualClock::new(start));
            (
                Arc::clone(&manual) as _,
                Some(manual),
                Arc::new(SeededIds::default()),
            )
        } else {
            (Arc::new(SystemClock), None, Arc::new(RandomIds::new()))
        };
        if jiff::tz::TimeZone::get(&args.zone).is_err() {
            let wrong = format!(
                "`{}` is no time zone: want a name such as `Europe/Berlin`",
                args.zone
            );
            return Err(Error::invalid(wrong));
        }
        let mail = variable("SMTP_URL").map(|url| {
            SmtpConfig::from_url(&url)
                .and_then(|config| Smtp::new(&config, Arc::clone(&clock)))
                .map_err(|error| naming("SMTP_URL", &error))
        });
        let mail = mail.transpose()?.map(Arc::new);
        if mail.is_some() {
            Address::email(args.mail_to.clone()).map_err(|error| naming("MAIL_TO", &error))?;
        }
        Ok(Self {
            store: Arc::new(SqliteStore::open(database)?),
            clock,
            manual,
            ids,
            chat: Arc::new(chat),
            mail,
            model: model()?,
            zone: args.zone.clone(),
        })
    }

    pub(crate) const fn mails(&self) -> bool {
        self.mail.is_some()
    }

    /// The engine, with quiet hours from this minute of the day until the morning.
    pub(crate) fn engine(&self, quiet_from: Option<usize>) -> Result<Engine, Error> {
        let hours = match quiet_from {
            Some(from) => Rules::shipped().with(Row::own("your /quiet", awake(from))),
            None => Rules::shipped(),
        };
        let mut builder = Engine::builder(
            Arc::clone(&self.store) as _,
            Arc::clone(&self.clock),
            Arc::clone(&self.ids),
        )
        .adapter(Arc::clone(&self.chat) as _)
        .check(Consent::standard())
        .check(ReplyWindow::standard())
        .check(QuietHours::new(hours))
        .check(Frequency::standard())
        .check(PersonalData::standard())
        .check(Risk::standard()?)
        .check(Length::standard())
        .keywords(Arc::new(Keywords::standard()))
        .detector(Arc::new(Finder::new()))
        .library(Arc::new(Prompts::from_json(LIBRARY)?))
        .responder(Arc::new(Shop {
            zone: self.zone.clone(),
        }));
        if let Some(mail) = &self.mail {
            builder = builder.adapter(Arc::clone(mail) as _);
        }
        if let Some(model) = &self.model {
            builder = builder.provider(Arc::clone(model) as _);
        }
        builder.build()
    }
}

/// The minutes in which messages may leave: from the morning until the quiet begins, or around midnight.
fn awake(quiet_from: usize) -> Week {
    if quiet_from > MORNING {
        return Week::daily(MORNING, quiet_from);
    }
    let mut week = Week::daily(MORNING, 24 * 60);
    (0..7).for_each(|day| week.add(day, 0, quiet_from));
    week
}

/// A variable of the environment; an empty one is none.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// What is wrong with a setting.
fn naming(setting: &str, error: &Error) -> Error {
    Error::new(
        error.kind(),
        format!("{setting} is not right: {}", words(error)),
    )
}

/// The model, if the environment names one.
fn model() -> Result<Option<Arc<HttpProvider<OpenAi>>>, Error> {
    let (key, url) = (variable("OPENAI_API_KEY"), variable("OPENAI_BASE_URL"));
    if key.is_none() && url.is_none() {
        return Ok(None);
    }
    let url = url.unwrap_or_else(|| msg_llm::openai::OPENAI_BASE_URL.into());
    let mut config = OpenAiConfig::new(url)
        .with_model(variable("OPENAI_MODEL").unwrap_or_else(|| "gpt-4o-mini".into()));
    config.api_key = key.map(SecretString::from);
    let wire = OpenAi::new(config).map_err(|error| {
        let detail = error.detail;
        Error::invalid(format!(
            "OPENAI_BASE_URL or OPENAI_API_KEY is not right: {detail}"
        ))
    })?;
    Ok(Some(Arc::new(HttpProvider::new(
        wire,
        Arc::new(ReqwestTransport::new()?),
    ))))
}
