//! Inputs kept in `fuzz/corpus/<target>`: seeds that somebody wrote, and every input that ever failed.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The committed inputs of a target, in the order of their names; none when it has no folder.
pub(crate) fn load(root: &Path, target: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = root.join(target);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(fs::read).collect()
}

/// Writes an input that failed under a name made of its content, so that the same one is written once.
pub(crate) fn save(root: &Path, target: &str, input: &[u8]) -> io::Result<PathBuf> {
    let folder = root.join(target);
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("failed-{:016x}", fnv1a(input)));
    fs::write(&path, input)?;
    Ok(path)
}

/// As lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// FNV-1a, 64 bits (offset basis and prime of RFC 9923): a name, not a digest.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_loaded_again_once() {
        let root = std::env::temp_dir().join(format!("msg-fuzz-corpus-{}", std::process::id()));
        assert_eq!(load(&root, "t").unwrap(), Vec::<Vec<u8>>::new());
        let first = save(&root, "t", b"\x00ab").unwrap();
        assert_eq!(save(&root, "t", b"\x00ab").unwrap(), first);
        save(&root, "t", b"other").unwrap();
        let mut loaded = load(&root, "t").unwrap();
        loaded.sort();
        assert_eq!(loaded, [b"\x00ab".to_vec(), b"other".to_vec()]);
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn digits_are_readable() {
        assert_eq!(hex(&[0, 0xaf, 9]), "00af09");
        // The published test vector for "a".
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
