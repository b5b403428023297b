//! Who is given a cleared part cannot clear another one with its proof.

use msg_core::channel::Cleared;
use msg_core::message::Part;

fn swap(given: &Cleared<Part>, other: Part) -> Cleared<Part> {
    given.clearance().clone().clear(other)
}

fn main() {}
