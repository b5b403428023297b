//! What a send can end in, and a failure as class × scope × advice.

use crate::consent::OptOutScope;
use crate::message::Address;
use crate::open::open_names;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one attempt to send ended in. Exhaustive on purpose: whoever sends must handle all four.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    /// The provider took it.
    Accepted(Receipt),
    /// The provider had taken it before, under the same key.
    AlreadyAccepted(Receipt),
    /// It may or may not have left: to be reconciled, never blindly sent again.
    Ambiguous(Ambiguous),
    /// The provider did not take it.
    Rejected(Failure),
}

impl SendOutcome {
    /// The provider's id, when the provider took it.
    #[must_use]
    pub fn provider_id(&self) -> Option<&str> {
        match self {
            Self::Accepted(receipt) | Self::AlreadyAccepted(receipt) => Some(&receipt.provider_id),
            Self::Ambiguous(_) | Self::Rejected(_) => None,
        }
    }
}

/// Proof that a provider took a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The provider's id of the message. Of an album, the first one.
    pub provider_id: String,
    /// Further ids, where one part became several provider messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_ids: Vec<String>,
    /// The scheme of the adapter that took it, where one adapter stands for several: its statuses come under that scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl Receipt {
    /// A receipt.
    pub fn new(provider_id: impl Into<String>) -> Self {
        Self {
            provider_id: provider_id.into(),
            further_ids: Vec::new(),
            via: None,
        }
    }

    /// Sets the adapter that took it, unless one behind it is named already.
    #[must_use]
    pub fn through(mut self, scheme: &str) -> Self {
        self.via.get_or_insert_with(|| scheme.to_owned());
        self
    }
}

/// Why an outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ambiguous {
    /// What happened, without any payload: `timeout after the request was written`.
    pub evidence: String,
    /// The scheme of the adapter that may have sent it, where one adapter stands for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl Ambiguous {
    /// An unknown outcome.
    pub fn new(evidence: impl Into<String>) -> Self {
        Self {
            evidence: evidence.into(),
            via: None,
        }
    }

    /// Sets the adapter that may have sent it, unless one behind it is named already.
    #[must_use]
    pub fn through(mut self, scheme: &str) -> Self {
        self.via.get_or_insert_with(|| scheme.to_owned());
        self
    }
}

open_names! {
    /// What kind of failure it is.
    FailureClass {
        /// A passing fault: the network, a 5xx that surely was not processed.
        Transient = "transient",
        /// Too much in too short a time.
        RateLimited = "rate_limited",
        /// Outside the service window: only a template may be sent.
        WindowClosed = "window_closed",
        /// The person never allowed or began it.
        NotOptedIn = "not_opted_in",
        /// The person opted out at the provider.
        OptedOut = "opted_out",
        /// The person blocked the sender.
        BlockedByUser = "blocked_by_user",
        /// The address does not exist or is not valid.
        InvalidRecipient = "invalid_recipient",
        /// The person cannot be reached on this channel.
        UnreachableOnChannel = "unreachable_on_channel",
        /// The content breaks a rule of the provider.
        ContentInvalid = "content_invalid",
        /// The content is too large.
        ContentTooLarge = "content_too_large",
        /// Media were refused.
        MediaRejected = "media_rejected",
        /// The provider could not fetch media.
        MediaUnreachable = "media_unreachable",
        /// No such approved template.
        TemplateMissing = "template_missing",
        /// The parameters do not fit the template.
        TemplateParams = "template_params",
        /// The template is paused or disabled.
        TemplatePaused = "template_paused",
        /// The provider's policy refused it.
        PolicyRejected = "policy_rejected",
        /// It looks like spam to the provider.
        SpamSuspected = "spam_suspected",
        /// The sender is restricted.
        SenderRestricted = "sender_restricted",
        /// A key or password is wrong or expired.
        CredentialInvalid = "credential_invalid",
        /// The account may not do this.
        PermissionMissing = "permission_missing",
        /// The configuration is wrong.
        ConfigInvalid = "config_invalid",
        /// A quota is used up or a bill is not paid.
        QuotaOrBilling = "quota_or_billing",
        /// Its time was over.
        Expired = "expired",
        /// The conversation or the person has another address now; see [`Advice::Readdress`].
        AddressMoved = "address_moved",
        /// The person behind the address changed.
        IdentityChanged = "identity_changed",
        /// Only test recipients may be reached.
        SandboxOnly = "sandbox_only",
        /// Not allowed in the region.
        RegionBlocked = "region_blocked",
        /// The provider does not offer this.
        Unsupported = "unsupported",
        /// The message to change is gone or too old.
        TargetGone = "target_gone",
        /// The provider contradicts its own documents.
        ProviderBug = "provider_bug",
        /// Nothing was tried: the host stopped it, or a layer found that trying is of no use now. It waits and does not count as
        /// an attempt.
        HeldBack = "held_back",
        /// Not known.
        Unknown = "unknown",
    }
}

open_names! {
    /// What a failure is about: everything in it fails the same way.
    FailureScope {
        /// This part.
        Part = "part",
        /// This message.
        Message = "message",
        /// This recipient.
        Recipient = "recipient",
        /// This sender.
        Sender = "sender",
        /// This template.
        Template = "template",
        /// The whole account.
        Account = "account",
        /// The provider.
        Provider = "provider",
    }
}

open_names! {
    /// What to do about a failure.
    Advice {
        /// Send the same again later.
        RetrySame = "retry_same",
        /// Send the same through another provider.
        RetryOtherProvider = "retry_other_provider",
        /// Try another channel.
        RetryOtherChannel = "retry_other_channel",
        /// Send an approved template instead.
        UseTemplate = "use_template",
        /// Send something plainer.
        Degrade = "degrade",
        /// Change the content.
        FixContent = "fix_content",
        /// Change the configuration.
        FixConfig = "fix_config",
        /// Send nothing more to this address.
        Suppress = "suppress",
        /// Send to the new address: the channel says that it is the same conversation, so what was allowed and refused at the
        /// old address holds there. The engine follows at once, and once a send. Without that word of the channel an address
        /// that moved comes with another advice, and the host decides.
        Readdress = "readdress",
        /// Ask a person.
        ReviewByHuman = "review_by_human",
        /// Give up.
        Stop = "stop",
    }
}

/// When to try again, and who must wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetryAfter {
    /// How long.
    pub delay: Duration,
    /// Who waits: only this recipient, the sender, the whole account.
    pub scope: FailureScope,
}

impl RetryAfter {
    /// `scope` waits for `delay`.
    #[must_use]
    pub const fn new(delay: Duration, scope: FailureScope) -> Self {
        Self { delay, scope }
    }

    /// When the wait is over.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Timestamp {
        crate::time::after(now, self.delay)
    }
}

/// The provider's own code, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderCode(pub String);

/// A failure: class × scope × advice. Carries the provider's code, never its text: that may repeat the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// What kind.
    pub class: FailureClass,
    /// What it is about.
    pub scope: FailureScope,
    /// What to do.
    pub advice: Advice,
    /// When to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// The provider's code.
    #[serde(default)]
    pub provider_code: ProviderCode,
    /// What happened in our own words: fixed text, no payload.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The new address of [`FailureClass::AddressMoved`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<Box<Address>>,
    /// How far a suppression reaches; the whole channel when it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<Box<OptOutScope>>,
}

impl Failure {
    /// A failure.
    #[must_use]
    pub fn new(class: FailureClass, scope: FailureScope, advice: Advice) -> Self {
        Self {
            class,
            scope,
            advice,
            retry_after: None,
            provider_code: ProviderCode::default(),
            detail: String::new(),
            moved_to: None,
            opt_out: None,
        }
    }

    /// Sets the provider's code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.provider_code = ProviderCode(code.into());
        self
    }

    /// Sets when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: RetryAfter) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// Sets what happened, in fixed text.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Sets the new address.
    #[must_use]
    pub fn with_moved_to(mut self, address: Address) -> Self {
        self.moved_to = Some(Box::new(address));
        self
    }

    /// Sets how far a suppression reaches.
    #[must_use]
    pub fn with_opt_out(mut self, scope: OptOutScope) -> Self {
        self.opt_out = Some(Box::new(scope));
        self
    }

    /// Whether it says nothing about the message: a rate limit, or somebody who held it back. Such a try does not count.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        matches!(
            self.class,
            FailureClass::RateLimited | FailureClass::HeldBack
        )
    }

    /// Whether the same part may be sent again as it is.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.advice == Advice::RetrySame
    }
}
