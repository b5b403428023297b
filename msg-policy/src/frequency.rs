//! Frequency caps: not more than people bear, counted in sliding windows.

use crate::common::{missing, revision, within};
use msg_core::Timestamp;
use msg_core::id::CheckId;
use msg_core::message::{ChannelKind, Purpose};
use msg_core::policy::{Need, Phase, PolicyCheck, PolicyInput, Reason, SentFact, Verdict};
use std::time::Duration;

/// At most so many messages to one person in any window of this length.
#[derive(Clone, Debug)]
pub struct Cap {
    name: String,
    max: usize,
    window: Duration,
    purposes: Vec<Purpose>,
    channels: Vec<ChannelKind>,
    regions: Vec<String>,
    per_topic: bool,
    source: String,
}

impl Cap {
    /// At most `max` messages in any `window`, of every purpose and on all channels together. The name appears in reasons.
    pub fn new(name: impl Into<String>, max: usize, window: Duration) -> Self {
        Self {
            name: name.into(),
            max,
            window,
            purposes: Vec::new(),
            channels: Vec::new(),
            regions: Vec::new(),
            per_topic: false,
            source: "set by the host".to_owned(),
        }
    }

    /// Caps and counts these purposes only.
    #[must_use]
    pub fn of(mut self, purposes: impl IntoIterator<Item = Purpose>) -> Self {
        self.purposes = purposes.into_iter().collect();
        self
    }

    /// Caps and counts these channels only, together.
    #[must_use]
    pub fn on(mut self, channels: impl IntoIterator<Item = ChannelKind>) -> Self {
        self.channels = channels.into_iter().collect();
        self
    }

    /// Binds in these regions only (ISO 3166; the draft's region decides).
    #[must_use]
    pub fn in_regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions = regions.into_iter().map(Into::into).collect();
        self
    }

    /// Counts each topic by itself; messages without one count as one topic.
    #[must_use]
    pub const fn per_topic(mut self) -> Self {
        self.per_topic = true;
        self
    }

    /// Says where the cap is written.
    #[must_use]
    pub fn from_source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    fn binds(&self, input: &PolicyInput<'_>) -> bool {
        let region = input.draft.tags.region.as_deref();
        let here = self.regions.is_empty()
            || region.is_some_and(|code| self.regions.iter().any(|area| within(code, area)));
        here && listed(&self.purposes, &input.draft.purpose)
            && listed(&self.channels, input.to.channel())
    }

    fn counts(&self, input: &PolicyInput<'_>, sent: &SentFact) -> bool {
        listed(&self.purposes, &sent.purpose)
            && listed(&self.channels, &sent.channel)
            && (!self.per_topic || sent.topic == input.draft.topic)
    }

    /// From when on the cap has room again; `None` when it has room now.
    ///
    /// A message sent at `t` counts until `t + window`. The `max` newest ones fill the cap; it opens when the oldest of them leaves.
    /// Where only what is on its way fills it, it is asked again when the first lease ends: then that left, or did not.
    fn opens(&self, input: &PolicyInput<'_>, sent: &[SentFact]) -> Option<Timestamp> {
        let Some(last) = self.max.checked_sub(1) else {
            return Some(Timestamp::MAX);
        };
        let mut times: Vec<Timestamp> = sent
            .iter()
            .filter(|sent| self.counts(input, sent))
            .map(|sent| sent.at)
            .collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        let sent = times.partition_point(|at| *at > input.now);
        let fills = |at: Option<&Timestamp>| {
            let opens = msg_core::time::after(*at?, self.window);
            (opens > input.now).then_some(opens)
        };
        let by_sent = fills(times.get(sent.saturating_add(last)));
        by_sent.or_else(|| fills(times.get(last)).and(times.get(sent.checked_sub(1)?).copied()))
    }
}

fn listed<T: PartialEq>(list: &[T], item: &T) -> bool {
    list.is_empty() || list.contains(item)
}

/// Holds a message that would exceed a cap until the cap has room again.
///
/// It counts what the recorded fact says was sent to the person; of several full caps the last to open decides. When a message
/// is to leave, the fact has what [earlier claims](msg_core::store::Query::Sent) have on their way too, so that a cap holds
/// among any number of dispatchers of one store; a message that only these stop is looked at again when the first of their
/// leases ends. Code: `cap_reached`, with the cap's name and source; `fact_missing` when nothing was recorded.
#[derive(Clone, Debug)]
pub struct Frequency {
    id: CheckId,
    revision: String,
    caps: Vec<Cap>,
    needs: Vec<Need>,
}

impl Frequency {
    /// These caps.
    #[must_use]
    pub fn new(caps: impl IntoIterator<Item = Cap>) -> Self {
        let caps: Vec<Cap> = caps.into_iter().collect();
        let needs = caps
            .iter()
            .map(|cap| cap.window)
            .max()
            .map(Need::Sent)
            .into_iter()
            .collect();
        Self {
            id: CheckId::from_static("frequency"),
            revision: revision(2, &caps),
            caps,
            needs,
        }
    }

    /// Marketing: three a day on all channels together (a default without a law behind it), and what US states demand for calls
    /// and texts.
    #[must_use]
    pub fn standard() -> Self {
        let day = Duration::from_hours(24);
        let texts = [
            ChannelKind::Sms,
            ChannelKind::Mms,
            ChannelKind::Rcs,
            ChannelKind::Voice,
        ];
        let state = |region: &str, source: &str| {
            Cap::new(format!("{}-subject", region.to_ascii_lowercase()), 3, day)
                .of([Purpose::Marketing])
                .on(texts.clone())
                .in_regions([region])
                .per_topic()
                .from_source(source)
        };
        Self::new([
            Cap::new("marketing-day", 3, day).of([Purpose::Marketing]),
            state(
                "US-FL",
                "Fla. Stat. 501.616(6)(b): 3 in 24 h on the same subject",
            ),
            state(
                "US-OK",
                "Okla. Stat. tit. 15, 775C.4: 3 in 24 h on the same subject",
            ),
            state(
                "US-MD",
                "g2leadstosales.com 2025: 3 in 24 h on the same subject",
            ),
            Cap::new("us-me-calls", 1, Duration::from_hours(8))
                .of([Purpose::Marketing])
                .on([ChannelKind::Voice])
                .in_regions(["US-ME"])
                .from_source("g2leadstosales.com 2025: one autodialed call in 8 h"),
        ])
    }
}

impl PolicyCheck for Frequency {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Before, Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &self.needs
    }

    fn revision(&self) -> &str {
        &self.revision
    }

    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict {
        let mut binding = self.caps.iter().filter(|cap| cap.binds(input)).peekable();
        if binding.peek().is_none() {
            return Verdict::allow();
        }
        let Some(sent) = &input.facts.sent else {
            return missing(input.now, "sent");
        };
        let full = binding.filter_map(|cap| cap.opens(input, sent).map(|opens| (opens, cap)));
        let Some((opens, cap)) = full.max_by_key(|(opens, _)| *opens) else {
            return Verdict::allow();
        };
        let reason = Reason::new("cap_reached", "the person was sent enough for now")
            .because(format!(
                "cap: {} ({} in {} h)",
                cap.name,
                cap.max,
                cap.window.as_secs() / 3600
            ))
            .because(format!("source: {}", cap.source));
        if opens == Timestamp::MAX {
            Verdict::deny(reason)
        } else {
            Verdict::hold(opens, reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Case, at};
    use msg_core::id::TopicId;
    use msg_core::policy::Decision;
    use proptest::prelude::*;

    fn sent(second: i64) -> SentFact {
        SentFact::new(at(second), ChannelKind::Sms, Purpose::Marketing, None)
    }

    fn verdict(check: &Frequency, case: &Case) -> Verdict {
        check.evaluate(&case.input(Phase::Dispatch))
    }

    #[test]
    fn a_full_cap_holds_until_the_oldest_leaves() {
        let check = Frequency::new([Cap::new("two", 2, Duration::from_secs(100))]);
        let mut case = Case::marketing("+14155550132");
        case.now = at(1_000);
        case.facts.sent = Some(vec![sent(990), sent(950), sent(900)]);
        assert_eq!(verdict(&check, &case).decision, Decision::Hold(at(1_050)));
        case.now = at(1_050);
        assert_eq!(
            verdict(&check, &case).decision,
            Decision::Allow,
            "the window is open at its end"
        );
        case.facts.sent = None;
        assert_eq!(
            verdict(&check, &case).reasons.first().unwrap().code,
            "fact_missing"
        );
        assert_eq!(check.needs(), [Need::Sent(Duration::from_secs(100))]);
    }

    #[test]
    fn caps_select_by_purpose_channel_region_and_topic() {
        let check = Frequency::standard();
        let mut case = Case::marketing("+14155550132");
        case.draft.topic = Some(TopicId::new("sale").unwrap());
        case.draft.tags.region = Some("US-FL".into());
        let of = |topic: &str| {
            SentFact::new(
                at(1),
                ChannelKind::Sms,
                Purpose::Marketing,
                Some(TopicId::new(topic).unwrap()),
            )
        };
        case.now = at(10);
        case.facts.sent = Some(vec![of("sale"), of("sale")]);
        assert_eq!(verdict(&check, &case).decision, Decision::Allow);
        case.facts.sent = Some(vec![of("sale"); 3]);
        let full = verdict(&check, &case);
        assert_eq!(full.decision, Decision::Hold(at(86_401)));
        case.draft.purpose = Purpose::Transactional;
        assert_eq!(verdict(&check, &case).decision, Decision::Allow);
        case.draft.purpose = Purpose::Marketing;
        case.facts.sent = Some(vec![of("news"), of("sale"), of("sale")]);
        assert!(
            verdict(&check, &case)
                .reasons
                .first()
                .unwrap()
                .evidence
                .iter()
                .any(|e| e.contains("marketing-day"))
        );
    }

    #[test]
    fn what_is_on_its_way_fills_a_cap_until_its_lease_ends() {
        let check = Frequency::new([Cap::new("two", 2, Duration::from_secs(100))]);
        let mut case = Case::marketing("+14155550132");
        case.now = at(1_000);
        for (times, expected) in [
            (vec![1_180], Decision::Allow),
            (vec![1_180, 800], Decision::Allow),
            (vec![1_180, 950], Decision::Hold(at(1_180))),
            (vec![1_190, 1_180], Decision::Hold(at(1_180))),
            (vec![1_180, 990, 950], Decision::Hold(at(1_050))),
        ] {
            case.facts.sent = Some(times.iter().copied().map(sent).collect());
            assert_eq!(verdict(&check, &case).decision, expected, "{times:?}");
        }
    }

    #[test]
    fn nothing_is_allowed_by_a_cap_of_none() {
        let check = Frequency::new([Cap::new("never", 0, Duration::from_secs(1))]);
        let mut case = Case::marketing("+14155550132");
        case.facts.sent = Some(Vec::new());
        assert_eq!(verdict(&check, &case).decision, Decision::Deny);
    }

    proptest! {
        /// Sending whenever the cap allows never puts more than `max` into any window, and holding is never longer than needed.
        #[test]
        fn the_hold_is_exact(times in proptest::collection::vec(0_i64..1_000, 0..12), max in 1_usize..4, window in 1_u64..300, now in 0_i64..1_000) {
            let check = Frequency::new([Cap::new("cap", max, Duration::from_secs(window))]);
            let mut case = Case::marketing("+14155550132");
            case.now = at(now);
            case.facts.sent = Some(times.iter().copied().filter(|t| *t <= now).map(sent).collect());
            let inside = |when: i64| times.iter().filter(|t| **t <= now && **t + i64::try_from(window).unwrap() > when).count();
            match verdict(&check, &case).decision {
                Decision::Allow => prop_assert!(inside(now) < max),
                Decision::Hold(until) => {
                    prop_assert!(inside(until.as_second()) < max);
                    prop_assert!(inside(until.as_second() - 1) >= max);
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
