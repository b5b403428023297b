//! The list of checks, in one place for the constant and the macro.

use super::{
    Check, atomicity, cancel, concurrency, consent, ending, enqueue, inbound, lease, log, order,
    status, time,
};

/// The checks that ask for [`atomic_across_kinds`](crate::store::StoreCaps::atomic_across_kinds): one commit over the
/// ledger and the outbox, or over all kinds.
pub(super) const ACROSS_KINDS: &[&str] = &["a_failed_batch_changed_nothing", "a_stop_is_one_step"];

/// Hands the names of all checks to another macro of this crate, after the tokens in brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_checks {
    ($then:ident [$($given:tt)*]) => {
        $crate::$then! { [$($given)*]
            enqueue::what_is_enqueued_is_there
            enqueue::same_key_and_payload_is_the_same_message
            enqueue::same_key_with_other_payload_is_a_conflict
            enqueue::a_known_key_applies_nothing_of_its_batch
            enqueue::keys_belong_to_their_tenant
            enqueue::keys_are_kept_for_three_days
            enqueue::a_part_is_enqueued_once
            enqueue::a_broken_enqueue_is_invalid
            enqueue::a_body_of_the_largest_size_is_kept
            enqueue::a_larger_body_is_invalid
            enqueue::parts_are_listed_by_state_in_pages
            order::a_lane_leaves_in_order
            order::parts_of_a_message_leave_in_order
            order::lanes_do_not_wait_for_each_other
            order::a_dead_part_frees_its_lane
            order::a_cancelled_part_frees_its_lane
            order::a_part_taken_back_frees_its_lane
            order::a_part_that_may_still_leave_holds_its_lane
            order::a_part_tried_again_keeps_its_place
            order::the_most_urgent_comes_first
            order::the_earliest_due_comes_first
            order::bulk_is_not_starved
            order::a_claim_keeps_its_limit
            order::what_a_claim_ends_does_not_count
            order::what_is_closed_waits
            order::next_due_is_that_of_the_next_part
            lease::a_claim_gives_what_was_enqueued
            lease::a_leased_part_is_not_claimed_again
            lease::an_attempt_counts_at_its_claim
            lease::accepted_is_finished
            lease::a_claim_is_settled_once
            lease::a_stale_token_settles_nothing
            lease::a_token_settles_only_its_part
            lease::a_stale_token_extends_nothing
            lease::extending_moves_the_end
            lease::a_lease_that_ran_out_is_ambiguous
            lease::a_claim_of_nothing_ends_leases
            lease::the_last_token_still_settles
            lease::an_ambiguous_part_is_settled_without_a_token
            lease::only_an_ambiguous_part_needs_no_token
            lease::settling_nothing_is_not_found
            lease::poison_is_dead
            lease::a_settlement_ends_the_row_of_poison
            lease::requeueing_counts_as_it_is_said
            lease::released_is_as_if_not_claimed
            lease::ends_keep_their_reasons
            cancel::cancel_by_message
            cancel::cancel_by_message_from_a_part
            cancel::cancel_from_a_part_stays_on_its_way
            cancel::cancel_by_address
            cancel::cancel_by_subject
            cancel::cancel_by_subject_and_purpose
            cancel::cancel_by_conversation
            cancel::cancel_by_topic
            cancel::cancel_by_tenant
            cancel::cancel_counts_what_was_too_late
            cancel::release_makes_parked_parts_claimable
            cancel::redrive_begins_anew
            cancel::redrive_keeps_the_place_in_the_lane
            consent::events_become_state
            consent::events_come_in_any_order
            consent::an_opt_out_cancels_what_waits
            consent::an_opt_out_leaves_what_is_leased
            consent::an_opt_out_cancels_only_what_it_covers
            consent::an_opt_out_reaches_its_address_only
            consent::everything_reaches_the_person
            consent::a_claim_cancels_what_is_refused
            consent::a_refusal_holds_for_what_is_tried_again
            consent::a_refusal_that_was_taken_back_holds_no_more
            consent::an_opt_in_lifts_nothing_wider_than_itself
            consent::taking_back_restores_what_the_word_stopped
            consent::the_ledger_number_grows
            status::a_status_joins_its_part
            status::a_status_may_come_before_its_part
            status::statuses_come_in_any_order
            status::further_ids_are_the_part_too
            status::ids_belong_to_their_scheme_and_tenant
            status::a_settlement_joins_its_end
            status::what_was_sent_is_told_newest_first
            status::a_message_counts_once_a_way
            status::what_was_sent_to_a_person_is_told
            status::what_was_sent_to_the_address_counts_for_the_person
            status::what_is_on_its_way_is_told_to_later_claims
            inbound::a_key_has_one_worker
            inbound::what_is_done_stays_done
            inbound::what_is_given_back_is_fresh
            inbound::a_key_whose_lease_ran_out_is_fresh
            log::the_last_turns_come_oldest_first
            log::a_conversation_moves_forwards
            log::a_trace_is_one_chain
            log::traces_are_listed_newest_first
            log::links_hold_until_they_are_taken_back
            log::a_person_has_addresses
            ending::what_an_opt_out_cancels_is_traced
            ending::what_a_selector_cancels_is_traced
            ending::what_a_claim_ends_is_traced
            ending::a_lost_lease_is_traced
            ending::a_settlement_is_not_traced_by_the_store
            ending::the_feed_gives_what_was_not_read
            atomicity::a_failed_batch_changed_nothing
            atomicity::a_batch_sees_its_own_changes
            atomicity::answers_stand_in_their_places
            atomicity::a_stop_is_one_step
            time::nothing_leaves_before_it_is_due
            time::nothing_leaves_after_its_time
            time::a_retry_does_not_outlive_its_part
            time::a_clock_may_jump_back
            time::a_clock_may_jump_forwards
            time::jumps_send_nothing_early_late_or_twice
            concurrency::one_key_makes_one_message
            concurrency::claims_share_nothing
            concurrency::a_failed_batch_spoils_no_other
        }
    };
}

/// Makes the constant of the names.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_check_list {
    ([] $($area:ident::$name:ident)+) => {
        /// Every check of the suite, in the order of the contract.
        pub const CHECKS: &[Check] = &[
            $(Check {
                area: stringify!($area),
                name: stringify!($name),
                run: |store| Box::pin($area::$name(store)),
            },)+
        ];
    };
}

/// Makes one test of each name.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_check_tests {
    ([$make:expr] $($area:ident::$name:ident)+) => {
        $(
            #[test]
            fn $name() -> Result<(), $crate::testkit::Violation> {
                let make = $make;
                let store = make();
                $crate::testkit::store::run_one(stringify!($name), &*store)
            }
        )+
    };
}

__store_checks!(__store_check_list[]);

/// Makes one `#[test]` of every check of the [suite](crate::testkit::store), each on a store that the constructor makes.
///
/// The constructor is a `Fn() -> Arc<impl Store>` (an `Arc<dyn Store>` or a `Box` will do) that gives an empty store each
/// time. Put the macro into a module of its own: the tests have the names of the checks. What the store needs while it
/// is used, such as a directory, must live in it.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::__store_checks! { __store_check_tests [$make] }
    };
}
