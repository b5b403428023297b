//! What every email backend shares, whoever carries the mail, for who writes one of their own.
//!
//! | module | what it has |
//! |---|---|
//! | [`letter`] | a part as a mail: subject, text, HTML, files |
//! | [`header`] | ids and threads, one-click unsubscribing (RFC 8058), mailboxes |
//! | [`mime`] | a mail as bytes (RFC 5322, 2045, 2047, 2231) |
//! | [`text`] | HTML as text and back |
//! | [`reply`] | what a mail server's refusal means (RFC 5321, 3463) |
//! | [`bounce`] | why a mail came back, in six classes |
//! | [`event`] | what a provider reports of a mail, as events of the core |
//! | [`fetch`] | files of a mail that came in, where the provider keeps them |
//! | [`form`] | forms that providers post, with files |
//! | [`inbound`] | a mail that came in, as a message of the core; who wrote it, a person or a program |
//! | [`sender`] | what every mail of an account takes from its configuration |
//!
//! All of it is pure: no I/O, no clock, no random numbers.

pub mod bounce;
pub mod event;
pub mod fetch;
pub mod form;
pub mod header;
pub mod inbound;
pub mod letter;
pub mod mime;
pub mod reply;
pub mod sender;
pub mod text;

#[cfg(test)]
pub(crate) mod golden;
#[cfg(test)]
pub(crate) mod seen;
