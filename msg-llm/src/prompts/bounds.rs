//! What a template may be. Templates are data, and people who write words edit them: none may take the process down.

use super::say::SAY;
use handlebars::template::{HelperTemplate, Parameter, Subexpression, TemplateElement};
use handlebars::{Template, TemplateError};

/// The longest source of one string, in bytes. Reading one takes time that grows with the square of its expressions: ten
/// thousand of them take seconds.
const LONGEST: usize = 64 << 10;
/// The most expressions in one string; see [`LONGEST`].
const MOST: usize = 2048;
/// How deep blocks and calls may nest. Rendering uses the stack for each level; a thousand overflow a thread's.
const DEEPEST: usize = 32;

/// Why a template is not taken.
#[derive(Debug)]
pub(super) enum Unfit {
    /// What it would do, or how large it is.
    Bounds(&'static str),
    /// It cannot be read.
    Source(Box<TemplateError>),
}

/// Reads a template, and refuses what could not be rendered safely. Every place for a value asks [`SAY`] for its text.
pub(super) fn compile(source: &str, id: &str) -> Result<Template, Unfit> {
    if source.len() > LONGEST || source.matches("{{").count() > MOST {
        return Err(Unfit::Bounds(
            "a template has at most 65536 bytes and 2048 expressions",
        ));
    }
    let mut template = Template::compile_with_name(source, id.to_owned())
        .map_err(|error| Unfit::Source(Box::new(error)))?;
    all(&template, 0)?;
    say_values(&mut template);
    Ok(template)
}

/// Puts [`SAY`] before every value that would be written: what it may be is known when its variables are.
fn say_values(template: &mut Template) {
    for element in &mut template.elements {
        match element {
            TemplateElement::HtmlExpression(call) | TemplateElement::Expression(call) => {
                say_value(call);
            }
            TemplateElement::HelperBlock(call) => {
                let blocks = [&mut call.template, &mut call.inverse];
                blocks.into_iter().flatten().for_each(say_values);
            }
            _ => {}
        }
    }
}

fn say_value(call: &mut HelperTemplate) {
    let called = std::mem::replace(&mut call.name, Parameter::Name(SAY.to_owned()));
    if call.params.is_empty() && call.hash.is_empty() {
        call.params.push(called);
    } else if called.as_name() == Some("lookup") {
        // The one call that gives a value of any kind.
        let (params, hash) = (
            std::mem::take(&mut call.params),
            std::mem::take(&mut call.hash),
        );
        let value = Subexpression::new(called, params, hash);
        call.params.push(Parameter::Subexpression(value));
    } else {
        call.name = called;
    }
}

fn all(template: &Template, depth: usize) -> Result<(), Unfit> {
    template
        .elements
        .iter()
        .try_for_each(|element| one(element, depth))
}

fn one(element: &TemplateElement, depth: usize) -> Result<(), Unfit> {
    if depth > DEEPEST {
        return Err(Unfit::Bounds("a template nests at most 32 levels deep"));
    }
    match element {
        TemplateElement::RawString(_) | TemplateElement::Comment(_) => Ok(()),
        TemplateElement::HtmlExpression(call)
        | TemplateElement::Expression(call)
        | TemplateElement::HelperBlock(call) => parts(call, depth + 1),
        // Partials and decorators: one may include itself, and a variable could choose which one is included.
        _ => Err(Unfit::Bounds("a template includes no other template")),
    }
}

fn parts(call: &HelperTemplate, depth: usize) -> Result<(), Unfit> {
    for parameter in call.params.iter().chain(call.hash.values()) {
        if let Parameter::Subexpression(inner) = parameter {
            // Handlebars panics when what is called has no name of its own.
            if let TemplateElement::Expression(called) = inner.as_element()
                && called.name.as_name().is_none()
            {
                return Err(Unfit::Bounds("what is called in brackets needs a name"));
            }
            one(inner.as_element(), depth)?;
        }
    }
    if let Parameter::Subexpression(_) = call.name {
        return Err(Unfit::Bounds("what is called needs a name"));
    }
    let blocks = [&call.template, &call.inverse];
    blocks
        .into_iter()
        .flatten()
        .try_for_each(|block| all(block, depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(source: &str) -> Option<&'static str> {
        match compile(source, "a/en#0") {
            Ok(_) => None,
            Err(Unfit::Bounds(why)) => Some(why),
            Err(Unfit::Source(error)) => panic!("{error}"),
        }
    }

    fn nested(levels: usize) -> String {
        "{{#if a}}".repeat(levels) + "x" + &"{{/if}}".repeat(levels)
    }

    #[test]
    fn what_would_overflow_the_stack_or_never_end_is_refused() {
        assert_eq!(bound(&nested(DEEPEST)), None);
        assert!(bound(&nested(1000)).unwrap().contains("levels"));
        let calls = format!(
            "{{{{#if {}a{}}}}}x{{{{/if}}}}",
            "(not ".repeat(200),
            ")".repeat(200)
        );
        assert!(bound(&calls).unwrap().contains("levels"));
        let elses = "{{#if a}}{{else}}".repeat(100) + &"{{/if}}".repeat(100);
        assert!(bound(&elses).unwrap().contains("levels"));
        assert!(bound(&"x".repeat(LONGEST + 1)).unwrap().contains("bytes"));
        assert!(
            bound(&"{{a}}".repeat(MOST + 1))
                .unwrap()
                .contains("expressions")
        );
        assert_eq!(bound(&"{{a}}".repeat(100)), None);
    }

    #[test]
    fn no_template_includes_another() {
        for source in [
            "{{> other}}",
            "{{> (lookup this \"which\")}}",
            "{{#> other}}x{{/other}}",
            "{{#*inline \"p\"}}{{> p}}{{/inline}}{{> p}}",
            "{{#if a}}{{> other}}{{/if}}",
        ] {
            assert_eq!(
                bound(source),
                Some("a template includes no other template"),
                "{source}"
            );
        }
    }

    #[test]
    fn what_is_called_has_a_name() {
        for source in [
            "{{#if ((a) b)}}x{{/if}}",
            "{{((a) b) c}}",
            "{{lookup a b=((c) d)}}",
        ] {
            assert!(compile(source, "a/en#0").is_err(), "{source}");
        }
    }
}
