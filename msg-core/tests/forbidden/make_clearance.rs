//! Only the engine makes a clearance that says that checks were run.

use msg_core::Timestamp;
use msg_core::channel::Clearance;
use msg_core::digest::Digest;

fn clearance() -> Clearance {
    Clearance::checked(Digest::of(b"no checks at all"), Timestamp::UNIX_EPOCH)
}

fn main() {}
