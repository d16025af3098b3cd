//! Tests of the whole, in one program.

mod controls;
mod module_table;
mod recording;
