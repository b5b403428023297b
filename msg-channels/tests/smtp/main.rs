//! Real conversations over loopback: what arrives, and what every failure becomes.
#![cfg(test)]
#![cfg(feature = "smtp")]

mod sink;

use mail_parser::{MessageParser, MimeHeaders as _, PartType};
use msg_channels::smtp::{Server, Smtp, SmtpConfig, Timeouts, TlsMode, part_of};
use msg_core::channel::{
    Advice, ChannelAdapter as _, Clearance, Cleared, FailureClass, SendOutcome,
};
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::EmailPart;
use msg_core::message::{Address, Media, MediaKind, Part, PartBody, Purpose};
use msg_core::testkit::adapter::{Subject, conformance};
use msg_core::{Clock, Timestamp};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sink::{Act, Plan, Received, Sink};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        "2026-02-03T04:05:06Z".parse().unwrap()
    }
}

const FROM: &str = "Grüner Shop <shop@example.org>";

fn id(number: u8) -> PartId {
    PartId::new(
        MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &[number; 16])),
        2,
    )
}

fn part(body: impl Into<PartBody>) -> Part {
    let to = Address::email("jo@example.net").unwrap();
    Part::new(
        id(7),
        TenantId::new("t").unwrap(),
        to,
        Purpose::Service,
        body,
    )
}

fn cleared(part: Part) -> Cleared<Part> {
    Clearance::unchecked("test of the mail adapter").clear(part)
}

fn hello() -> Cleared<Part> {
    cleared(part(EmailPart::new("Hi", "Hello\n")))
}

fn server(sink: &Sink) -> Server {
    let timeouts = Timeouts::default()
        .with_connect(Duration::from_secs(20))
        .with_command(Duration::from_secs(20));
    Server::new("127.0.0.1")
        .with_port(sink.at.port())
        .with_tls(TlsMode::None)
        .with_timeouts(timeouts)
}

fn adapter(server: Server) -> Smtp {
    Smtp::new(&SmtpConfig::server(server, FROM), Arc::new(Fixed)).unwrap()
}

async fn deliver(part: Part) -> Received {
    let sink = Sink::start(Plan::default()).await;
    let outcome = adapter(server(&sink)).send(&cleared(part)).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    sink.mails().remove(0)
}

/// With PIPELINING and without: every failure has to end the same way.
fn both_ways(acts: &[Vec<(&'static str, Act)>]) -> [Plan; 2] {
    [vec!["PIPELINING", "8BITMIME"], vec![]].map(|extensions| Plan {
        extensions,
        acts: acts.to_vec(),
        ..Plan::default()
    })
}

#[tokio::test]
async fn text_html_and_files_arrive_as_they_were_written() {
    let mut email = EmailPart::new(
        "Größe \u{1F600} und mehr",
        "Hallo Jo,\n.\n..dots\n\ngrüße ".to_owned() + &"lang ".repeat(400),
    );
    email.html = Some("<p>Hallo <b>Jo</b></p>\n.\n".to_owned());
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(3000).collect();
    email.attachments = vec![
        Media::from_bytes(
            MediaKind::File,
            "application/pdf",
            bytes.clone(),
            "The bill",
        )
        .with_filename("../Rechnung für März.pdf"),
        Media::from_url(MediaKind::Image, "https://example.org/a.png", "A cat"),
    ];
    email.unsubscribe_url = Some("https://example.org/u?t=1".to_owned());
    let text = format!("{}\n\nA cat: https://example.org/a.png", email.text);
    let mut part = part(email);
    part.reply_to = Some("<earlier@example.net>".to_owned());
    part.language = "de-AT".to_owned();

    let received = deliver(part).await;
    assert_eq!(received.from, "MAIL FROM:<shop@example.org>");
    assert_eq!(received.to, ["RCPT TO:<jo@example.net>"]);
    assert!(received.data.is_ascii());
    assert!(
        received
            .data
            .split(|byte| *byte == b'\n')
            .all(|line| line.len() <= 999)
    );

    let mail = MessageParser::default().parse(&received.data).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Grüner Shop"), Some("shop@example.org"))
    );
    assert_eq!(mail.subject(), Some("Größe \u{1F600} und mehr"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-02-03T04:05:06Z");
    assert_eq!(part_of(mail.message_id().unwrap()), Some(id(7)));
    assert_eq!(mail.in_reply_to().as_text(), Some("earlier@example.net"));
    assert_eq!(mail.references().as_text(), Some("earlier@example.net"));
    assert_eq!(
        mail.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-replied")
    );
    assert_eq!(
        mail.header_raw("Content-Language").map(str::trim),
        Some("de-AT")
    );
    assert_eq!(
        mail.header_raw("List-Unsubscribe").map(str::trim),
        Some("<https://example.org/u?t=1>")
    );
    assert_eq!(
        mail.header_raw("List-Unsubscribe-Post").map(str::trim),
        Some("List-Unsubscribe=One-Click")
    );
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), text);
    assert_eq!(
        mail.body_html(0).unwrap().replace("\r\n", "\n"),
        "<p>Hallo <b>Jo</b></p>\n.\n<p><a href=\"https://example.org/a.png\">A cat</a></p>\n"
    );
    let file = mail.attachment(0).unwrap();
    assert_eq!(file.contents(), bytes);
    assert_eq!(file.attachment_name(), Some("Rechnung für März.pdf"));
    assert_eq!(file.content_description(), Some("The bill"));
    assert!(mail.attachment(1).is_none());
}

#[tokio::test]
async fn a_picture_is_shown_inline_and_the_configuration_has_the_subject_that_is_missing() {
    let mut email = EmailPart::new(" ", "Look");
    email.attachments = vec![Media::from_bytes(
        MediaKind::Image,
        "image/png",
        &b"\x89PNG"[..],
        "A cat",
    )];
    let received = deliver(part(email)).await;
    let mail = MessageParser::default().parse(&received.data).unwrap();
    assert_eq!(mail.subject(), Some("Message"));
    assert_eq!(mail.body_text(0).unwrap(), "Look");
    assert_eq!(
        mail.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    let picture = mail.attachment(0).unwrap();
    assert!(matches!(&picture.body, PartType::InlineBinary(bytes) if &**bytes == b"\x89PNG"));
    assert_eq!(picture.content_description(), Some("A cat"));
}

#[tokio::test]
async fn the_adapter_keeps_the_contract_with_a_server() {
    let sink = Sink::start(Plan {
        extensions: vec!["PIPELINING", "8BITMIME"],
        ..Plan::default()
    })
    .await;
    let smtp = adapter(server(&sink));
    let to = Address::email("ada-of-the-suite@example.net").unwrap();
    conformance(&Subject::new(&smtp, to)).await.unwrap();
    // What was refused was refused before a word was said.
    let mails = sink.mails().len();
    let begun = sink
        .commands()
        .iter()
        .filter(|line| line.starts_with("MAIL"))
        .count();
    assert!(mails > 20 && begun == mails, "{begun} begun, {mails} came");
}

#[tokio::test]
async fn body_and_end_of_data_come_in_one_read_and_two_round_trips_send_a_mail() {
    let [pipelined, plain] = both_ways(&[]);
    for plan in [pipelined, plain] {
        let sink = Sink::start(plan).await;
        let adapter = adapter(server(&sink));
        for _ in 0..3 {
            let outcome = adapter.send(&hello()).await;
            assert_eq!(outcome.provider_id().and_then(part_of), Some(id(7)));
        }
        assert_eq!(sink.connections(), 1);
        assert_eq!(sink.seen.lock().unwrap().data_reads, [1, 1, 1]);
        adapter.close().await;
        let commands = sink.commands();
        assert_eq!(
            commands
                .iter()
                .filter(|line| line.starts_with("EHLO"))
                .count(),
            2
        );
        assert_eq!(commands.last().unwrap(), "QUIT");
        assert!(!commands.iter().any(|line| line == "NOOP" || line == "RSET"));
    }
}

#[tokio::test]
async fn every_refusal_is_classified_and_the_connection_lives_on() {
    for (command, line, class) in [
        ("MAIL", "550 5.7.1 no", FailureClass::PolicyRejected),
        (
            "RCPT",
            "550 5.1.1 <jo@example.net> unknown",
            FailureClass::InvalidRecipient,
        ),
        ("RCPT", "450 4.7.1 greylisted", FailureClass::RateLimited),
        ("DATA", "451 4.3.0 later", FailureClass::Transient),
        (".", "554 5.6.0 no", FailureClass::ContentInvalid),
        (".", "552 5.3.4 too big", FailureClass::ContentTooLarge),
    ] {
        for plan in both_ways(&[vec![(command, Act::Say(line))]]) {
            let pipelined = !plan.extensions.is_empty();
            let sink = Sink::start(plan).await;
            let adapter = adapter(server(&sink));
            let SendOutcome::Rejected(failure) = adapter.send(&hello()).await else {
                panic!("{command} {line}");
            };
            assert_eq!(failure.class, class, "{command} {line}");
            assert!(line.starts_with(&failure.provider_code.0), "{failure:?}");
            assert!(!format!("{failure:?}").contains("example"));
            let outcome = adapter.send(&hello()).await;
            assert!(
                matches!(outcome, SendOutcome::Accepted(_)),
                "{command} {line} {outcome:?}"
            );
            assert_eq!(sink.mails().len(), 1);
            // Only who was told to go on by a server that had refused the mail has to hang up.
            let told_to_go_on = pipelined && command == "MAIL";
            assert_eq!(
                sink.connections(),
                if told_to_go_on { 2 } else { 1 },
                "{command} {line} {pipelined}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_end_of_the_mail_is_a_passing_rejection() {
    for command in ["hello", "EHLO", "MAIL", "RCPT", "DATA"] {
        for plan in both_ways(&[vec![(command, Act::Drop)]]) {
            let sink = Sink::start(plan).await;
            let SendOutcome::Rejected(failure) = adapter(server(&sink)).send(&hello()).await else {
                panic!("{command}");
            };
            assert_eq!(
                (failure.class, failure.advice),
                (FailureClass::Transient, Advice::RetrySame)
            );
            assert!(sink.mails().is_empty());
        }
    }
    let nobody = Server::new("127.0.0.1")
        .with_port(1)
        .with_tls(TlsMode::None);
    let SendOutcome::Rejected(failure) = adapter(nobody).send(&hello()).await else {
        panic!()
    };
    assert_eq!(failure.detail, "the server cannot be reached");
    let nowhere = Server::new("no-such-host.invalid").with_tls(TlsMode::None);
    let SendOutcome::Rejected(failure) = adapter(nowhere).send(&hello()).await else {
        panic!()
    };
    assert_eq!(failure.class, FailureClass::Transient);
}

#[tokio::test]
async fn a_connection_lost_after_the_end_of_the_mail_is_ambiguous_and_never_sent_again() {
    for act in [Act::Drop, Act::Say("354 what"), Act::Say("nonsense")] {
        for plan in both_ways(&[vec![(".", act.clone())]]) {
            let sink = Sink::start(plan).await;
            let adapter = adapter(server(&sink));
            let outcome = adapter.send(&hello()).await;
            assert!(
                matches!(outcome, SendOutcome::Ambiguous(_)),
                "{act:?} {outcome:?}"
            );
            assert_eq!(
                sink.commands()
                    .iter()
                    .filter(|line| line.starts_with("DATA"))
                    .count(),
                1
            );
            let outcome = adapter.send(&hello()).await;
            assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
            assert_eq!(sink.connections(), 2);
        }
    }
}

#[tokio::test]
async fn silence_ends_by_the_timeout_of_its_phase() {
    let short = Timeouts::default()
        .with_connect(Duration::from_millis(200))
        .with_command(Duration::from_millis(200))
        .with_data(Duration::from_millis(200));
    for (command, ambiguous) in [
        ("hello", false),
        ("EHLO", false),
        ("MAIL", false),
        ("DATA", false),
        (".", true),
    ] {
        for plan in both_ways(&[vec![(command, Act::Hang)]]) {
            let sink = Sink::start(plan).await;
            let outcome = adapter(server(&sink).with_timeouts(short))
                .send(&hello())
                .await;
            match outcome {
                SendOutcome::Ambiguous(_) if ambiguous => {}
                SendOutcome::Rejected(failure) if !ambiguous => {
                    assert_eq!(failure.class, FailureClass::Transient, "{command}");
                    assert!(failure.detail.contains("in time"), "{command} {failure:?}");
                }
                other => panic!("{command} {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_died_while_it_was_idle_costs_nothing_but_a_new_one() {
    for act in [Act::Drop, Act::Say("421 4.4.2 idle for too long")] {
        for mut plan in both_ways(&[]) {
            // The first mail goes through; the second one finds the connection dead.
            plan.acts = vec![vec![("MAIL", Act::Say("250 ok")), ("MAIL", act.clone())]];
            let sink = Sink::start(plan).await;
            let adapter = adapter(server(&sink));
            for _ in 0..2 {
                let outcome = adapter.send(&hello()).await;
                assert!(
                    matches!(outcome, SendOutcome::Accepted(_)),
                    "{act:?} {outcome:?}"
                );
            }
            assert_eq!((sink.connections(), sink.mails().len()), (2, 2));
        }
    }
}

#[tokio::test]
async fn the_pool_opens_no_more_connections_than_it_may() {
    let sink = Sink::start(Plan {
        extensions: vec!["PIPELINING"],
        ..Plan::default()
    })
    .await;
    let adapter = Arc::new(adapter(server(&sink).with_connections(3)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let adapter = Arc::clone(&adapter);
        tasks.spawn(async move { adapter.send(&hello()).await });
    }
    while let Some(outcome) = tasks.join_next().await {
        assert!(matches!(outcome.unwrap(), SendOutcome::Accepted(_)));
    }
    assert_eq!(sink.mails().len(), 40);
    assert!(sink.connections() <= 3);
}

#[tokio::test]
async fn an_old_connection_is_closed_with_a_goodbye() {
    let sink = Sink::start(Plan::default()).await;
    let timeouts = Timeouts::default().with_idle(Duration::ZERO);
    let adapter = adapter(server(&sink).with_timeouts(timeouts));
    for _ in 0..2 {
        adapter.send(&hello()).await;
    }
    assert_eq!(sink.connections(), 2);
    assert!(sink.commands().contains(&"QUIT".to_owned()));
}

#[tokio::test]
async fn what_the_server_announces_is_kept() {
    let sink = Sink::start(Plan {
        extensions: vec!["SIZE 2000", "PIPELINING"],
        ..Plan::default()
    })
    .await;
    let adapter = adapter(server(&sink));
    let large = part(EmailPart::new("Hi", "x\n".repeat(2000)));
    let SendOutcome::Rejected(failure) = adapter.send(&cleared(large)).await else {
        panic!()
    };
    assert_eq!(failure.class, FailureClass::ContentTooLarge);
    let mut abroad = part(EmailPart::new("Hi", "Hello"));
    abroad.to = Address::email("jö@example.net").unwrap();
    let SendOutcome::Rejected(failure) = adapter.send(&cleared(abroad.clone())).await else {
        panic!()
    };
    assert_eq!(failure.class, FailureClass::UnreachableOnChannel);
    assert!(matches!(
        adapter.send(&hello()).await,
        SendOutcome::Accepted(_)
    ));
    assert!(sink.mails().remove(0).from.contains(" SIZE="));
    assert_eq!(sink.connections(), 1);

    let sink = Sink::start(Plan {
        extensions: vec!["SMTPUTF8"],
        ..Plan::default()
    })
    .await;
    let outcome = self::adapter(server(&sink)).send(&cleared(abroad)).await;
    assert!(matches!(outcome, SendOutcome::Accepted(_)), "{outcome:?}");
    assert_eq!(sink.mails().remove(0).to, ["RCPT TO:<jö@example.net>"]);
}

/// A certificate for 127.0.0.1 that nobody has signed, and its PEM.
fn certificate() -> (TlsAcceptor, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
    (TlsAcceptor::from(Arc::new(config)), pem(cert.der()))
}

/// PEM by hand: base64 in lines of 64.
fn pem(der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let coded: Vec<u8> = der
        .chunks(3)
        .flat_map(|three| {
            let mut word = [0; 4];
            for (to, from) in word[1..].iter_mut().zip(three) {
                *to = *from;
            }
            let bits = u32::from_be_bytes(word);
            let letters = (0..4).map(move |at| LETTERS[(bits >> (18 - 6 * at)) as usize & 63]);
            let used = three.len() + 1;
            letters
                .enumerate()
                .map(move |(at, letter)| if at < used { letter } else { b'=' })
        })
        .collect();
    let lines: Vec<String> = coded
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

#[tokio::test]
async fn mail_goes_through_tls_both_ways_with_both_logins() {
    let (tls, pem) = certificate();
    // base64 of `\0user\0pass word`, and of `user` and `pass word`.
    for (offer, login) in [
        ("AUTH PLAIN LOGIN", "AHVzZXIAcGFzcyB3b3Jk"),
        ("AUTH LOGIN", "dXNlcg== cGFzcyB3b3Jk"),
    ] {
        for mode in [TlsMode::Implicit, TlsMode::Required, TlsMode::Opportunistic] {
            let sink = Sink::start(Plan {
                extensions: vec!["PIPELINING", offer],
                tls: Some(tls.clone()),
                implicit: mode == TlsMode::Implicit,
                login: Some(login),
                ..Plan::default()
            })
            .await;
            let server = server(&sink)
                .with_tls(mode)
                .with_root(&*pem)
                .with_login("user", "pass word".into());
            let adapter = adapter(server);
            for _ in 0..2 {
                let outcome = adapter.send(&hello()).await;
                assert!(
                    matches!(outcome, SendOutcome::Accepted(_)),
                    "{mode:?} {outcome:?}"
                );
            }
            let mail = sink.mails().remove(1);
            assert!(mail.encrypted && mail.login.as_deref() == Some(login));
            assert_eq!(
                (sink.connections(), &*sink.seen.lock().unwrap().data_reads),
                (1, &[1, 1][..])
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_safe_is_refused_and_says_why() {
    let (tls, pem) = certificate();
    let login = |server: Server| server.with_login("hidden", "hidden".into());
    let plan = |extensions: Vec<&'static str>| Plan {
        extensions,
        ..Plan::default()
    };
    let secured = |injected| Plan {
        tls: Some(tls.clone()),
        injected,
        ..plan(vec!["AUTH PLAIN"])
    };
    for (plan, prepare, class, detail) in [
        (
            plan(vec![]),
            Box::new(|server: Server| server.with_tls(TlsMode::Required))
                as Box<dyn Fn(Server) -> Server>,
            FailureClass::ConfigInvalid,
            "the server offers no STARTTLS",
        ),
        (
            plan(vec!["AUTH PLAIN"]),
            Box::new(|server: Server| login(server.with_tls(TlsMode::Opportunistic))),
            FailureClass::ConfigInvalid,
            "a password is not sent without TLS",
        ),
        (
            secured(""),
            Box::new(|server: Server| server.with_tls(TlsMode::Required)),
            FailureClass::ConfigInvalid,
            "the server's certificate is not trusted",
        ),
        (
            secured("\r\n250 injected"),
            Box::new(|server: Server| server.with_tls(TlsMode::Required).with_root(&*pem)),
            FailureClass::Transient,
            "the server spoke between STARTTLS and TLS",
        ),
        (
            secured(""),
            Box::new(|server: Server| login(server.with_tls(TlsMode::Required).with_root(&*pem))),
            FailureClass::CredentialInvalid,
            "",
        ),
        (
            plan(vec![]),
            Box::new(login),
            FailureClass::ConfigInvalid,
            "the server offers neither AUTH PLAIN nor AUTH LOGIN",
        ),
    ] {
        let sink = Sink::start(plan).await;
        let adapter = adapter(prepare(server(&sink)));
        let SendOutcome::Rejected(failure) = adapter.send(&hello()).await else {
            panic!("{detail}")
        };
        assert_eq!((failure.class.clone(), &*failure.detail), (class, detail));
        let shown = format!("{failure:?} {adapter:?}");
        assert!(
            !shown.contains("hidden") && !shown.contains("example"),
            "{shown}"
        );
        assert!(sink.mails().is_empty());
    }
}

#[tokio::test]
async fn a_folder_gets_a_file_a_mail() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/a/b", folder.path().display());
    let config = SmtpConfig::from_url(&url).unwrap();
    let adapter = Smtp::new(&config, Arc::new(Fixed)).unwrap();
    let outcome = adapter.send(&hello()).await;
    let files: Vec<_> = std::fs::read_dir(folder.path().join("a/b"))
        .unwrap()
        .collect();
    let path = files[0].as_ref().unwrap().path();
    assert_eq!(
        (files.len(), path.extension().unwrap().to_str()),
        (1, Some("eml"))
    );
    let bytes = std::fs::read(path).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.message_id().and_then(part_of), Some(id(7)));
    assert_eq!(outcome.provider_id().and_then(part_of), Some(id(7)));
    assert_eq!(
        mail.from().unwrap().first().unwrap().address(),
        Some("messages@localhost")
    );

    std::fs::remove_dir_all(folder.path().join("a")).unwrap();
    let SendOutcome::Rejected(failure) = adapter.send(&hello()).await else {
        panic!()
    };
    assert_eq!(failure.class, FailureClass::Transient);
}
