//! How a value becomes the words of a message: text, numbers and truth values do; lists and objects do not.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value;

/// The name of [`Say`]. It holds a space, so that no variable and no call of a template has it.
pub(super) const SAY: &str = "say value";

/// Gives its one value, if a reader can read it.
pub(super) struct Say;

/// A template names a variable that is no text: the reader would see `[object]`, or a list in brackets.
#[derive(Debug)]
pub(super) struct NotText {
    variable: String,
    kind: &'static str,
}

impl std::error::Error for NotText {}

impl std::fmt::Display for NotText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { variable, kind } = self;
        write!(f, "the variable `{variable}` is {kind}, not a text")
    }
}

impl HelperDef for Say {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let named = call
            .param(0)
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("say", 0))?;
        let kind = match named.value() {
            Value::Object(_) => "an object",
            Value::Array(_) => "a list",
            // A null in a list, which stays so that nothing moves.
            Value::Null => {
                return Err(
                    RenderErrorReason::MissingVariable(named.relative_path().cloned()).into(),
                );
            }
            value => return Ok(ScopedJson::Derived(value.clone())),
        };
        let variable = named
            .relative_path()
            .cloned()
            .unwrap_or_else(|| "lookup".to_owned());
        Err(RenderErrorReason::NestedError(Box::new(NotText { variable, kind })).into())
    }
}
