//! Where something stands in a content, written only when a loss needs it.

use std::fmt;

/// A JSON pointer (RFC 6901) as a chain of steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'p> {
    /// The content itself.
    Root,
    /// A field.
    Key(&'p Path<'p>, &'p str),
    /// An element.
    At(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) const fn key(&'p self, key: &'p str) -> Self {
        Self::Key(self, key)
    }

    pub(super) const fn at(&'p self, index: usize) -> Self {
        Self::At(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) => {
                write!(f, "{parent}/")?;
                for character in key.chars() {
                    match character {
                        '~' => f.write_str("~0")?,
                        '/' => f.write_str("~1")?,
                        other => fmt::Write::write_char(f, other)?,
                    }
                }
                Ok(())
            }
            Self::At(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_json_pointer() {
        let choice = Path::Root.key("choice");
        let options = choice.key("options");
        assert_eq!(options.at(2).to_string(), "/choice/options/2");
        assert_eq!(Path::Root.key("a/b~").to_string(), "/a~1b~0");
        assert_eq!(Path::Root.to_string(), "");
    }
}
