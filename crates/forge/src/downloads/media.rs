//! What a file is handed out as. Nothing here ever makes a browser run what somebody pushed.

/// A type, and whether a browser may show it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Media {
    /// The value of `Content-Type`.
    pub(super) kind: &'static str,
    /// Shown in its place, or offered to be saved. Either way it can be an image of a page.
    pub(super) inline: bool,
}

const fn shown(kind: &'static str) -> Media {
    Media { kind, inline: true }
}

const TEXT: Media = shown("text/plain; charset=utf-8");
const BYTES: Media = Media { kind: "application/octet-stream", inline: false };

/// By the ending of the name. Images of XML and documents of PDF can hold programs: as images the former run none, and by
/// themselves neither is opened.
const KNOWN: &[(&str, Media)] = &[
    ("png", shown("image/png")),
    ("jpg", shown("image/jpeg")),
    ("jpeg", shown("image/jpeg")),
    ("gif", shown("image/gif")),
    ("webp", shown("image/webp")),
    ("avif", shown("image/avif")),
    ("bmp", shown("image/bmp")),
    ("ico", shown("image/x-icon")),
    ("svg", Media { kind: "image/svg+xml", inline: false }),
    ("mp4", shown("video/mp4")),
    ("m4v", shown("video/mp4")),
    ("webm", shown("video/webm")),
    ("ogv", shown("video/ogg")),
    ("mov", shown("video/quicktime")),
    ("mp3", shown("audio/mpeg")),
    ("m4a", shown("audio/mp4")),
    ("ogg", shown("audio/ogg")),
    ("oga", shown("audio/ogg")),
    ("opus", shown("audio/ogg")),
    ("wav", shown("audio/wav")),
    ("flac", shown("audio/flac")),
    ("pdf", Media { kind: "application/pdf", inline: false }),
];

/// Endings of what is text, for files whose beginning is not at hand.
const TEXTS: &[&str] = &[
    "txt", "md", "csv", "tsv", "log", "sql", "json", "jsonl", "ndjson", "xml", "html", "htm", "yml", "yaml",
    "toml", "c", "h", "cc", "cpp", "hpp", "rs", "go", "py", "js", "mjs", "ts", "java", "sh", "css", "tex",
    "po", "diff", "patch", "lock",
];

/// What a file of this name is that begins like this. No beginning: it is large, and has to be made first.
pub(super) fn of(name: &str, start: &[u8], size: u64) -> Media {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let is_binary = start.contains(&0);
    if let Some((_, media)) = KNOWN.iter().find(|(known, _)| *known == ending) {
        // A text with the name of a picture is a text: a pointer of Git LFS, say.
        let is_picture = media.inline && !start.is_empty();
        return if is_picture && is_text(start) { TEXT } else { *media };
    }
    match start.is_empty() && size > 0 {
        true if TEXTS.contains(&ending.as_str()) => TEXT,
        true => BYTES,
        false if is_binary => BYTES,
        false => TEXT,
    }
}

/// Whether this is UTF-8 that nothing but text has.
fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(_) => start.len(),
        Err(error) => error.valid_up_to(),
    };
    valid + 4 > start.len()
        && start.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs() {
        for name in ["a.html", "a.HTM", "a.xhtml", "a.xml", "a.js", "a.css", "a.svgz", "noname", "a.wasm"] {
            assert_eq!(of(name, b"<script>alert(1)</script>", 25), TEXT, "{name}");
        }
        let svg = of("a.svg", b"<svg onload='alert(1)'/>", 24);
        assert_eq!((svg.kind, svg.inline), ("image/svg+xml", false));
        assert!(!of("a.pdf", b"%PDF-1.7\n\x00", 10).inline);
        assert_eq!(of("a.wasm", b"\0asm", 4), BYTES);
    }

    #[test]
    fn files_are_what_they_are() {
        assert_eq!(of("a.PNG", b"\x89PNG\r\n\x1a\n\0", 9).kind, "image/png");
        assert_eq!(of("a.png", b"version https://git-lfs.github.com/spec/v1\n", 43), TEXT);
        assert_eq!(of("empty", b"", 0), TEXT);
        assert_eq!(of("large.sql", b"", 1 << 30), TEXT);
        assert_eq!(of("large", b"", 1 << 30), BYTES);
        assert_eq!(of("latin1.txt", b"caf\xe9 au lait, and more", 23), TEXT);
    }
}
