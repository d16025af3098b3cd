//! Tests of the whole, in one program.

mod module_table;
mod recording;
