//! What the channels of Amazon have in common here: the mock's key, a clock, and topics that a case may come from.

use crate::webhooks::Call;
use msg_channels::amazon::{AwsConfig, Certificates, Topic, TopicConfig};
use msg_core::time::SystemClock;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::sync::Arc;

/// The key with which the mock signs too.
pub(super) fn aws() -> AwsConfig {
    AwsConfig::new("us-east-1", "AKIDEXAMPLE", "secret")
}

pub(super) fn clock() -> Arc<SystemClock> {
    Arc::new(SystemClock)
}

/// The topic that a case names, and what proves it: a certificate as its `public_key`, or a password.
pub(super) fn topic(call: &Call<'_>) -> (TopicConfig, Certificates) {
    let body: Option<Value> = serde_json::from_slice(&call.request.body).ok();
    let field = |name: &str| body.as_ref()?.get(name)?.as_str();
    let mut config = TopicConfig::default();
    let header = call.request.header("x-amz-sns-topic-arn");
    if let Some(arn) = field("TopicArn").or(header) {
        let with = config.clone().with_topic(arn);
        // A case may name what is no topic; its call is refused then.
        if Topic::new(with.clone(), Certificates::new()).is_ok() {
            config = with;
        }
    }
    let certificates = Certificates::new();
    let pems = call.public_keys().into_iter().chain(call.secrets());
    for pem in pems {
        if let Some(url) = field("SigningCertURL") {
            // A key that is no certificate proves nothing.
            let _ = certificates.learn(url, pem.expose_secret().as_bytes(), call.now);
        }
    }
    let passwords = call.basic_auth();
    if !passwords.is_empty() {
        config.passwords = passwords;
        config.signed = !call.public_keys().is_empty();
    }
    (config, certificates)
}
