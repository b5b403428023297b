use super::super::golden::{self, wire};
use super::*;
use TwilioChannel::{Mms, Rcs, Sms, WhatsApp};
use msg_core::message::MediaKind;

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?} {:?}", wire(Sms), wire(Sms).endpoints);
    assert!(
        !shown.contains("s3cret") && !shown.contains("12345"),
        "{shown}"
    );
    let mut config = golden::config(Sms);
    config.account_sid = "s3cret".into();
    let error = Twilio::new(config).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[test]
fn each_channel_carries_what_twilio_offers_on_it() {
    let carries = |channel, kind| wire(channel).capabilities().carries(kind);
    for channel in [Sms, Mms, WhatsApp, Rcs] {
        assert!(carries(channel, ContentKind::Text) && carries(channel, ContentKind::Template));
        assert!(!carries(channel, ContentKind::Choice) && !carries(channel, ContentKind::Card));
        assert!(wire(channel).capabilities().receipts);
    }
    assert!(!carries(Sms, ContentKind::Media) && carries(Mms, ContentKind::Media));
    assert!(carries(WhatsApp, ContentKind::Location) && !carries(Rcs, ContentKind::Location));
    let text = |channel| {
        wire(channel)
            .capabilities()
            .limit(Field::Text)
            .max(Unit::Utf16)
    };
    assert_eq!((text(Sms), text(WhatsApp)), (Some(1600), Some(1600)));
    assert_eq!(
        wire(WhatsApp)
            .capabilities()
            .window
            .as_ref()
            .map(|it| it.hours),
        Some(24)
    );
}

fn media(url: &str) -> Media {
    Media::from_url(MediaKind::Image, url, "")
}

#[test]
fn the_credentials_go_to_the_media_of_this_account_only() {
    let wire = wire(Mms);
    let ours = format!(
        "{}/2010-04-01/Accounts/{}/Messages/",
        super::super::CLOUD,
        golden::ACCOUNT
    );
    let request = wire
        .locate(&media(&format!("{ours}MM1/Media/ME1")))
        .unwrap();
    assert!(request.headers().contains_key(AUTHORIZATION));
    for foreign in [
        "https://api.twilio.com.evil.example/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1",
        "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000002/Messages/MM1/Media/ME1",
        "http://api.twilio.com/2010-04-01/",
        &format!("{ours}../../Calls"),
        "",
    ] {
        assert!(wire.locate(&media(foreign)).is_err(), "{foreign}");
    }
}

#[test]
fn media_are_where_twilio_redirects_to() {
    let wire = wire(Mms);
    let answer = |status: u16, location: &str| {
        let response = http::Response::builder().status(status);
        let response = response
            .header(LOCATION, location)
            .header(CONTENT_TYPE, "image/png");
        response.body(Bytes::from_static(b"png")).unwrap()
    };
    let asked = media("https://api.twilio.com/x");
    let Ok(Located::Next(next)) = wire.located(&asked, answer(307, "https://mms.twiliocdn.com/a"))
    else {
        panic!("no redirect");
    };
    assert!(!next.headers().contains_key(AUTHORIZATION));
    assert_eq!(next.uri().host(), Some("mms.twiliocdn.com"));
    let Ok(Located::Here(found)) = wire.located(&asked, answer(200, "")) else {
        panic!("not here");
    };
    assert_eq!(found.mime.as_deref(), Some("image/png"));
    let kind = |status, location| {
        wire.located(&asked, answer(status, location))
            .unwrap_err()
            .kind()
    };
    assert_eq!(kind(404, ""), ErrorKind::NotFound);
    assert_eq!(kind(401, ""), ErrorKind::Invalid);
    assert_eq!(kind(500, ""), ErrorKind::Unavailable);
    assert_eq!(
        kind(307, "http://mms.twiliocdn.com/a"),
        ErrorKind::Unavailable
    );
}
