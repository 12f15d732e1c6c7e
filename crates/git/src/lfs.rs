//! Pointers of Git LFS: a few lines of text in the place of a large file.

/// What a pointer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Hexadecimal SHA-256 of the file.
    pub oid: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The largest pointer.
pub const LARGEST: u64 = 1_024;

/// Reads a pointer, if this is one.
pub fn pointer(data: &[u8]) -> Option<Pointer> {
    if data.len() as u64 > LARGEST {
        return None;
    }
    let text = std::str::from_utf8(data).ok()?;
    let mut lines = text.lines();
    lines.next().filter(|line| *line == "version https://git-lfs.github.com/spec/v1")?;
    let (mut oid, mut size) = (None, None);
    for line in lines {
        match line.split_once(' ')? {
            ("oid", value) => oid = value.strip_prefix("sha256:").map(str::to_owned),
            ("size", value) => size = value.parse().ok(),
            _ => {}
        }
    }
    let oid = oid.filter(|oid| oid.len() == 64 && oid.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some(Pointer { oid, size: size? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_from_other_files() {
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
        assert_eq!(pointer(text.as_bytes()), Some(Pointer { oid: oid.into(), size: 12_345 }));
        assert_eq!(pointer(text.replace("sha256", "md5").as_bytes()), None);
        assert_eq!(pointer(b"version https://git-lfs.github.com/spec/v1\n"), None);
        assert_eq!(pointer(b"int main;\n"), None);
    }
}
