//! The one definition of what must pass, and the tools of the workspace.
fn main() {}
