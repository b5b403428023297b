//! The words with which people stop and resume messages.

use crate::fold::{Also, LETTER, OTHER, fold};
use msg_core::consent::{KeywordMatcher, OptOutScope, Signal};

/// Words that opt out.
///
/// Sources: STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT from the CTIA Messaging Principles; STOP, QUIT, END, REVOKE, OPT OUT,
/// CANCEL, UNSUBSCRIBE are reasonable per se under 47 CFR 64.1200(a)(10).
const OPT_OUT: [&str; 8] = [
    "CANCEL",
    "END",
    "OPTOUT",
    "QUIT",
    "REVOKE",
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
];
/// Words that take an opt-out back (CTIA Messaging Principles). Its third one, YES, is left out: in a conversation it answers
/// whatever was asked last, and would lift a refusal that nobody spoke of.
const RESUME: [&str; 2] = ["START", "UNSTOP"];
/// Words that ask what this is (CTIA Messaging Principles).
const HELP: [&str; 2] = ["HELP", "INFO"];
/// Longest message looked at, in bytes: nobody hides a keyword in an essay.
const LONGEST: usize = 64;

/// Recognizes a message that is one of the keywords of US carriers and nothing else.
///
/// Case, spaces, punctuation and disguised characters do not matter: ` stop. `, `Opt-out!` and `ＳＴＯＰ` are keywords, `stop by at
/// five` is not. A word of the host's own (`ARRET`) can be added. It does not understand sentences: "please take me off this list"
/// is an opt-out by law, and takes a model or a person to see.
#[derive(Clone, Debug)]
pub struct Keywords {
    scope: OptOutScope,
    opt_out: Vec<Box<str>>,
    resume: Vec<Box<str>>,
    help: Vec<Box<str>>,
}

impl Default for Keywords {
    fn default() -> Self {
        Self::standard()
    }
}

impl Keywords {
    /// The words of CTIA and FCC. An opt-out reaches everything on the channel it was written on.
    #[must_use]
    pub fn standard() -> Self {
        let list = |words: &[&str]| words.iter().map(|&word| word.into()).collect();
        Self {
            scope: OptOutScope::Channel,
            opt_out: list(&OPT_OUT),
            resume: list(&RESUME),
            help: list(&HELP),
        }
    }

    /// Sets how far an opt-out reaches. From 2027-01-31 a revocation reaches all unrelated robotexts of the sender as well
    /// (47 CFR 64.1200(a)(10), waived until then by order DA 26-12).
    #[must_use]
    pub fn with_scope(mut self, scope: OptOutScope) -> Self {
        self.scope = scope;
        self
    }

    /// Adds a word that opts out. Only its ASCII letters and digits count; a word without any is ignored.
    #[must_use]
    pub fn with_opt_out(mut self, word: &str) -> Self {
        self.opt_out.extend(normal(word).map(Into::into));
        self
    }

    /// Adds a word that resumes, such as YES where nothing but an opt-in is ever asked; see
    /// [`with_opt_out`](Self::with_opt_out).
    #[must_use]
    pub fn with_resume(mut self, word: &str) -> Self {
        self.resume.extend(normal(word).map(Into::into));
        self
    }
}

impl KeywordMatcher for Keywords {
    fn recognize(&self, text: &str, _language: Option<&str>) -> Option<Signal> {
        let word = normal(text)?;
        let is = |list: &[Box<str>]| list.iter().any(|known| **known == *word);
        if is(&self.opt_out) {
            Some(Signal::OptOut(self.scope.clone()))
        } else if is(&self.resume) {
            Some(Signal::Resume)
        } else if is(&self.help) {
            Some(Signal::Help)
        } else {
            None
        }
    }
}

/// The ASCII letters and digits of a short message in upper case; `None` when it is long, empty, or says something in another
/// alphabet as well.
fn normal(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    if text.len() > LONGEST {
        return None;
    }
    let folded = fold(text, Also::Spaces);
    let bytes = folded
        .as_ref()
        .map_or(text.as_bytes(), |folded| &folded.bytes);
    if bytes.iter().any(|&b| b == LETTER || b == OTHER) {
        return None;
    }
    let word: String = bytes
        .iter()
        .filter(|b| b.is_ascii_alphanumeric())
        .map(|b| char::from(b.to_ascii_uppercase()))
        .collect();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognize(text: &str) -> Option<Signal> {
        Keywords::standard().recognize(text, None)
    }

    #[test]
    fn keywords_in_any_dress() {
        for text in [
            "STOP",
            " stop. ",
            "Stop!!!",
            "opt out",
            "OPT-OUT",
            "optout",
            "stop all",
            "“Unsubscribe”",
            "ＳＴＯＰ",
            "ST\u{200b}OP",
            "quit\n",
            "stop🛑",
        ] {
            assert_eq!(
                recognize(text),
                Some(Signal::OptOut(OptOutScope::Channel)),
                "{text}"
            );
        }
        for text in ["start", "Start!", "UNSTOP."] {
            assert_eq!(recognize(text), Some(Signal::Resume), "{text}");
        }
        for text in ["help", "Info?"] {
            assert_eq!(recognize(text), Some(Signal::Help), "{text}");
        }
    }

    #[test]
    fn sentences_are_not_keywords() {
        for text in [
            "",
            "  ",
            "?",
            "stop by at 5",
            "don't stop",
            "the end",
            "yes please",
            "yes",
            "YES",
            "cancel my order",
            "STOP 停",
            "стоп",
            "🛑",
        ] {
            assert_eq!(recognize(text), None, "{text}");
        }
        assert_eq!(
            recognize(&("STOP".to_owned() + &" ".repeat(200) + "x")),
            None
        );
    }

    #[test]
    fn own_words_and_scope() {
        let keywords = Keywords::standard()
            .with_scope(OptOutScope::Everything)
            .with_opt_out("Arret")
            .with_resume("oui")
            .with_opt_out("…");
        assert_eq!(
            keywords.recognize("ARRET", Some("fr")),
            Some(Signal::OptOut(OptOutScope::Everything))
        );
        assert_eq!(keywords.recognize("oui", None), Some(Signal::Resume));
        assert_eq!(keywords.recognize("…", None), None);
    }
}
