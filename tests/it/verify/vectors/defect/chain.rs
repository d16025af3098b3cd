//! Step 11: genuine bundles, but not the one that the caller asked for.

use crate::sealing::{HONEST, packed};

pub fn older_bundle_replayed() -> Vec<u8> {
    packed(&HONEST).bytes()
}
pub fn challenge_not_answered() -> Vec<u8> {
    packed(&HONEST).bytes()
}
pub fn not_the_next_of_the_chain() -> Vec<u8> {
    packed(&HONEST).bytes()
}
