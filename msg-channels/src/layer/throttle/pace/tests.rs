use super::*;
use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::{Styled, TextPart};
use msg_core::message::{Address, Purpose};
use proptest::prelude::*;

fn part(to: u8, from: u8) -> Part {
    let message = MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &[to; 16]));
    let mut part = Part::new(
        PartId::new(message, 0),
        TenantId::from_static("shop"),
        Address::telegram(i64::from(to) + 1),
        Purpose::Service,
        TextPart::new(Styled::plain("hi")),
    );
    part.from = Some(AccountId::new(format!("sender-{from}")).unwrap());
    part
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_781_524_800_000 + millis).unwrap()
}

fn take(paces: &mut Paces, millis: i64, limits: Limits, part: &Part) -> Result<(), Duration> {
    let now = Now {
        at: at(millis),
        limits,
        part,
    };
    paces.take(&now).map_err(|(_, wait)| wait)
}

fn rate(count: u32, millis: u64, burst: u32) -> Rate {
    Rate::new(count, Duration::from_millis(millis)).with_burst(burst)
}

proptest! {
    /// Whatever comes when: in no span of time more goes than the burst and what the rate allows in it; what is given back
    /// goes exactly when it was told to come again, and not before; and a burst from rest is never refused.
    #[test]
    fn a_rate_is_kept_and_used(
        count in 1_u32..6,
        burst in 1_u32..5,
        steps in prop::collection::vec((0_i64..1500, 0_u8..3), 1..80),
    ) {
        let of = rate(count, 1000, burst);
        let limits = Limits::none().for_recipient(of);
        let mut paces = Paces::default();
        let (mut now, mut sent) = (0, Vec::new());
        for (step, to) in steps {
            now += step;
            let part = part(to, 0);
            match take(&mut paces, now, limits, &part) {
                Ok(()) => sent.push((now, to)),
                Err(wait) => {
                    let exact = i64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap();
                    prop_assert!(exact > 0);
                    if exact > 1 {
                        prop_assert!(take(&mut paces, now + exact - 1, limits, &part).is_err());
                    }
                    prop_assert!(take(&mut paces, now + exact, limits, &part).is_ok());
                    now += exact;
                    sent.push((now, to));
                }
            }
        }
        for (start, (from, to)) in sent.iter().enumerate() {
            let mine: Vec<_> = sent.iter().skip(start).filter(|(_, other)| other == to).collect();
            for (number, (when, _)) in mine.iter().enumerate() {
                let span = u128::try_from(when - from).unwrap() * 1_000_000;
                let allowed = u128::from(burst) + span.div_ceil(of.gap().as_nanos());
                prop_assert!((number as u128) < allowed, "{number} more within {span} ns");
            }
        }
        // After a rest the whole burst goes at once.
        let rested = now + 10_000;
        for _ in 0..burst {
            prop_assert!(take(&mut paces, rested, limits, &part(0, 0)).is_ok());
        }
        prop_assert!(take(&mut paces, rested, limits, &part(0, 0)).is_err());
    }

    /// What is refused for one key uses up nothing of another one.
    #[test]
    fn what_is_given_back_uses_nothing_up(tries in 1_usize..20) {
        let limits = Limits::none()
            .for_account(rate(100, 1000, 100))
            .for_recipient(rate(1, 1000, 1));
        let mut paces = Paces::default();
        prop_assert!(take(&mut paces, 0, limits, &part(0, 0)).is_ok());
        for _ in 0..tries {
            prop_assert!(take(&mut paces, 0, limits, &part(0, 0)).is_err());
        }
        let mut others = 0;
        while take(&mut paces, 0, limits, &part(others + 1, 0)).is_ok() {
            others += 1;
        }
        prop_assert_eq!(others, 99);
    }

    /// However the clock jumps, nobody waits for longer than the rate or the provider says.
    #[test]
    fn a_clock_that_jumps_makes_nobody_wait_longer(jumps in prop::collection::vec(-100_000_000_i64..100_000_000, 1..20)) {
        let of = rate(2, 1000, 2);
        let limits = Limits::none().for_recipient(of).for_account(of);
        let mut paces = Paces::default();
        for jump in jumps {
            let asked = Duration::from_secs(30);
            let now = Now { at: at(jump), limits, part: &part(0, 0) };
            paces.block(&now, &FailureScope::Recipient, asked);
            for later in [jump - 50_000_000, jump] {
                if let Err(wait) = take(&mut paces, later, limits, &part(0, 0)) {
                    prop_assert!(wait <= asked);
                }
                if let Err(wait) = take(&mut paces, later, limits, &part(1, 0)) {
                    prop_assert!(wait <= of.gap());
                }
            }
        }
    }

    /// The memory is bounded, and a limit is never forgotten for want of room.
    #[test]
    fn a_full_memory_makes_others_wait(
        most in 2_usize..12,
        steps in prop::collection::vec((0_u8..40, 0_i64..400), 1..200),
    ) {
        let mut limits = Limits::none().for_recipient(rate(1, 1000, 1));
        limits.remembered = most;
        let mut paces = Paces::default();
        let mut last: HashMap<u8, i64> = HashMap::new();
        let mut now = 0;
        for (to, step) in steps {
            now += step;
            if take(&mut paces, now, limits, &part(to, 0)).is_ok() {
                let before = last.insert(to, now);
                prop_assert!(before.is_none_or(|before| now - before >= 1000), "{to} came too early");
            }
            prop_assert!(paces.remembered() <= most);
        }
        // Room comes back by itself.
        prop_assert!(take(&mut paces, now + 2000, limits, &part(200, 0)).is_ok());
    }
}

#[test]
fn each_scope_stops_what_it_is_about() {
    let limits = Limits::none();
    let wait = Duration::from_secs(9);
    let cases = [
        // Of recipient 0 from sender 0; of another recipient; of another sender to the same recipient; of another of both.
        (FailureScope::Recipient, [true, false, false, false]),
        (FailureScope::Sender, [true, true, false, false]),
        (FailureScope::Account, [true, true, true, true]),
        (FailureScope::Provider, [true, true, true, true]),
        (FailureScope::Part, [false, false, false, false]),
        (FailureScope::Message, [false, false, false, false]),
        (FailureScope::Template, [false, false, false, false]),
    ];
    for (scope, stopped) in cases {
        let mut paces = Paces::default();
        let now = Now {
            at: at(0),
            limits,
            part: &part(0, 0),
        };
        paces.block(&now, &scope, wait);
        let parts = [part(0, 0), part(1, 0), part(0, 1), part(1, 1)];
        for (part, stopped) in parts.iter().zip(stopped) {
            let taken = take(&mut paces, 1000, limits, part);
            let wanted = if stopped {
                Err(Duration::from_secs(8))
            } else {
                Ok(())
            };
            assert_eq!(taken, wanted, "{scope}");
        }
        assert!(
            take(&mut paces, 9000, limits, &part(0, 0)).is_ok(),
            "{scope}"
        );
    }
}

#[test]
fn a_later_shorter_wait_ends_no_longer_one() {
    let limits = Limits::none();
    let part = part(0, 0);
    let mut paces = Paces::default();
    let now = |millis| Now {
        at: at(millis),
        limits,
        part: &part,
    };
    paces.block(&now(0), &FailureScope::Account, Duration::from_mins(1));
    paces.block(&now(1000), &FailureScope::Account, Duration::from_secs(1));
    assert_eq!(
        take(&mut paces, 2000, limits, &part),
        Err(Duration::from_secs(58))
    );
}
