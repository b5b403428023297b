//! The commands: each as readable lines and as JSON.

use crate::desk::Desk;
use crate::event::Line;
use crate::report::{kinds, losses, phase, seconds};
use msg_core::Error;
use msg_core::message::DataClass;
use msg_core::trace::{TraceEvent, TraceRecord, backtest, export, replay};
use serde_json::{Value, json};

/// What a command shows.
pub(crate) struct Shown {
    pub(crate) lines: Vec<String>,
    pub(crate) json: Value,
}

/// What is said where there is nothing to show.
pub(crate) const NOTHING: &str = "no message of the shop yet";

const HELP: &str = "\
Write as a customer would: where is order 1042? · when do you open? · I want to return it · talk to a person
  /trace        what happened to the last message of the shop, step by step
  /why          why it was or was not sent
  /replay       run every recorded check again, under the rules of now
  /export       write its trace without personal data into a file
  /quiet 23:00  no messages from then until 08:00; /quiet off ends it
  STOP, START   no messages at all; messages again
  /quit         end";

/// Runs a command. Lines that are no command do not come here.
pub(crate) async fn run(desk: &mut Desk, line: &Line<'_>) -> Result<Shown, Error> {
    match line {
        Line::Trace => trace(desk).await,
        Line::Why => why(desk).await,
        Line::Replay => replay_all(desk).await,
        Line::Export => export_last(desk).await,
        Line::Quiet(from) => {
            desk.quiet(*from)?;
            let says = from.map_or("no quiet hours of your own".to_owned(), |from| {
                format!(
                    "no messages from {:02}:{:02} until 08:00",
                    from / 60,
                    from % 60
                )
            });
            let received = desk.deliver().await?;
            Ok(note("/quiet", &says, &received))
        }
        Line::Time(minute) => {
            let now = desk.time(*minute)?;
            let received = desk.deliver().await?;
            Ok(note("/time", &format!("it is {now}"), &received))
        }
        Line::Help => Ok(note("/help", HELP, &[])),
        Line::Unknown(line) => Ok(note(
            "?",
            &format!("no such command: `{line}`; /help lists them"),
            &[],
        )),
        Line::NoTime(command) => Ok(note(
            command,
            &format!("{command} goes with a time of the day, such as `{command} 23:00`"),
            &[],
        )),
        Line::Say(_) | Line::Quit => Ok(note("?", "", &[])),
    }
}

/// What the shop says, its lines under each other.
pub(crate) fn shop(text: &str) -> String {
    format!("shop > {}", text.replace('\n', "\n       "))
}

fn note(command: &str, says: &str, received: &[String]) -> Shown {
    let mut lines: Vec<String> = says.lines().map(str::to_owned).collect();
    lines.extend(received.iter().map(|text| shop(text)));
    Shown {
        json: json!({"command": command, "says": says, "received": received}),
        lines,
    }
}

async fn last(desk: &Desk) -> Result<Vec<TraceRecord>, Error> {
    match desk.last() {
        Some(trace) => desk.engine().trace(trace).await,
        None => Ok(Vec::new()),
    }
}

/// Every record of the last message's trace. The chain was verified when it was read.
async fn trace(desk: &Desk) -> Result<Shown, Error> {
    let records = last(desk).await?;
    let mut lines = Vec::new();
    let mut events = Vec::new();
    for record in &records {
        let line = record.read::<TraceEvent>()?;
        let digest = record.digest.to_string();
        let short = digest.get(..12).unwrap_or_default().to_owned();
        lines.push(format!(
            "  {}  {short}  {:<10} {}",
            line.at.strftime("%H:%M:%S%.3f"),
            line.event.tag(),
            detail(&line.event)
        ));
        events.push(
            json!({"seq": record.seq, "event": line.event.tag(), "detail": detail(&line.event)}),
        );
    }
    match records.first() {
        Some(first) => lines.insert(
            0,
            format!(
                "trace {}: {} records, and the chain of their digests holds (times in UTC)",
                first.trace,
                records.len()
            ),
        ),
        None => lines.push(NOTHING.into()),
    }
    Ok(Shown {
        lines,
        json: json!({"command": "/trace", "verified": true, "records": events}),
    })
}

fn detail(event: &TraceEvent) -> String {
    match event {
        TraceEvent::Submitted(it) => format!(
            "a {} message, policies {:.12}",
            it.draft.purpose, it.policies
        ),
        TraceEvent::Checked(it) => {
            let said: Vec<_> = it
                .evaluation
                .verdicts
                .iter()
                .map(|one| one.check.as_str())
                .collect();
            format!(
                "{}: {:?} by {}",
                phase(it.phase),
                msg_core::trace::DecisionKind::from(&it.evaluation.decision),
                said.join(", ")
            )
            .to_lowercase()
        }
        TraceEvent::Composed(it) => match &it.fallback {
            Some(why) => format!("by {} because {why}", it.origin),
            None => format!("by {}", it.origin),
        },
        TraceEvent::Masked(it) if it.kinds.is_empty() => "nothing was found".to_owned(),
        TraceEvent::Masked(it) => kinds(&it.kinds),
        TraceEvent::Planned(it) => format!(
            "{} part{} for {}, {}",
            it.parts,
            if it.parts == 1 { "" } else { "s" },
            it.channel,
            losses(it.losses.len())
        ),
        TraceEvent::Enqueued(it) => format!("durable; due {}", seconds(it.due)),
        TraceEvent::Held(it) => format!("until {}: {}", seconds(it.until), it.why),
        TraceEvent::Cancelled(it) => match &it.refusal {
            Some(refusal) => format!("{}, refused at {}", it.why, seconds(refusal.at)),
            None => it.why.clone(),
        },
        TraceEvent::Expired(it) => format!("its time was over at {}", seconds(it.expires)),
        TraceEvent::Lost(it) => format!("attempt {} did not come back", it.attempt),
        TraceEvent::Poisoned(it) => format!("{} attempts, none came back", it.attempts),
        TraceEvent::Attempted(it) => match &it.outcome {
            outcome if outcome.provider_id().is_some() => {
                format!("attempt {} through {}: accepted", it.attempt, it.scheme)
            }
            _ => format!("attempt {} through {}: not accepted", it.attempt, it.scheme),
        },
        TraceEvent::FellBack(it) => match &it.next {
            Some(next) => format!("from {} to {next}: {}", it.channel, it.why),
            None => format!("from {} to nowhere: {}", it.channel, it.why),
        },
        TraceEvent::DuplicateReach(it) => {
            format!("on {} and on {}", it.first.channel, it.second.channel)
        }
        TraceEvent::Status(it) => format!("{:?}", it.state.progress).to_lowercase(),
        _ => String::new(),
    }
}

/// Why the last message was or was not sent, in a sentence a check.
async fn why(desk: &Desk) -> Result<Shown, Error> {
    let mut reasons = Vec::new();
    let mut asked = 0;
    for record in last(desk).await? {
        if let TraceEvent::Checked(checked) = record.read::<TraceEvent>()?.event {
            asked += checked.evaluation.verdicts.len();
            for (check, reason) in checked.evaluation.reasons() {
                let evidence = if reason.evidence.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", reason.evidence.join("; "))
                };
                reasons.push(format!(
                    "{}, {check} says: {}{evidence}",
                    phase(checked.phase),
                    reason.text
                ));
            }
        }
    }
    let mut lines = reasons.clone();
    match asked {
        0 => lines.push(NOTHING.into()),
        _ if reasons.is_empty() => {
            lines.push(format!("{asked} verdicts, and every check allowed it"));
        }
        _ => {}
    }
    Ok(Shown {
        lines,
        json: json!({"command": "/why", "verdicts": asked, "reasons": reasons}),
    })
}

/// Runs every recorded check of every message again, under the policies of now.
async fn replay_all(desk: &Desk) -> Result<Shown, Error> {
    let traces = desk.traces().await?;
    let policies = desk.engine().policies();
    let mut identical = 0;
    let mut evaluations = 0;
    for records in &traces {
        let replayed = replay(records, policies)?;
        evaluations += replayed.checks.len();
        identical += replayed
            .checks
            .iter()
            .filter(|check| check.recorded == check.replayed)
            .count();
    }
    let report = backtest(traces.iter().map(Vec::as_slice), policies);
    let mut lines = vec![format!(
        "{identical} of {evaluations} evaluations in {} traces are identical",
        traces.len()
    )];
    lines.extend(report.moves.iter().map(|change| {
        format!(
            "{} would end in {:?} instead of {:?} under the rules of now",
            change.count, change.to, change.from
        )
        .to_lowercase()
    }));
    let json = json!({"command": "/replay", "evaluations": evaluations, "identical": identical, "moves": report.moves});
    Ok(Shown { lines, json })
}

/// The trace of the last message as it may be shown to others.
async fn export_last(desk: &Desk) -> Result<Shown, Error> {
    let lines = export(&last(desk).await?, DataClass::Internal)?;
    let records: Vec<Value> = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    Ok(Shown {
        lines,
        json: json!({"command": "/export", "records": records}),
    })
}
