//! The rongtong command.
fn main() {}
