//! The program `poolproof-verify`: what an auditor installs. Without features it holds no AWS code, no async runtime and no
//! network code. Everything is in the library; this only hands over the arguments.

use std::process::ExitCode;

fn main() -> ExitCode {
    poolproof::cli::verify::main(std::env::args_os())
}
