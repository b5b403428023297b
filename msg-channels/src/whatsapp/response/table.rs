//! The codes of the Cloud API (Meta, "Cloud API error codes"; pywa 4.5 `errors.py`).

use crate::wire::refusal::{Row, refusals};
use std::time::Duration;

/// What each code means. 200 to 299 are permissions ([`crate::graph::failure_of`]).
pub(super) const ROWS: &[Row] = refusals! {
    // Keys and permissions.
    "0" => CredentialInvalid, Account, FixConfig;
    "3" => PermissionMissing, Account, FixConfig;
    "10" => PermissionMissing, Account, FixConfig;
    "190" => CredentialInvalid, Account, FixConfig;
    "131005" => PermissionMissing, Account, FixConfig;
    // Faults of the service. That 131000 and 135000 pass is what users report (chatwoot#12179).
    "1" => Transient, Provider, RetrySame;
    "2" => Transient, Provider, RetrySame;
    "131000" => Transient, Provider, RetrySame;
    "131016" => Transient, Provider, RetrySame;
    "131057" => Transient, Account, RetrySame;
    "135000" => Transient, Provider, RetrySame;
    // Too fast: the app, the account, the number, the pair of number and person, a group, a flow.
    "4" => RateLimited, Account, RetrySame;
    "613" => RateLimited, Account, RetrySame;
    "80007" => RateLimited, Account, RetrySame;
    "130429" => RateLimited, Sender, RetrySame;
    "131056" => RateLimited, Recipient, RetrySame;
    "131064" => RateLimited, Account, RetrySame;
    "131208" => RateLimited, Recipient, RetrySame;
    "132069" => RateLimited, Template, RetrySame;
    "133016" => RateLimited, Sender, RetrySame;
    // Whose quality or conduct is doubted.
    "368" => SenderRestricted, Account, ReviewByHuman;
    "131031" => SenderRestricted, Account, ReviewByHuman;
    "131048" => SpamSuspected, Sender, ReviewByHuman;
    "131049" => PolicyRejected, Recipient, RetrySame;
    "130497" => RegionBlocked, Recipient, RetryOtherChannel;
    // The configuration and the bill.
    "33" => ConfigInvalid, Account, FixConfig;
    "100/33" => ConfigInvalid, Account, FixConfig;
    "131037" => ConfigInvalid, Sender, FixConfig;
    "131042" => QuotaOrBilling, Account, FixConfig;
    "131044" => QuotaOrBilling, Account, FixConfig;
    "131045" => ConfigInvalid, Sender, FixConfig;
    "131063" => PermissionMissing, Account, FixConfig;
    // The person. 131026 also stands for a block, which is not told.
    "130472" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "131021" => ContentInvalid, Recipient, Stop;
    "131026" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "131030" => SandboxOnly, Recipient, FixConfig;
    // Also told inside the window (chatwoot#10143); a template arrives in both cases.
    "131047" => WindowClosed, Recipient, UseTemplate;
    "131050" => OptedOut, Recipient, Suppress;
    "131062" => InvalidRecipient, Recipient, RetryOtherChannel;
    "137000" => IdentityChanged, Recipient, ReviewByHuman;
    // What is said.
    "100" => ContentInvalid, Part, FixContent;
    "131008" => ContentInvalid, Part, FixContent;
    "131009" => ContentInvalid, Part, FixContent;
    "131051" => Unsupported, Part, Degrade;
    "131052" => MediaUnreachable, Part, FixContent;
    "131053" => MediaRejected, Part, FixContent;
    // Templates, and the flows in them.
    "132000" => TemplateParams, Template, FixContent;
    "132001" => TemplateMissing, Template, FixConfig;
    "132005" => TemplateParams, Template, FixContent;
    "132007" => PolicyRejected, Template, ReviewByHuman;
    "132008" => TemplateParams, Template, FixContent;
    "132012" => TemplateParams, Template, FixContent;
    "132015" => TemplatePaused, Template, Stop;
    "132016" => TemplatePaused, Template, FixConfig;
    "132068" => TemplatePaused, Template, ReviewByHuman;
    "139000" => PolicyRejected, Template, ReviewByHuman;
    // Groups (pywa 4.5, `GroupError`).
    "131020" => InvalidRecipient, Recipient, Stop;
    "131041" => InvalidRecipient, Recipient, Stop;
    "131207" => SenderRestricted, Recipient, ReviewByHuman;
};

/// How long to wait at least, where Meta says it.
pub(super) fn wait(code: &str) -> Option<Duration> {
    Some(match code {
        // A message every 6 seconds in the long run ("Pair rate limits").
        "131056" => Duration::from_secs(6),
        // 10 messages with the flow an hour ("Flows: error codes").
        "132069" => Duration::from_mins(6),
        // An upgrade of the number takes minutes ("Account in maintenance mode").
        "131057" => Duration::from_mins(5),
        // 10 registrations in 72 hours.
        "133016" => Duration::from_hours(72),
        // "Wait at least 24 hours before resending"; the messaging limit counts days as well.
        "131049" | "131064" => Duration::from_hours(24),
        _ => return None,
    })
}
