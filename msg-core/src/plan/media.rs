//! Media: as they are, with a caption, as an album, or as links with their alternative text.

use super::flat::{Flat, Say};
use super::path::Path;
use super::plot::{Frame, Plot};
use super::{Loss, LossKind, Rule, Severity};
use crate::capability::Field;
use crate::message::part::MediaPart;
use crate::message::render::is_public_https;
use crate::message::{ContentKind, Media, MediaKind, MediaSource};

/// How one item can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As it is.
    Native,
    /// As a link.
    Link,
    /// Only its alternative text: the channel does not carry it and it has no address.
    Words,
    /// Only its alternative text: its address must not be given out.
    Refused,
}

impl Plot<'_> {
    /// How an item can be shown here. `carried` says whether this kind of media is carried.
    pub(super) fn media_way(media: &Media, carried: bool) -> Way {
        match &media.source {
            MediaSource::Url(url) if !is_public_https(url) => Way::Refused,
            _ if carried => Way::Native,
            MediaSource::Url(_) => Way::Link,
            MediaSource::ProviderId(_) | MediaSource::Bytes(_) => Way::Words,
        }
    }

    /// Says text, media and options in the way that loses least.
    pub(super) fn tell<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
    ) -> bool {
        self.losses.extend(flat.losses.iter().cloned());
        if flat.media.is_empty() {
            return self.ask(flat, frame, path);
        }
        self.best(&[
            &|plot| plot.media_with_caption(flat, frame, path),
            &|plot| plot.media_then_text(flat, frame, path),
            &|plot| plot.media_in_text(flat, frame, path),
        ])
    }

    /// Whether everything can be shown as it is.
    fn all_native(&self, flat: &Flat<'_>) -> bool {
        flat.media.iter().all(|(media, _)| {
            Self::media_way(media, self.caps.carries_media(&media.kind)) == Way::Native
        })
    }

    /// One message, or one album, with the text as its caption.
    fn media_with_caption<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
    ) -> bool {
        if !self.all_native(flat) {
            return false;
        }
        let mut albums = self.albums(flat);
        let Some(first) = albums.first_mut() else {
            return false;
        };
        if flat.options.is_empty() {
            let mut flow = flat.flow(self.dialect, frame);
            flat.finish(&mut flow, frame);
            if !flow.is_empty() {
                if !first.items.iter().all(takes_caption) {
                    return false;
                }
                let Some(caption) = self.whole(&flow, self.limit(Field::Caption), path) else {
                    return false;
                };
                first.caption = Some(caption);
            }
        } else {
            let one = first.items.len() == 1 && first.items.iter().all(takes_caption);
            let carried =
                self.caps.carries(ContentKind::Choice) && self.caps.combos.buttons_with_media;
            if !one || !carried || albums.len() > 1 {
                return false;
            }
            let Some((caption, buttons)) = self.caption_with_buttons(flat, frame, path) else {
                return false;
            };
            if let Some(first) = albums.first_mut() {
                (first.caption, first.buttons) = (Some(caption), buttons);
            }
        }
        self.push_albums(albums, path);
        true
    }

    /// The media first, then the text by itself.
    fn media_then_text<'f>(
        &mut self,
        flat: &'f Flat<'f>,
        frame: Frame<'f>,
        path: &Path<'_>,
    ) -> bool {
        if !self.all_native(flat) {
            return false;
        }
        let flow = flat.flow(self.dialect, frame);
        if flow.is_empty() && flat.options.is_empty() && frame.tail.is_none() && flat.last.is_none()
        {
            return false;
        }
        let albums = self.albums(flat);
        let parts = albums.len() + 1;
        // What is said before must come first.
        let lead = Frame {
            tail: None,
            ..frame
        };
        if frame.lead.is_some() && flat.says.is_empty() {
            return self.around(lead, path, |plot| {
                plot.push_albums(albums, path);
                plot.was_split(path, parts, Rule::Limit);
                plot.ask(flat, frame.foot(), path)
            });
        }
        self.push_albums(albums, path);
        self.was_split(path, parts, Rule::Limit);
        self.ask(flat, frame, path)
    }

    /// What can be shown as it is, and the rest as links and alternative text.
    fn media_in_text<'f>(&mut self, flat: &'f Flat<'f>, frame: Frame<'f>, path: &Path<'_>) -> bool {
        let mut rest = flat.clone();
        rest.losses.clear();
        let mut native = Flat::default();
        rest.media.retain(|(media, at)| {
            let carried = self.caps.carries_media(&media.kind);
            let stays = Self::media_way(media, carried) != Way::Native;
            if !stays {
                native.media.push((media, at.clone()));
            }
            stays
        });
        // What a place in the text stands for is counted over all media.
        let words = |at: usize| {
            let (media, _) = flat.media.get(at)?;
            let way = Self::media_way(media, self.caps.carries_media(&media.kind));
            in_words(media, way).filter(|_| way != Way::Native)
        };
        put_in_place(&mut rest.says, flat.media.len(), words);
        for (media, at) in std::mem::take(&mut rest.media) {
            let way = Self::media_way(media, self.caps.carries_media(&media.kind));
            self.losses.push(in_words_loss(at, way));
        }
        let albums = self.albums(&native);
        let count = albums.len();
        self.push_albums(albums, path);
        if rest.says.is_empty()
            && rest.options.is_empty()
            && frame.is_empty()
            && rest.last.is_none()
        {
            return count > 0;
        }
        if count > 0 {
            self.was_split(path, count + 1, Rule::Limit);
        }
        self.ask(&rest, frame, path)
    }

    /// Puts all media into words.
    pub(super) fn media_to_words(&mut self, flat: &mut Flat<'_>) {
        let media = std::mem::take(&mut flat.media);
        let words = |at: usize| {
            let (media, _) = media.get(at)?;
            in_words(media, Self::media_way(media, false))
        };
        put_in_place(&mut flat.says, media.len(), words);
        for (media, at) in media {
            let way = Self::media_way(media, false);
            self.losses.push(in_words_loss(at, way));
        }
    }

    /// Groups of items that can be sent as one message each.
    fn albums(&self, flat: &Flat<'_>) -> Vec<MediaPart> {
        let most = self.limit(Field::Album).items().max(1);
        let mut albums: Vec<MediaPart> = Vec::new();
        for (media, _) in &flat.media {
            let joins = |album: &&mut MediaPart| {
                let same = self.caps.combos.mixed_album
                    || album.items.iter().all(|item| item.kind == media.kind);
                same && album.items.len() < most
                    && in_album(media)
                    && album.items.iter().all(in_album)
            };
            match albums.last_mut().filter(joins) {
                Some(album) => album.items.push((*media).clone()),
                None => albums.push(MediaPart::new(vec![(*media).clone()])),
            }
        }
        albums
    }

    fn push_albums(&mut self, albums: Vec<MediaPart>, path: &Path<'_>) {
        if albums.len() > 1 {
            self.was_split(path, albums.len(), Rule::Limit);
        }
        self.parts.extend(albums.into_iter().map(Into::into));
    }
}

/// Replaces every place of media by their words; media without a place follow at the end.
fn put_in_place<'f>(
    says: &mut Vec<Say<'f>>,
    count: usize,
    words: impl Fn(usize) -> Option<Say<'f>>,
) {
    let mut placed = false;
    let mut out = Vec::with_capacity(says.len() + count);
    for say in says.drain(..) {
        if let Say::Media(at) = say {
            placed = true;
            out.extend(words(at));
        } else {
            out.push(say);
        }
    }
    if !placed {
        out.extend((0..count).filter_map(words));
    }
    *says = out;
}

/// Whether media of this kind can have a caption on every channel that has captions.
fn takes_caption(media: &Media) -> bool {
    matches!(
        media.kind,
        MediaKind::Image | MediaKind::Video | MediaKind::Animation | MediaKind::File
    )
}

/// Whether media of this kind can be in an album.
fn in_album(media: &Media) -> bool {
    matches!(
        media.kind,
        MediaKind::Image | MediaKind::Video | MediaKind::File | MediaKind::Audio
    )
}

/// An item in words. Its alternative text always survives; it may have none.
pub(super) fn in_words(media: &Media, way: Way) -> Option<Say<'_>> {
    let alt = if media.alt.trim().is_empty() {
        media.filename.as_deref().unwrap_or_default()
    } else {
        &media.alt
    };
    match (way, media.url()) {
        (Way::Link, Some(url)) => Some(Say::Link { label: alt, url }),
        _ if alt.trim().is_empty() => None,
        _ => Some(Say::Line(alt.into())),
    }
}

/// What an item in words loses.
pub(super) fn in_words_loss(path: String, way: Way) -> Loss {
    match way {
        Way::Words => Loss::new(path, LossKind::Dropped, Severity::Major, Rule::NotCarried),
        Way::Refused => Loss::new(path, LossKind::Dropped, Severity::Major, Rule::SafeLinks),
        Way::Link | Way::Native => Loss::new(
            path,
            LossKind::MediaToLink,
            Severity::Minor,
            Rule::NotCarried,
        ),
    }
}
