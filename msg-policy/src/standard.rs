//! The checks of this crate together.

use msg_core::Error;
use msg_core::policy::PolicyCheck;
use std::sync::Arc;

/// Every check whose feature is on, with its standard settings: consent and reply windows, quiet hours, frequency, personal
/// data, risk phrases, length. A set to start from; a host adds its own checks or builds the list itself.
///
/// ```
/// # fn main() -> Result<(), msg_core::Error> {
/// use msg_core::policy::PolicySet;
///
/// let policies = PolicySet::new(msg_policy::standard_checks()?)?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// When the shipped risk phrases cannot be compiled, which a test rules out.
pub fn standard_checks() -> Result<Vec<Arc<dyn PolicyCheck>>, Error> {
    Ok(vec![
        #[cfg(feature = "consent")]
        Arc::new(crate::consent::Consent::standard()),
        #[cfg(feature = "consent")]
        Arc::new(crate::consent::ReplyWindow::standard()),
        #[cfg(feature = "quiet-hours")]
        Arc::new(crate::quiet_hours::QuietHours::standard()),
        #[cfg(feature = "frequency")]
        Arc::new(crate::frequency::Frequency::standard()),
        #[cfg(feature = "pii")]
        Arc::new(crate::pii::PersonalData::standard()),
        #[cfg(feature = "risk")]
        Arc::new(crate::risk::Risk::standard()?),
        #[cfg(feature = "length")]
        Arc::new(crate::length::Length::standard()),
    ])
}

#[cfg(test)]
#[cfg(feature = "full")]
mod tests {
    use super::*;
    use crate::testing::Case;
    use msg_core::consent::{Basis, ConsentAct, ConsentEvent, ConsentSource, ConsentState};
    use msg_core::id::TenantId;
    use msg_core::message::Purpose;
    use msg_core::policy::{Decision, Need, Phase, PolicySet};
    use std::time::Duration;

    fn allowed() -> Case {
        let mut case = Case::marketing("+4930123456")
            .saying("Your table is free on Friday. Reply STOP to opt out.");
        let act = ConsentAct::OptIn {
            purpose: Purpose::Marketing,
            topic: None,
            basis: Basis::Express,
            expires: None,
            pending: false,
        };
        let event = ConsentEvent::new(
            TenantId::from_static("t"),
            &case.to,
            act,
            ConsentSource::Form,
            Case::marketing("+4930123456").now,
        );
        case.now = "2026-06-01T10:00:00Z".parse().unwrap();
        case.facts.consent = Some(ConsentState::fold([&event]));
        case.facts.sent = Some(Vec::new());
        case
    }

    fn decision(case: &Case, phase: Phase) -> Decision {
        PolicySet::new(standard_checks().unwrap())
            .unwrap()
            .evaluate(&case.input(phase))
            .decision
    }

    #[test]
    fn a_decent_message_passes_every_phase() {
        for phase in Phase::ALL {
            assert_eq!(decision(&allowed(), phase), Decision::Allow, "{phase:?}");
        }
    }

    /// A phase, a change that one check minds, and that check.
    type Spoiled = (Phase, fn(&mut Case), &'static str);

    #[test]
    fn each_check_has_a_say() {
        let spoil: [Spoiled; 6] = [
            (
                Phase::Before,
                |c| c.facts.consent = Some(ConsentState::default()),
                "consent",
            ),
            (
                Phase::Dispatch,
                |c| c.now = "2026-06-01T22:00:00Z".parse().unwrap(),
                "quiet_hours",
            ),
            (Phase::Dispatch, |c| c.facts.sent = None, "frequency"),
            (
                Phase::After,
                |c| *c = c.clone().saying("card 4111 1111 1111 1111"),
                "pii",
            ),
            (
                Phase::After,
                |c| *c = c.clone().saying("guaranteed returns"),
                "risk",
            ),
            (
                Phase::After,
                |c| *c = c.clone().saying(&"long ".repeat(400)),
                "length",
            ),
        ];
        let set = PolicySet::new(standard_checks().unwrap()).unwrap();
        for (phase, change, check) in spoil {
            let mut case = allowed();
            change(&mut case);
            let evaluation = set.evaluate(&case.input(phase));
            let spoke: Vec<_> = evaluation.reasons().map(|(id, _)| id.as_str()).collect();
            assert_eq!(spoke, [check], "{phase:?}");
        }
    }

    #[test]
    fn facts_are_asked_for_once_and_for_the_longest_span() {
        let set = PolicySet::new(standard_checks().unwrap()).unwrap();
        assert_eq!(
            set.needs(Phase::Dispatch),
            [
                Need::Consent,
                Need::Conversation,
                Need::Sent(Duration::from_hours(24))
            ]
        );
    }
}
