//! What stands behind `cargo xtask fuzz`.

use std::time::Duration;

use crate::targets::{Row, TARGETS};

/// A run as it was asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// For all targets together.
    pub(crate) time: Duration,
    pub(crate) targets: Vec<&'static Row>,
    pub(crate) seed: u64,
    /// Writes every input to a file before it runs, to find one that takes the whole process down.
    pub(crate) careful: bool,
    /// An input that takes longer does not end, on any machine.
    pub(crate) patience: Duration,
}

/// Without arguments: every target, a minute together, and the same seed each time.
pub(crate) fn parse(given: &[String]) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        time: Duration::from_mins(1),
        targets: TARGETS.iter().collect(),
        seed: 1,
        careful: false,
        patience: Duration::from_secs(20),
    };
    let mut rest = given.iter();
    while let Some(name) = rest.next() {
        if name == "--careful" {
            arguments.careful = true;
            continue;
        }
        let value = rest
            .next()
            .ok_or_else(|| format!("`{name}` needs a value, or is not known"))?;
        match name.as_str() {
            "--seconds" => arguments.time = Duration::from_secs(number(name, value)?),
            "--seed" => arguments.seed = number(name, value)?,
            "--target" => arguments.targets = vec![target(value)?],
            _ => {
                return Err(format!(
                    "`{name}` is not known; there are --seconds N, --target NAME, --seed N, --careful"
                ));
            }
        }
    }
    Ok(arguments)
}

fn number(name: &str, value: &str) -> Result<u64, String> {
    value
        .parse()
        .map_err(|_| format!("`{name}` takes a whole number, not `{value}`"))
}

fn target(name: &str) -> Result<&'static Row, String> {
    TARGETS.iter().find(|row| row.name == name).ok_or_else(|| {
        let known: Vec<_> = TARGETS.iter().map(|row| row.name).collect();
        format!(
            "no target is called `{name}`; there are: {}",
            known.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, String> {
        parse(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn values_are_read() {
        let arguments = parsed("--seconds 5 --seed 9 --careful").unwrap();
        assert_eq!(
            (arguments.time, arguments.seed, arguments.careful),
            (Duration::from_secs(5), 9, true)
        );
        assert_eq!(arguments.targets.len(), TARGETS.len());
    }

    #[test]
    fn what_is_not_known_is_said() {
        for (line, part) in [
            ("--seconds", "needs a value"),
            ("--seconds soon", "`soon`"),
            ("--target nobody", "`nobody`"),
            ("--fast 1", "`--fast`"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
