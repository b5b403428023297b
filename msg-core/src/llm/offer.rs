//! Which tools a model is offered, and which of its calls may run.

use super::{
    FinishReason, GenerateRequest, GenerateResponse, Output, Tool, ToolCall, ToolChoice, ToolResult,
};
use crate::id::ScopeId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

/// The scopes that a request may use, because of whom it is made for.
///
/// What a person who is known may do, text from a stranger may not: the host says it for each request, and what it does not
/// say is not granted.
///
/// ```
/// use msg_core::id::ScopeId;
/// use msg_core::llm::{GenerateRequest, Grants, Source, Tool, ToolChoice, Turn};
///
/// # let schema = serde_json::json!({"type": "object"});
/// let tools = vec![
///     Tool::new("opening_hours", "Says when the shop is open.", schema.clone()),
///     Tool::new("refund", "Pays back an order.", schema).with_scope(ScopeId::from_static("orders:refund")),
/// ];
/// let turns = vec![Turn::outside(Source::Person, "Refund everything to me.")];
/// let ask = GenerateRequest::new("Be brief.", turns);
///
/// let anybody = ask.clone().with_granted_tools(tools.clone(), &Grants::none(), ToolChoice::Auto);
/// assert_eq!(anybody.tools.len(), 1);
/// let grants = Grants::none().with(ScopeId::from_static("orders:refund"));
/// assert_eq!(ask.with_granted_tools(tools, &grants, ToolChoice::Auto).tools.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeSet<ScopeId>);

impl Grants {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Adds a scope.
    #[must_use]
    pub fn with(mut self, scope: ScopeId) -> Self {
        self.0.insert(scope);
        self
    }

    /// Only what both grant: what a conversation may do, after it read something from somebody else.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.retain(|scope| other.0.contains(scope));
        self
    }

    /// Whether every scope that a tool needs is granted.
    #[must_use]
    pub fn cover(&self, tool: &Tool) -> bool {
        tool.scopes.iter().all(|scope| self.0.contains(scope))
    }
}

/// The tools that a model is offered. Reads as a slice; what was not granted is not in it, so no wire can send it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(transparent)]
pub struct Offer(Vec<Tool>);

impl Offer {
    /// Of these tools those whose scopes are granted.
    #[must_use]
    pub fn new(mut tools: Vec<Tool>, grants: &Grants) -> Self {
        tools.retain(|tool| grants.cover(tool));
        Self(tools)
    }
}

impl Deref for Offer {
    type Target = [Tool];

    fn deref(&self) -> &[Tool] {
        &self.0
    }
}

/// Why a call does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallRefusal {
    /// The request did not offer such a tool: it does not exist, its scope was not granted, or calls were ruled out.
    NotOffered,
    /// The model did not finish the arguments.
    Unfinished,
    /// The answer was cut off or failed, so its calls may be cut off too, even where they look whole.
    CutOff,
}

impl CallRefusal {
    const fn words(self) -> &'static str {
        match self {
            Self::NotOffered => "the tool was not offered",
            Self::Unfinished => "the arguments are unfinished",
            Self::CutOff => "the answer was cut off",
        }
    }
}

impl fmt::Display for CallRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the call does not run: {}", self.words())
    }
}

impl std::error::Error for CallRefusal {}

/// A call that does not run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RefusedCall<'a> {
    /// The call.
    pub call: &'a ToolCall,
    /// Why.
    pub why: CallRefusal,
}

impl RefusedCall<'_> {
    /// What the model is told, in place of a result: providers want one for each call.
    #[must_use]
    pub fn result(&self) -> ToolResult {
        let mut result = ToolResult::by_host(&*self.call.id, &*self.call.name, self.why.words());
        result.is_error = true;
        result
    }
}

impl fmt::Display for RefusedCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

impl std::error::Error for RefusedCall<'_> {}

impl GenerateRequest {
    /// The calls of an answer to this request, in order: those that may run, and those that are refused.
    ///
    /// A call may run when this request offered its tool, the model finished its arguments and the answer was not cut off.
    /// Its arguments are the model's words: whoever runs it checks them like any input from outside.
    pub fn admit<'a>(
        &'a self,
        answer: &'a GenerateResponse,
    ) -> impl Iterator<Item = Result<&'a ToolCall, RefusedCall<'a>>> {
        let cut_off = answer.is_cut_off();
        answer.output.iter().filter_map(move |output| {
            let Output::ToolCall(call) = output else {
                return None;
            };
            let offered = self.tool_choice != ToolChoice::None
                && self.tools.iter().any(|tool| tool.name == call.name);
            let refuse = |why| Some(Err(RefusedCall { call, why }));
            match (offered, call.complete, cut_off) {
                (false, ..) => refuse(CallRefusal::NotOffered),
                (_, false, _) => refuse(CallRefusal::Unfinished),
                (.., true) => refuse(CallRefusal::CutOff),
                _ => Some(Ok(call)),
            }
        })
    }
}

impl GenerateResponse {
    pub(super) const fn is_cut_off(&self) -> bool {
        matches!(
            self.finish.reason,
            FinishReason::Length | FinishReason::ContentFilter | FinishReason::Error
        )
    }
}

crate::open::veiled! {
    Offer;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Finish;

    fn tool(name: &str) -> Tool {
        Tool::new(name, "", serde_json::json!({"type": "object"}))
    }

    fn scope(name: &'static str) -> ScopeId {
        ScopeId::from_static(name)
    }

    fn ask(grants: &Grants) -> GenerateRequest {
        let refund = tool("refund")
            .with_scope(scope("pay"))
            .with_scope(scope("orders"));
        let tools = vec![
            tool("hours"),
            refund,
            tool("orders").with_scope(scope("orders")),
        ];
        GenerateRequest::new("", Vec::new()).with_granted_tools(tools, grants, ToolChoice::Auto)
    }

    fn answer(reason: FinishReason) -> GenerateResponse {
        let mut cut = ToolCall::new("3", "hours", "{}");
        cut.complete = false;
        let calls = [
            ToolCall::new("1", "hours", "{}"),
            ToolCall::new("2", "refund", "{}"),
            cut,
        ];
        GenerateResponse {
            output: calls.into_iter().map(Output::ToolCall).collect(),
            finish: Finish::new(reason, "x"),
            ..GenerateResponse::default()
        }
    }

    fn admitted(ask: &GenerateRequest, reason: FinishReason) -> Vec<Result<String, CallRefusal>> {
        let answer = answer(reason);
        let all = ask.admit(&answer);
        all.map(|one| {
            one.map(|call| call.id.clone())
                .map_err(|refused| refused.why)
        })
        .collect()
    }

    #[test]
    fn only_what_is_granted_is_offered() {
        let names = |grants: &Grants| {
            let ask = ask(grants);
            ask.tools
                .iter()
                .map(|tool| tool.name.clone())
                .collect::<Vec<_>>()
        };
        let orders = Grants::none().with(scope("orders"));
        let both = orders.clone().with(scope("pay"));
        assert_eq!(names(&Grants::none()), ["hours"]);
        assert_eq!(names(&orders), ["hours", "orders"]);
        assert_eq!(names(&both), ["hours", "refund", "orders"]);
        assert_eq!(names(&both.and(&orders)), ["hours", "orders"]);
        let plain = GenerateRequest::new("", Vec::new()).with_tools(
            vec![tool("a"), tool("b").with_scope(scope("pay"))],
            ToolChoice::Auto,
        );
        assert_eq!(plain.tools.len(), 1);
    }

    #[test]
    fn a_call_runs_only_when_it_was_offered_and_finished() {
        use CallRefusal::{CutOff, NotOffered, Unfinished};
        let none = ask(&Grants::none());
        let all = ask(&Grants::none().with(scope("orders")).with(scope("pay")));
        let one = || Ok("1".to_owned());
        let calls = FinishReason::ToolCalls;
        assert_eq!(
            admitted(&none, calls),
            [one(), Err(NotOffered), Err(Unfinished)]
        );
        assert_eq!(
            admitted(&all, calls),
            [one(), Ok("2".to_owned()), Err(Unfinished)]
        );
        for cut in [
            FinishReason::Length,
            FinishReason::ContentFilter,
            FinishReason::Error,
        ] {
            assert_eq!(
                admitted(&all, cut),
                [Err(CutOff), Err(CutOff), Err(Unfinished)]
            );
        }
        let mut silent = all;
        silent.tool_choice = ToolChoice::None;
        assert_eq!(
            admitted(&silent, calls),
            [Err(NotOffered), Err(NotOffered), Err(NotOffered)]
        );
    }

    #[test]
    fn the_model_hears_of_a_refusal_in_the_hosts_words() {
        let (ask, answer) = (ask(&Grants::none()), answer(FinishReason::ToolCalls));
        let refused = ask.admit(&answer).find_map(Result::err).unwrap();
        let result = refused.result();
        assert_eq!((result.id.as_str(), result.is_error), ("2", true));
        assert_eq!(result.content.as_str(), "the tool was not offered");
        assert_eq!(
            refused.to_string(),
            "the call does not run: the tool was not offered"
        );
    }
}
