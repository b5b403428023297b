//! The laws of the planner over generated content and capabilities, and what every sample becomes on every channel.

mod matrix;

use super::*;
use crate::capability::profile;
use crate::message::ChannelKind;

#[test]
fn plain_text_is_one_part() {
    let content = Content::text("Hello there");
    let planned = plan(&PlanInput::new(&content), &profile::of(&ChannelKind::Sms));
    insta::assert_json_snapshot!(planned, @"");
}
