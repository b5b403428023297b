//! Compiled templates: a JSON value whose strings are rendered one by one.

use super::bounds::{self, Unfit};
use super::say::{NotText, SAY, Say};
use handlebars::{Handlebars, RenderErrorReason};
use msg_core::message::Content;
use msg_core::{Error, ErrorKind};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Every compiled string, by name. Text and HTML differ in how they escape.
pub(super) struct Templates {
    text: Handlebars<'static>,
    html: Handlebars<'static>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Templates({})",
            self.text.get_templates().len() + self.html.get_templates().len()
        )
    }
}

/// One template: its name, and its value with the names of its strings in their place.
#[derive(Debug)]
pub(super) struct Template {
    name: String,
    value: Node,
}

/// A JSON value whose strings are compiled.
#[derive(Debug)]
enum Node {
    Text(String),
    Html(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    Other(Value),
}

impl Templates {
    pub(super) fn new() -> Self {
        let mut text = strict();
        text.register_escape_fn(handlebars::no_escape);
        Self {
            text,
            html: strict(),
        }
    }

    /// Compiles a message: a string is plain text, anything else is a content. That it reads as a content is checked
    /// now, with its strings as they stand.
    pub(super) fn compile(&mut self, name: &str, value: Value) -> Result<Template, Error> {
        if !value.is_string() {
            let read: Result<Content, _> = serde_json::from_value(value.clone());
            let known = read.map_err(|error| invalid("not a content", name).with_source(error))?;
            if let Content::Unknown(unknown) = known {
                return Err(
                    invalid("no such kind of content", name).with_context("kind", &*unknown.tag)
                );
            }
        }
        let value = self.node(name, &mut 0, None, value)?;
        Ok(Template {
            name: name.to_owned(),
            value,
        })
    }

    fn node(
        &mut self,
        name: &str,
        count: &mut usize,
        key: Option<&str>,
        value: Value,
    ) -> Result<Node, Error> {
        Ok(match value {
            Value::String(source) => {
                let id = format!("{name}#{count}");
                *count += 1;
                let is_html = key == Some("html");
                let registry = if is_html {
                    &mut self.html
                } else {
                    &mut self.text
                };
                let template = bounds::compile(&source, &id).map_err(|unfit| match unfit {
                    Unfit::Bounds(why) => invalid(why, name),
                    Unfit::Source(error) => {
                        invalid("the template cannot be read", name).with_source(error)
                    }
                })?;
                registry.register_template(&id, template);
                if is_html {
                    Node::Html(id)
                } else {
                    Node::Text(id)
                }
            }
            Value::Array(items) => Node::Array(
                items
                    .into_iter()
                    .map(|item| self.node(name, count, None, item))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(fields) => {
                let mut nodes = Vec::with_capacity(fields.len());
                for (key, field) in fields {
                    let node = self.node(name, count, Some(&key), field)?;
                    nodes.push((key, node));
                }
                Node::Object(nodes)
            }
            other => Node::Other(other),
        })
    }

    /// The content with its variables.
    pub(super) fn content(
        &self,
        template: &Template,
        vars: &Map<String, Value>,
    ) -> Result<Content, Error> {
        let vars = &*without_nulls(vars);
        if let Node::Text(id) = &template.value {
            return render(&self.text, id, &template.name, vars).map(Content::text);
        }
        let value = self.fill(&template.value, &template.name, vars)?;
        serde_json::from_value(value).map_err(|error| {
            invalid(
                "with these variables it is no content any more",
                &template.name,
            )
            .with_source(error)
        })
    }

    /// The text with its variables.
    pub(super) fn text(
        &self,
        template: &Template,
        vars: &Map<String, Value>,
    ) -> Result<String, Error> {
        match &template.value {
            Node::Text(id) => render(&self.text, id, &template.name, &without_nulls(vars)),
            _ => Err(invalid("not a text", &template.name)),
        }
    }

    fn fill(&self, node: &Node, name: &str, vars: &Map<String, Value>) -> Result<Value, Error> {
        Ok(match node {
            Node::Text(id) => render(&self.text, id, name, vars)?.into(),
            Node::Html(id) => render(&self.html, id, name, vars)?.into(),
            Node::Array(items) => items
                .iter()
                .map(|item| self.fill(item, name, vars))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            Node::Object(fields) => {
                let filled = fields
                    .iter()
                    .map(|(key, field)| Ok((key.clone(), self.fill(field, name, vars)?)));
                Value::Object(filled.collect::<Result<_, Error>>()?)
            }
            Node::Other(value) => value.clone(),
        })
    }
}

/// A registry in which a missing variable is an error. `log` is left out: it would write variables into the log.
fn strict() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.unregister_helper("log");
    registry.register_helper(SAY, Box::new(Say));
    registry
}

/// The variables without those that are null, which would leave an empty place where a missing one is an error.
fn without_nulls(vars: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    if !vars.values().any(has_null) {
        return Cow::Borrowed(vars);
    }
    let mut vars = vars.clone();
    drop_nulls(&mut vars);
    Cow::Owned(vars)
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

fn drop_nulls(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| !value.is_null());
    fields.values_mut().for_each(drop_inner_nulls);
}

/// Places of a list stay, so that nothing moves.
fn drop_inner_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => drop_nulls(fields),
        Value::Array(items) => items.iter_mut().for_each(drop_inner_nulls),
        _ => {}
    }
}

fn render(
    registry: &Handlebars<'_>,
    id: &str,
    name: &str,
    vars: &Map<String, Value>,
) -> Result<String, Error> {
    registry
        .render(id, vars)
        .map_err(|error| match error.reason() {
            RenderErrorReason::MissingVariable(Some(variable)) => {
                invalid(format!("the variable `{variable}` is missing"), name)
            }
            RenderErrorReason::NestedError(inner) if inner.is::<NotText>() => {
                invalid(inner.to_string(), name)
            }
            // The reason may quote a variable's value: only its kind is told.
            RenderErrorReason::HelperNotFound(helper) => {
                invalid(format!("no helper `{helper}`"), name)
            }
            _ => invalid("the template does not fit its variables", name),
        })
}

fn invalid(message: impl Into<Cow<'static, str>>, name: &str) -> Error {
    Error::new(ErrorKind::Invalid, message).with_context("template", name)
}
