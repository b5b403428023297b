//! What stands in the traces of an engine that has no policy check.

use crate::id::CheckId;
use crate::policy::{Decision, Need, Phase, PolicyCheck, PolicyInput, Reason, Verdict};

/// Allows everything and says why nobody looks.
#[derive(Debug)]
pub(super) struct WithoutChecks {
    id: CheckId,
    reason: String,
}

impl WithoutChecks {
    pub(super) fn new(reason: String) -> Self {
        Self {
            id: CheckId::fixed("without_checks"),
            reason,
        }
    }
}

impl PolicyCheck for WithoutChecks {
    fn id(&self) -> &CheckId {
        &self.id
    }

    fn phases(&self) -> &[Phase] {
        &[Phase::Dispatch]
    }

    fn needs(&self) -> &[Need] {
        &[]
    }

    /// Another reason is another policy.
    fn revision(&self) -> &str {
        &self.reason
    }

    fn evaluate(&self, _: &PolicyInput<'_>) -> Verdict {
        let reason = Reason::new("without_checks", "the engine has no policy check");
        Verdict::new(Decision::Allow, reason.because(self.reason.as_str()))
    }
}
