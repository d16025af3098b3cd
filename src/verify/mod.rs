//! Checking a bundle, step by step, without trusting anybody but the caller's own list of keys.
//!
//! It must not reach a network or AWS, and must never say more than it checked.

pub mod predicate;
