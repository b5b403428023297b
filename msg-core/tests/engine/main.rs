//! The engine's steps, end to end over memory, with fakes at every edge.
#![cfg(test)]

mod attack;
mod cap;
mod dispatch;
mod fallback;
mod generate;
mod moved;
mod raw;
mod reach;
mod receive;
mod release;
mod status;
mod submit;
mod traces;
mod world;
