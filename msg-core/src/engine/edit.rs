//! Applies the edits of a rewrite.

use crate::message::{Content, Draft};
use crate::policy::Edit;

/// Puts edits into a draft's lines and a content's text. Of spans that overlap the first one wins; a span that does
/// not fit the text is left out. Returns whether the content changed.
pub(crate) fn apply(edits: &[Edit], draft: &mut Draft, content: &mut Content) -> bool {
    let mut replacements = Vec::new();
    for edit in edits {
        match edit {
            Edit::Replace { span, with } => replacements.push((*span, with.as_str())),
            Edit::Footer(line) => draft.footer = Some(line.clone()),
            Edit::Disclosure(line) => draft.disclosure = Some(line.clone()),
        }
    }
    replacements.sort_by_key(|(span, _)| (span.run, span.start));
    let mut run = 0_u32;
    let mut changed = false;
    content.for_each_text_mut(&mut |text| {
        let mine: Vec<_> = replacements
            .iter()
            .filter(|(span, _)| span.run == run)
            .collect();
        run += 1;
        if mine.is_empty() {
            return;
        }
        let mut rewritten = String::with_capacity(text.len());
        let mut done = 0;
        for (span, with) in mine {
            let (start, end) = (span.start as usize, span.end as usize);
            let Some(before) = text
                .get(done..start)
                .filter(|_| text.get(start..end).is_some())
            else {
                continue;
            };
            rewritten.push_str(before);
            rewritten.push_str(with);
            done = end;
        }
        rewritten.push_str(text.get(done..).unwrap_or_default());
        changed |= *text != rewritten;
        *text = rewritten;
    });
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TenantId;
    use crate::message::{Address, Purpose};
    use crate::policy::Span;

    #[test]
    fn spans_are_replaced_and_wrong_ones_left_out() {
        let to = Address::in_app("a").unwrap();
        let mut content = Content::text("call 123 or 456");
        let mut draft = Draft::new(
            TenantId::new("t").unwrap(),
            to,
            Purpose::Service,
            content.clone(),
        );
        let replace = |start, end, with: &str| Edit::Replace {
            span: Span::new(0, start..end),
            with: with.into(),
        };
        let edits = [
            replace(12, 15, "B"),
            replace(5, 8, "A"),
            replace(6, 9, "overlap"),
            replace(90, 99, "far"),
        ];
        assert!(apply(&edits, &mut draft, &mut content));
        assert_eq!(content, Content::text("call A or B"));
        assert!(!apply(
            &[Edit::Footer("STOP to end".into())],
            &mut draft,
            &mut content
        ));
        assert_eq!(draft.footer.as_deref(), Some("STOP to end"));
    }
}
