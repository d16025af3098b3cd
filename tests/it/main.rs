//! Tests of the whole, in one program.

mod cli;
mod controls;
mod module_table;
mod recording;
mod roll_up;
mod samples;
