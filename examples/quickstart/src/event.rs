//! One line of a script, or one line that was typed.

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Say(&'a str),
    Trace,
    Replay,
    Why,
    Export,
    Help,
    Quit,
    /// The minute of the day when the quiet begins; none switches it off.
    Quiet(Option<usize>),
    /// The minute of the day to which the script's clock moves on.
    Time(usize),
    Unknown(&'a str),
    /// A command that goes with a time, and none that can be read.
    NoTime(&'a str),
}

/// Reads a line. Empty lines and lines that begin with `#` are nothing.
pub(crate) fn read(line: &str) -> Option<Line<'_>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    if !line.starts_with('/') {
        return Some(Line::Say(line));
    }
    let (name, argument) = line.split_once(' ').unwrap_or((line, ""));
    Some(match (name, argument.trim()) {
        ("/trace", "") => Line::Trace,
        ("/replay", "") => Line::Replay,
        ("/why", "") => Line::Why,
        ("/export", "") => Line::Export,
        ("/help", "") => Line::Help,
        ("/quit" | "/exit", "") => Line::Quit,
        ("/quiet", "off") => Line::Quiet(None),
        ("/quiet", time) => {
            minute(time).map_or(Line::NoTime(name), |minute| Line::Quiet(Some(minute)))
        }
        ("/time", time) => minute(time).map_or(Line::NoTime(name), Line::Time),
        _ => Line::Unknown(line),
    })
}

/// `23:00` as a minute of the day.
fn minute(time: &str) -> Option<usize> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (usize, usize) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        assert_eq!(read("  hello "), Some(Line::Say("hello")));
        assert_eq!(read("/quiet 23:05"), Some(Line::Quiet(Some(23 * 60 + 5))));
        assert_eq!(read("/quiet off"), Some(Line::Quiet(None)));
        for wrong in ["/quiet 25:00", "/quiet"] {
            assert_eq!(read(wrong), Some(Line::NoTime("/quiet")));
        }
        for wrong in ["/nonsense", "/trace now"] {
            assert_eq!(read(wrong), Some(Line::Unknown(wrong)));
        }
        assert_eq!(read("# note"), None);
    }
}
