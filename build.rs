//! Makes the binary start fast on Linux with glibc: `emp emit` is a process for every event.
//!
//! It is linked to a fixed address. The dynamic loader then has nothing to relocate, which was half
//! of all instructions of one `emp emit` and 12 % of its time. The price is that the binary's own
//! code lies where it always lies; libraries, stack and heap are still placed at random.
//!
//! And the unwinder of GCC is linked in instead of loading `libgcc_s.so` at every start.
//!
//! The library asks the processor for its features when it is loaded, and a virtual machine answers
//! each such question slowly: together a tenth of one `emp emit`. Where the archive is not to be
//! found, nothing changes.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    let gnu_linux = variable("CARGO_CFG_TARGET_OS") == "linux"
        && variable("CARGO_CFG_TARGET_ENV") == "gnu"
        && !variable("CARGO_CFG_TARGET_FEATURE").contains("crt-static");
    if !gnu_linux || variable("HOST") != variable("TARGET") {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    if has_archive() {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

fn has_archive() -> bool {
    let asked = Command::new("cc")
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    asked.is_ok_and(|answer| {
        let path = String::from_utf8_lossy(&answer.stdout);
        Path::new(path.trim()).is_absolute()
    })
}
