//! Every layer around a scripted adapter: its rules, and the public suite of adapters.
#![cfg(test)]
#![cfg(feature = "layers")]

mod breaker;
mod conformance;
mod engine;
mod failover;
mod kill_switch;
mod retry;
mod sandbox;
mod support;
mod throttle;
