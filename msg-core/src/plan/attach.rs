//! Which media go along with a mail, and how: as a file, as a picture in the text, or as a link.

use super::media::{Way, in_words_loss};
use super::path::Path;
use super::plot::Plot;
use crate::capability::{Field, Unit};
use crate::message::media::Email;
use crate::message::{Media, MediaKind, MediaSource};

impl Plot<'_> {
    /// How each of these goes with one mail, in their order. [`Way::Native`] is a file for bytes, and for an address a picture
    /// that is shown in the text.
    ///
    /// Where the files are too large together, as many as fit go along, the small ones first: so a channel that takes more
    /// never loses more of them.
    pub(super) fn mail_ways<'m>(&self, media: impl Iterator<Item = &'m Media>) -> Vec<Way> {
        let mut files = Vec::new();
        let mut ways: Vec<Way> = media
            .enumerate()
            .map(|(at, media)| {
                let way = self.mail_way(media);
                if let (Way::Native, MediaSource::Bytes(bytes)) = (way, &media.source) {
                    files.push((bytes.0.len(), at));
                }
                way
            })
            .collect();
        let Some(most) = self.limit(Field::Attachments).max(Unit::Bytes) else {
            return ways;
        };
        files.sort_unstable();
        let mut room = usize::try_from(most).unwrap_or(usize::MAX);
        for (size, at) in files {
            match (room.checked_sub(size), ways.get_mut(at)) {
                (Some(rest), _) => room = rest,
                (None, Some(way)) => *way = Way::Words,
                (None, None) => {}
            }
        }
        ways
    }

    /// How one goes with a mail, whatever else does.
    fn mail_way(&self, media: &Media) -> Way {
        let attaches = self.caps.attaches(&media.kind);
        match &media.source {
            // Nobody fetches what stands at an address: a program for mail shows pictures and opens the rest.
            MediaSource::Url(_) => {
                let shown = matches!(media.kind, MediaKind::Image | MediaKind::Animation);
                Self::media_way(media, attaches && shown)
            }
            // What was uploaded to a provider stays there.
            MediaSource::ProviderId(_) => Way::Words,
            MediaSource::Bytes(_) => Self::media_way(media, attaches),
        }
    }

    /// What the author attached and does not go along as a file, with the losses that this is.
    pub(super) fn left_behind<'m>(
        &mut self,
        email: &'m Email,
        path: &Path<'_>,
    ) -> Vec<(&'m Media, Way)> {
        let at = path.key("email");
        let at = at.key("attachments");
        let mut left = Vec::new();
        let ways = self.mail_ways(email.attachments.iter());
        for (index, (media, way)) in email.attachments.iter().zip(ways).enumerate() {
            // A picture at an address has no place in the author's text, so it is a link like the others.
            let way = match (way, &media.source) {
                (Way::Native, MediaSource::Url(_)) => Way::Link,
                (way, _) => way,
            };
            if way != Way::Native {
                self.losses
                    .push(in_words_loss(at.at(index).to_string(), way));
                left.push((media, way));
            }
        }
        left
    }
}
