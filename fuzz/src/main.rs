//! Fuzz targets, also in their property-test form for a stable toolchain.
fn main() {}
