//! Snapshots to read, one a channel, and the page that is made of them.

use crate::capability::profile;
use crate::plan::matrix;

#[test]
fn every_kind_of_content_on_every_channel() {
    for channel in profile::CHANNELS {
        let caps = profile::of(channel);
        insta::assert_snapshot!(channel.as_str(), matrix::column(&caps).unwrap());
    }
}

/// `docs/degradation.md` says what the planner does. `BLESS=1 cargo test -p msg-core degradation_page` writes it anew.
#[test]
fn degradation_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/degradation.md");
    let page = matrix::degradation_page().unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "docs/degradation.md is not what the planner does: run with BLESS=1 and read the difference"
    );
}
