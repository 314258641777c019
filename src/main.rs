//! The program `kiosk`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kiosk::cli::main()
}
