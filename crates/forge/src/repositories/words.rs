//! What a repository says about itself: a line, an address, and topics to be found by.

use gitflare_db::{FromColumn, ValueRef};

use crate::{Error, Result, http::is_authority, names};

/// How many topics there can be.
const MOST: usize = 20;

/// What is to be said; what is not given stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words<'a> {
    /// One line; empty for none.
    pub description: Option<&'a str>,
    /// Where there is more; empty for nowhere.
    pub website: Option<&'a str>,
    /// What it is about.
    pub topics: Option<Topics>,
}

/// Topics: lower case, each once, in the order of whoever named them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topics(Vec<String>);

impl Topics {
    /// Checks them.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut topics = Vec::new();
        for name in names {
            let name = topic(name)?;
            if !topics.contains(&name) {
                topics.push(name);
            }
        }
        if topics.len() > MOST {
            return Err(Error::invalid("names", format!("A repository has at most {MOST} topics")));
        }
        Ok(Self(topics))
    }

    /// Reads them as a form has them: with spaces or commas between.
    pub fn parse(text: &str) -> Result<Self> {
        Self::new(text.split([' ', ',', '\t']).filter(|name| !name.is_empty()))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// With spaces between, as they are stored and typed.
impl std::fmt::Display for Topics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// What the database holds was checked when it was written.
impl FromColumn for Topics {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        Ok(Self(String::from_column(value)?.split_whitespace().map(str::to_owned).collect()))
    }
}

/// One topic.
fn topic(name: &str) -> Result<String> {
    let name = name.trim().to_ascii_lowercase();
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 50 || name.starts_with('-') || !name.bytes().all(allowed) {
        let rule = "A topic has 1 to 50 letters, digits and '-', and begins with a letter or digit";
        return Err(Error::invalid("names", rule));
    }
    Ok(name)
}

/// Checks an address that is shown as a link: nothing but `http` and `https`, with nobody's name and password in it.
pub(super) fn website(text: &str) -> Result<String> {
    let text = names::line("homepage", text, 255)?;
    if text.is_empty() {
        return Ok(text);
    }
    let wrong = || Error::invalid("homepage", "A website is an address that begins with https:// or http://");
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
    let is_plain = rest.chars().all(|c| !c.is_whitespace() && !"\"<>\\^`{|}[]".contains(c));
    if !is_web || !is_plain || !is_authority(host) || host.starts_with(':') || !is_decodable(rest) {
        return Err(wrong());
    }
    // Letters outside ASCII are written as browsers send them.
    Ok(percent_encoding::utf8_percent_encode(&text, percent_encoding::CONTROLS).to_string())
}

/// Whether every `%` begins the number of a byte.
fn is_decodable(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics() {
        let topics = Topics::parse("Rust, git  self-hosted,rust").unwrap();
        assert_eq!(topics.to_string(), "rust git self-hosted");
        assert!(Topics::parse("").unwrap().is_empty());
        for bad in ["-a", "a_b", "ä", "a/b", &"x".repeat(51)] {
            assert!(Topics::parse(bad).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
        assert!(Topics::new(many.iter().map(String::as_str)).is_err());
        assert!(Topics::new(many[1..].iter().map(String::as_str)).is_ok());
    }

    #[test]
    fn websites() {
        for good in ["https://example.org", "http://127.0.0.1:80/a?b=%20#c", "HTTPS://Example.org/", ""] {
            assert_eq!(website(good).unwrap(), good);
        }
        assert_eq!(website(" https://example.org/ä ").unwrap(), "https://example.org/%C3%A4");
        for bad in [
            "example.org",
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "https://",
            "https://:80",
            "https://u:p@example.org",
            "https://exa mple.org",
            "https://example.org/<script>",
            "https://example.org/%zz",
            "ftp://example.org",
        ] {
            assert!(website(bad).is_err(), "{bad}");
        }
    }
}
