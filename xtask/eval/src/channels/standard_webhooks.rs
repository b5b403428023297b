//! Webhooks that are signed as <https://www.standardwebhooks.com> says, whoever sends them: the proof without a parser.

use super::{Backend, Made};
use crate::webhooks::Call;
use msg_channels::wire::arrival::Arrival;
use msg_channels::wire::proof::{StandardSecrets, authenticity};
use msg_core::channel::{Authenticity, InboundEvent, Verified, WebhookRequest, WebhookWire};
use msg_core::{Error, Timestamp};

pub(super) const BACKEND: Backend = Backend {
    providers: &["standard-webhooks"],
    wires: &[],
    webhook: Some(webhook),
};

fn webhook(call: &Call<'_>) -> Made<Box<dyn WebhookWire>> {
    let secrets = StandardSecrets::new(&call.secrets()).map_err(|error| error.to_string())?;
    Ok(Box::new(Standard(secrets)))
}

#[derive(Debug)]
struct Standard(StandardSecrets);

impl WebhookWire for Standard {
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        authenticity(self.0.verify(request, now))
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        let body = serde_json::from_slice(&call.request().body)
            .map_err(|_| Error::invalid("the body is not json"))?;
        let arrival = Arrival::new("standard-webhooks", None, call.received_at());
        Ok(vec![arrival.unsupported("standard-webhook", body)])
    }
}
