#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

#[cfg(feature = "graph")]
pub mod graph;
#[cfg(feature = "inapp")]
pub mod inapp;
#[cfg(feature = "layers")]
pub mod layer;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "messagebird")]
pub mod messagebird;
#[cfg(feature = "plivo")]
pub mod plivo;
#[cfg(feature = "smtp")]
pub mod smtp;
#[cfg(feature = "telegram")]
pub mod telegram;
#[cfg(feature = "twilio")]
pub mod twilio;
#[cfg(feature = "wire")]
pub mod wire;
