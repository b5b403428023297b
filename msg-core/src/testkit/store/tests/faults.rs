//! One fault for each check.

use super::broken::{Fault, Twist};
use crate::channel::FailureClass;
use crate::consent::{ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use crate::error::{Error, ErrorKind};
use crate::id::{MessageId, TenantId, TopicId};
use crate::message::{AddressKey, DeliveryState, Priority, Purpose};
use crate::store::{
    Answer, Enqueue, InboundLease, InboundOp, NewPart, Op, OpResult, PartState, Query, Selector,
    Settle, Settlement, StatusOp, reason,
};
use crate::time::{Timestamp, after};
use crate::trace::{Chain, Head, Line};
use serde_json::value::RawValue;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

fn enqueue(op: &mut Op, change: impl FnOnce(&mut Enqueue)) {
    if let Op::Enqueue(enqueue) = op {
        change(enqueue);
    }
}

fn parts(op: &mut Op, change: impl FnMut(&mut NewPart)) {
    enqueue(op, |enqueue| enqueue.parts.iter_mut().for_each(change));
}

fn settle(op: &mut Op, change: impl FnOnce(&mut Settle)) {
    if let Op::Settle(settle) = op {
        change(settle);
    }
}

fn consent(op: &mut Op, change: impl FnOnce(&mut ConsentEvent)) {
    if let Op::Consent(event) = op {
        change(event);
    }
}

fn refuses(op: &mut Op, scope: OptOutScope) {
    consent(op, |event| {
        if matches!(event.act, ConsentAct::OptOut(_)) {
            event.act = ConsentAct::OptOut(scope);
        }
    });
}

fn status(op: &mut Op, change: impl FnOnce(&mut StatusOp)) {
    if let Op::Status(status) = op {
        change(status);
    }
}

fn selector(op: &mut Op, change: impl FnOnce(&mut Selector)) {
    if let Op::Cancel(cancel) = op {
        change(&mut cancel.selector);
    }
}

fn nobody() -> Selector {
    Selector::Message(MessageId::from_uuid(uuid::Uuid::nil()))
}

/// Whatever a selector of a tenant means, everything of the tenant is taken.
fn widen(op: &mut Op) {
    selector(op, |selector| {
        if let Selector::Address(tenant, _)
        | Selector::Subject(tenant, _, _)
        | Selector::Conversation(tenant, _)
        | Selector::Topic(tenant, _) = selector
        {
            *selector = Selector::Tenant(tenant.clone());
        }
    });
}

fn shop() -> TenantId {
    TenantId::new("shop").unwrap()
}

/// Records of this kind were never written; what comes after them is linked as if they had not been.
pub(super) fn silence(answer: &mut Answer, word: &str) {
    if let Answer::Trace(records) = answer {
        let mut head = None;
        for record in std::mem::take(records) {
            let line: Line<&RawValue> = record.read().unwrap();
            if !line.event.get().contains(word) {
                let event = line.event.get().as_bytes();
                let linked = Chain::new(record.trace, head, line.at).link(event);
                head = Some(Head {
                    seq: linked.seq,
                    digest: linked.digest,
                });
                records.push(linked);
            }
        }
    }
}

fn excuse(error: Error, kind: ErrorKind) -> Result<Vec<OpResult>, Error> {
    if error.kind() == kind {
        Ok(vec![OpResult::Done])
    } else {
        Err(error)
    }
}

/// A clock that only counts.
static ARRIVALS: AtomicI64 = AtomicI64::new(0);

pub(super) const FAULTS: &[Fault] = &[
    // Enqueue.
    Fault {
        part: |part| part.topic = None,
        ..Fault::of("what_is_enqueued_is_there")
    },
    Fault {
        op: |op| enqueue(op, |enqueue| enqueue.key = None),
        ..Fault::of("same_key_and_payload_is_the_same_message")
    },
    Fault {
        op: |op| {
            enqueue(op, |enqueue| {
                let digest = crate::digest::Digest::of(b"the same");
                enqueue.key = enqueue.key.take().map(|(key, _)| (key, digest));
            });
        },
        ..Fault::of("same_key_with_other_payload_is_a_conflict")
    },
    Fault {
        twist: Twist::AppliesTheRest,
        ..Fault::of("a_known_key_applies_nothing_of_its_batch")
    },
    Fault {
        op: |op| enqueue(op, |enqueue| enqueue.tenant = shop()),
        ..Fault::of("keys_belong_to_their_tenant")
    },
    Fault {
        op: |op| {
            enqueue(op, |enqueue| {
                let day = enqueue.now.as_second() / 86_400;
                if let Some((key, _)) = &mut enqueue.key {
                    key.push_str(&day.to_string());
                }
            });
        },
        ..Fault::of("keys_are_kept_for_three_days")
    },
    Fault {
        error: |error| excuse(error, ErrorKind::Conflict),
        ..Fault::of("a_part_is_enqueued_once")
    },
    Fault {
        error: |error| excuse(error, ErrorKind::Invalid),
        ..Fault::of("a_broken_enqueue_is_invalid")
    },
    Fault {
        op: |op| parts(op, |part| part.body.truncate(1 << 20)),
        ..Fault::of("a_body_of_the_largest_size_is_kept")
    },
    Fault {
        op: |op| parts(op, |part| part.body.truncate(16 << 20)),
        ..Fault::of("a_larger_body_is_invalid")
    },
    Fault {
        query: |query| {
            if let Query::Parts { after, .. } = query {
                *after = None;
            }
        },
        ..Fault::of("parts_are_listed_by_state_in_pages")
    },
    // Order.
    Fault {
        op: |op| parts(op, |part| part.lane = None),
        ..Fault::of("a_lane_leaves_in_order")
    },
    Fault {
        op: |op| enqueue(op, |enqueue| enqueue.parts.reverse()),
        ..Fault::of("parts_of_a_message_leave_in_order")
    },
    Fault {
        op: |op| parts(op, |part| part.lane = Some(1)),
        ..Fault::of("lanes_do_not_wait_for_each_other")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Dead { .. } = settle.settlement {
                    let evidence = String::new();
                    settle.settlement = Settlement::Ambiguous { evidence };
                }
            });
        },
        ..Fault::of("a_dead_part_frees_its_lane")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Cancelled { reason } = &settle.settlement {
                    let queue = reason.clone();
                    settle.settlement = Settlement::Parked { queue };
                }
            });
        },
        ..Fault::of("a_cancelled_part_frees_its_lane")
    },
    Fault {
        op: |op| selector(op, |selector| *selector = nobody()),
        ..Fault::of("a_part_taken_back_frees_its_lane")
    },
    Fault {
        op: |op| {
            parts(op, |part| {
                if part.parked {
                    part.lane = None;
                }
            });
        },
        ..Fault::of("a_part_that_may_still_leave_holds_its_lane")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Requeue { at, .. } = &mut settle.settlement {
                    *at = settle.now;
                }
            });
        },
        ..Fault::of("a_part_tried_again_keeps_its_place")
    },
    Fault {
        op: |op| parts(op, |part| part.priority = Priority::Normal),
        ..Fault::of("the_most_urgent_comes_first")
    },
    Fault {
        claims: |claims| claims.reverse(),
        ..Fault::of("the_earliest_due_comes_first")
    },
    Fault {
        op: |op| {
            parts(op, |part| {
                if part.priority == Priority::Bulk {
                    part.due = after(part.due, Duration::from_mins(1));
                }
            });
        },
        ..Fault::of("bulk_is_not_starved")
    },
    Fault {
        request: |request| request.limit += 1,
        ..Fault::of("a_claim_keeps_its_limit")
    },
    Fault {
        op: |op| parts(op, |part| part.expires = None),
        ..Fault::of("what_a_claim_ends_does_not_count")
    },
    Fault {
        request: |request| request.closed.clear(),
        ..Fault::of("what_is_closed_waits")
    },
    Fault {
        answer: |answer| {
            if let Answer::Due(due) = answer {
                *due = None;
            }
        },
        ..Fault::of("next_due_is_that_of_the_next_part")
    },
    // Leases.
    Fault {
        claims: |claims| claims.iter_mut().for_each(|claim| claim.body.clear()),
        ..Fault::of("a_claim_gives_what_was_enqueued")
    },
    Fault {
        twist: Twist::ClaimsAgain,
        ..Fault::of("a_leased_part_is_not_claimed_again")
    },
    Fault {
        part: |part| part.attempts -= u32::from(part.state == PartState::Leased),
        ..Fault::of("an_attempt_counts_at_its_claim")
    },
    Fault {
        part: |part| part.accepted_at = None,
        ..Fault::of("accepted_is_finished")
    },
    Fault {
        error: |error| excuse(error, ErrorKind::Fenced),
        ..Fault::of("a_claim_is_settled_once")
    },
    Fault {
        twist: Twist::AnyToken,
        ..Fault::of("a_stale_token_settles_nothing")
    },
    Fault {
        twist: Twist::AnyToken,
        ..Fault::of("a_token_settles_only_its_part")
    },
    Fault {
        error: |error| excuse(error, ErrorKind::Fenced),
        ..Fault::of("a_stale_token_extends_nothing")
    },
    Fault {
        op: |op| {
            if let Op::Extend { .. } = op {
                let key = String::new();
                *op = Op::Inbound(InboundOp::Release { key });
            }
        },
        ..Fault::of("extending_moves_the_end")
    },
    Fault {
        twist: Twist::RequeuesTheLost,
        ..Fault::of("a_lease_that_ran_out_is_ambiguous")
    },
    Fault {
        twist: Twist::IdleClaim,
        ..Fault::of("a_claim_of_nothing_ends_leases")
    },
    Fault {
        twist: Twist::FencesTheLate,
        ..Fault::of("the_last_token_still_settles")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Ambiguous { .. } = settle.settlement {
                    settle.settlement = Settlement::Released;
                }
            });
        },
        ..Fault::of("an_ambiguous_part_is_settled_without_a_token")
    },
    Fault {
        twist: Twist::AnyToken,
        ..Fault::of("only_an_ambiguous_part_needs_no_token")
    },
    Fault {
        error: |error| excuse(error, ErrorKind::NotFound),
        ..Fault::of("settling_nothing_is_not_found")
    },
    Fault {
        part: |part| {
            if part.failure == Some(Box::new(reason::poisoned())) {
                part.state = PartState::Ambiguous;
            }
        },
        ..Fault::of("poison_is_dead")
    },
    Fault {
        part: |part| {
            if part.state == PartState::Ambiguous && part.attempts >= 3 {
                part.state = PartState::Dead;
            }
        },
        ..Fault::of("a_settlement_ends_the_row_of_poison")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Requeue { count, .. } = &mut settle.settlement {
                    *count = true;
                }
            });
        },
        ..Fault::of("requeueing_counts_as_it_is_said")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if settle.settlement == Settlement::Released {
                    settle.settlement = Settlement::Requeue {
                        at: settle.now,
                        count: true,
                        failure: None,
                    };
                }
            });
        },
        ..Fault::of("released_is_as_if_not_claimed")
    },
    Fault {
        part: |part| part.failure = None,
        ..Fault::of("ends_keep_their_reasons")
    },
    // Cancel, release, redrive.
    Fault {
        op: |op| selector(op, |selector| *selector = nobody()),
        ..Fault::of("cancel_by_message")
    },
    Fault {
        op: |op| {
            selector(op, |selector| {
                if let Selector::MessageFrom(part) = selector {
                    *selector = Selector::Message(part.message);
                }
            });
        },
        ..Fault::of("cancel_by_message_from_a_part")
    },
    Fault {
        op: |op| {
            selector(op, |selector| {
                if let Selector::MessageFrom(part) = selector {
                    *selector = Selector::Message(part.message);
                }
            });
        },
        ..Fault::of("cancel_from_a_part_stays_on_its_way")
    },
    Fault {
        op: widen,
        ..Fault::of("cancel_by_address")
    },
    Fault {
        op: widen,
        ..Fault::of("cancel_by_subject")
    },
    Fault {
        op: |op| {
            selector(op, |selector| {
                if let Selector::Subject(_, _, purpose) = selector {
                    *purpose = None;
                }
            });
        },
        ..Fault::of("cancel_by_subject_and_purpose")
    },
    Fault {
        op: widen,
        ..Fault::of("cancel_by_conversation")
    },
    Fault {
        op: widen,
        ..Fault::of("cancel_by_topic")
    },
    Fault {
        op: |op| enqueue(op, |enqueue| enqueue.tenant = shop()),
        ..Fault::of("cancel_by_tenant")
    },
    Fault {
        results: |results| {
            for result in results {
                if let OpResult::Changed { too_late, .. } = result {
                    *too_late = 0;
                }
            }
        },
        ..Fault::of("cancel_counts_what_was_too_late")
    },
    Fault {
        op: |op| {
            if let Op::Release(selector) = op {
                *selector = nobody();
            }
        },
        ..Fault::of("release_makes_parked_parts_claimable")
    },
    Fault {
        part: |part| part.attempts = part.attempts.max(1),
        ..Fault::of("redrive_begins_anew")
    },
    Fault {
        op: |op| {
            if let Op::Redrive(selector) = op {
                *selector = nobody();
            }
        },
        ..Fault::of("redrive_keeps_the_place_in_the_lane")
    },
    // Consent.
    Fault {
        query: |query| {
            if let Query::Consent { tenant, .. } = query {
                *tenant = shop();
            }
        },
        ..Fault::of("events_become_state")
    },
    Fault {
        op: |op| {
            consent(op, |event| {
                let arrival = ARRIVALS.fetch_add(1, Ordering::Relaxed);
                event.at = Timestamp::from_second(arrival).unwrap();
            });
        },
        ..Fault::of("events_come_in_any_order")
    },
    Fault {
        part: |part| {
            if part.note.as_deref() == Some(reason::CONSENT_WITHDRAWN) {
                part.state = PartState::Queued;
            }
        },
        ..Fault::of("an_opt_out_cancels_what_waits")
    },
    Fault {
        twist: Twist::StopsLeased,
        ..Fault::of("an_opt_out_leaves_what_is_leased")
    },
    Fault {
        op: |op| refuses(op, OptOutScope::Channel),
        ..Fault::of("an_opt_out_cancels_only_what_it_covers")
    },
    Fault {
        op: |op| refuses(op, OptOutScope::Everything),
        ..Fault::of("an_opt_out_reaches_its_address_only")
    },
    Fault {
        op: |op| consent(op, |event| event.subject = None),
        ..Fault::of("everything_reaches_the_person")
    },
    Fault {
        op: |op| refuses(op, OptOutScope::Topic(TopicId::new("unheard").unwrap())),
        ..Fault::of("a_claim_cancels_what_is_refused")
    },
    Fault {
        op: |op| refuses(op, OptOutScope::Purpose(Purpose::Marketing)),
        ..Fault::of("a_refusal_holds_for_what_is_tried_again")
    },
    Fault {
        op: |op| {
            consent(op, |event| {
                if event.act == ConsentAct::Resume {
                    let purpose = Purpose::Marketing;
                    event.act = ConsentAct::Confirm { purpose };
                }
            });
        },
        ..Fault::of("a_refusal_that_was_taken_back_holds_no_more")
    },
    Fault {
        // An opt-in ends every refusal that covers it.
        answer: |answer| {
            if let Answer::Consent(state) = answer {
                let grants = std::mem::take(&mut state.grants);
                state.refusals.retain(|refusal| {
                    !grants.iter().any(|grant| {
                        let topic = grant.topic.as_ref();
                        refusal.scope.covers(&grant.purpose, topic) && grant.at > refusal.at
                    })
                });
                state.grants = grants;
            }
        },
        ..Fault::of("an_opt_in_lifts_nothing_wider_than_itself")
    },
    Fault {
        // START ends every refusal of the address.
        op: |op| consent(op, |event| event.source = ConsentSource::Keyword),
        ..Fault::of("taking_back_restores_what_the_word_stopped")
    },
    Fault {
        seq: |_| 0,
        ..Fault::of("the_ledger_number_grows")
    },
    // Status.
    Fault {
        op: |op| status(op, |status| status.state = DeliveryState::default()),
        ..Fault::of("a_status_joins_its_part")
    },
    Fault {
        twist: Twist::NoParking,
        ..Fault::of("a_status_may_come_before_its_part")
    },
    Fault {
        op: |op| status(op, |status| status.state.stop = None),
        ..Fault::of("statuses_come_in_any_order")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Accepted { receipt, .. } = &mut settle.settlement {
                    receipt.further_ids.clear();
                }
            });
        },
        ..Fault::of("further_ids_are_the_part_too")
    },
    Fault {
        op: |op| status(op, |status| status.scheme = "fake".into()),
        ..Fault::of("ids_belong_to_their_scheme_and_tenant")
    },
    Fault {
        op: |op| {
            settle(op, |settle| {
                if let Settlement::Dead { failure } = &mut settle.settlement {
                    failure.class = FailureClass::Unknown;
                }
            });
        },
        ..Fault::of("a_settlement_joins_its_end")
    },
    Fault {
        answer: |answer| {
            if let Answer::Sent(sent) = answer {
                sent.reverse();
            }
        },
        ..Fault::of("what_was_sent_is_told_newest_first")
    },
    Fault {
        answer: |answer| {
            if let Answer::Sent(sent) = answer {
                sent.truncate(1);
            }
        },
        ..Fault::of("a_message_counts_once_a_way")
    },
    Fault {
        query: |query| {
            if let Query::Sent { subject, .. } = query {
                *subject = None;
            }
        },
        ..Fault::of("what_was_sent_to_a_person_is_told")
    },
    Fault {
        query: |query| {
            if let Query::Sent {
                subject: Some(_),
                address,
                ..
            } = query
            {
                *address = AddressKey::from_bytes([0; 16]);
            }
        },
        ..Fault::of("what_was_sent_to_the_address_counts_for_the_person")
    },
    Fault {
        query: |query| {
            if let Query::Sent { deciding, .. } = query {
                *deciding = None;
            }
        },
        ..Fault::of("what_is_on_its_way_is_told_to_later_claims")
    },
    // Inbound.
    Fault {
        results: |results| {
            for result in results {
                if *result == OpResult::Inbound(InboundLease::Busy) {
                    *result = OpResult::Inbound(InboundLease::Fresh);
                }
            }
        },
        ..Fault::of("a_key_has_one_worker")
    },
    Fault {
        op: |op| {
            if let Op::Inbound(InboundOp::Done { key, .. }) = op {
                let key = std::mem::take(key);
                *op = Op::Inbound(InboundOp::Release { key });
            }
        },
        ..Fault::of("what_is_done_stays_done")
    },
    Fault {
        op: |op| {
            if let Op::Inbound(InboundOp::Release { key }) = op {
                key.push_str(" of somebody else");
            }
        },
        ..Fault::of("what_is_given_back_is_fresh")
    },
    Fault {
        op: |op| {
            if let Op::Inbound(InboundOp::Lease { until, .. }) = op {
                *until = Timestamp::MAX;
            }
        },
        ..Fault::of("a_key_whose_lease_ran_out_is_fresh")
    },
    // Logs.
    Fault {
        answer: |answer| {
            if let Answer::Turns(turns) = answer {
                turns.reverse();
            }
        },
        ..Fault::of("the_last_turns_come_oldest_first")
    },
    Fault {
        op: |op| {
            if let Op::Conversation(update) = op {
                update.handed_off = update.handed_off.or(Some(false));
            }
        },
        ..Fault::of("a_conversation_moves_forwards")
    },
    Fault {
        answer: |answer| {
            if let Answer::Trace(records) = answer
                && records.len() > 1
            {
                records.remove(1);
            }
        },
        ..Fault::of("a_trace_is_one_chain")
    },
    Fault {
        answer: |answer| {
            if let Answer::Traces(traces) = answer {
                traces.reverse();
            }
        },
        ..Fault::of("traces_are_listed_newest_first")
    },
    Fault {
        op: |op| {
            if let Op::Identity(link) = op {
                link.revoked = false;
            }
        },
        ..Fault::of("links_hold_until_they_are_taken_back")
    },
    Fault {
        op: |op| {
            if let Op::Identity(link) = op {
                link.tenant = shop();
            }
        },
        ..Fault::of("a_person_has_addresses")
    },
    // Endings.
    Fault {
        answer: |answer| silence(answer, "consent_withdrawn"),
        ..Fault::of("what_an_opt_out_cancels_is_traced")
    },
    Fault {
        answer: |answer| silence(answer, "cancelled"),
        ..Fault::of("what_a_selector_cancels_is_traced")
    },
    Fault {
        answer: |answer| silence(answer, "expired"),
        ..Fault::of("what_a_claim_ends_is_traced")
    },
    Fault {
        answer: |answer| silence(answer, "poisoned"),
        ..Fault::of("a_lost_lease_is_traced")
    },
    Fault {
        twist: Twist::TracesSettlements,
        ..Fault::of("a_settlement_is_not_traced_by_the_store")
    },
    Fault {
        op: |op| {
            if let Op::TraceFed { upto, .. } = op {
                *upto -= 1;
            }
        },
        ..Fault::of("the_feed_gives_what_was_not_read")
    },
    // Atomicity.
    Fault {
        twist: Twist::OneByOne,
        ..Fault::of("a_failed_batch_changed_nothing")
    },
    Fault {
        twist: Twist::OneByOne,
        ..Fault::of("a_batch_sees_its_own_changes")
    },
    Fault {
        results: |results| results.reverse(),
        ..Fault::of("answers_stand_in_their_places")
    },
    Fault {
        twist: Twist::OneByOne,
        ..Fault::of("a_stop_is_one_step")
    },
    // Time.
    Fault {
        request: |request| request.now = after(request.now, Duration::from_nanos(1)),
        ..Fault::of("nothing_leaves_before_it_is_due")
    },
    Fault {
        op: |op| {
            parts(op, |part| {
                part.expires = part.expires.map(|at| after(at, Duration::from_secs(1)));
            });
        },
        ..Fault::of("nothing_leaves_after_its_time")
    },
    Fault {
        op: |op| parts(op, |part| part.expires = None),
        ..Fault::of("a_retry_does_not_outlive_its_part")
    },
    Fault {
        twist: Twist::JumpBackEndsLeases,
        ..Fault::of("a_clock_may_jump_back")
    },
    Fault {
        twist: Twist::RequeuesTheLost,
        ..Fault::of("a_clock_may_jump_forwards")
    },
    Fault {
        twist: Twist::RequeuesTheLost,
        ..Fault::of("jumps_send_nothing_early_late_or_twice")
    },
    // At the same time.
    Fault {
        op: |op| enqueue(op, |enqueue| enqueue.key = None),
        ..Fault::of("one_key_makes_one_message")
    },
    Fault {
        twist: Twist::ClaimsAgain,
        ..Fault::of("claims_share_nothing")
    },
    Fault {
        twist: Twist::OneByOne,
        ..Fault::of("a_failed_batch_spoils_no_other")
    },
];
