//! The `vela` command.

fn main() {}
