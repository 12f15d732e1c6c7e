//! Files that never change and are too large to be told apart by a hash on every start: fonts and grammars. Their names hold
//! their version. A host that is one program hands out what is embedded here; another puts `assets/public` where its
//! platform serves files, and links none of it, because nothing of the site refers to it.

/// The system's voice.
pub(crate) const SANS: &str = "hanken-grotesk-5.3.0.woff2";
/// People's voice.
pub(crate) const SERIF: &str = "source-serif-4-5.3.1.woff2";
/// The machines' voice.
pub(crate) const MONO: &str = "jetbrains-mono-5.3.0.woff2";

/// What languages look like, for the engine of this very version.
pub(crate) const GRAMMARS: &str = "grammars-0.3.0.bundle";

/// The file of this name.
pub fn embedded(name: &str) -> Option<&'static [u8]> {
    match name {
        SANS => Some(include_bytes!("../assets/public/static/hanken-grotesk-5.3.0.woff2")),
        SERIF => Some(include_bytes!("../assets/public/static/source-serif-4-5.3.1.woff2")),
        MONO => Some(include_bytes!("../assets/public/static/jetbrains-mono-5.3.0.woff2")),
        GRAMMARS => Some(include_bytes!("../assets/public/static/grammars-0.3.0.bundle")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_embedded_and_named_in_the_style() {
        let style = include_str!("ui/fonts.css");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/public/static");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            assert_eq!(
                super::embedded(&name),
                Some(std::fs::read(entry.path()).unwrap().as_slice()),
                "{name}"
            );
            let is_named = style.contains(&format!("url(\"/static/{name}\")"));
            assert!(is_named || name == super::GRAMMARS, "{name}");
            count += 1;
        }
        assert_eq!((count, super::embedded("other.woff2")), (4, None));
    }
}
