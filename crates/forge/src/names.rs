//! Names of accounts and repositories: every rule about them, one message per rule.
//!
//! Names are shown as typed and compared by their ASCII lower case. ASCII only, so there are no look-alike letters.

use std::fmt;

use crate::{Error, Result};

/// First path segments that no account may be called, because pages and files live there or it would mislead.
pub const RESERVED: &[&str] = &[
    "api",
    "assets",
    "static",
    "avatars",
    "attachments",
    "login",
    "logout",
    "signup",
    "setup",
    "settings",
    "new",
    "dashboard",
    "admin",
    "search",
    "explore",
    "notifications",
    "issues",
    "pulls",
    "stars",
    "topics",
    "users",
    "orgs",
    "organizations",
    "teams",
    "user",
    "repos",
    "repositories",
    "invitations",
    "invite",
    "oauth",
    "sessions",
    "hooks",
    "events",
    "live",
    "raw",
    "archive",
    "gist",
    "gists",
    "help",
    "docs",
    "about",
    "terms",
    "privacy",
    "security",
    "contact",
    "status",
    "health",
    "healthz",
    "metrics",
    "robots.txt",
    "sitemap.xml",
    "favicon.ico",
    "manifest.json",
    "llms.txt",
    ".well-known",
    "graphql",
    "mcp",
    "lfs",
    "import",
    "packages",
    "actions",
    "marketplace",
    "trending",
    "features",
    "pricing",
    "enterprise",
    "git",
    "root",
    "administrator",
    "system",
    "site",
    "ghost",
    "anonymous",
    "nobody",
    "everyone",
    "all",
    "none",
    "null",
    "undefined",
    "me",
    "self",
    "bot",
    "www",
    "mail",
    "support",
    "styleguide",
];

const ACCOUNT_ENDINGS: &[&str] =
    &[".git", ".keys", ".gpg", ".atom", ".rss", ".png", ".json", ".diff", ".patch"];
const REPOSITORY_ENDINGS: &[&str] = &[".git", ".wiki", ".atom", ".rss"];

/// The name of a user or organisation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountName(String);

/// The name of a repository, without its owner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepositoryName(String);

/// `OWNER/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FullName {
    /// The owner.
    pub owner: AccountName,
    /// The repository.
    pub name: RepositoryName,
}

impl AccountName {
    /// Checks the form. Reserved names have the right form: [`AccountName::check_free`] refuses them to new accounts.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |message: &str| Err(Error::invalid("name", message));
        if text.is_empty() || text.len() > 39 {
            return refuse("An account name has 1 to 39 characters");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || is_mark(b)) {
            return refuse("An account name may contain letters, digits, '-', '_' and '.' only");
        }
        let bytes = text.as_bytes();
        if bytes.first().copied().is_some_and(is_mark) || bytes.last().copied().is_some_and(is_mark) {
            return refuse("An account name begins and ends with a letter or digit");
        }
        if bytes.windows(2).any(|pair| pair.iter().copied().all(is_mark)) {
            return refuse("An account name may not have two of '-', '_' and '.' in a row");
        }
        if let Some(ending) = ending(text, ACCOUNT_ENDINGS) {
            return Err(Error::invalid("name", format!("An account name may not end in '{ending}'")));
        }
        Ok(Self(text.to_owned()))
    }

    /// Refuses reserved names.
    pub fn check_free(&self) -> Result<()> {
        if RESERVED.contains(&self.folded().as_str()) {
            return Err(Error::invalid("name", format!("The name '{self}' is reserved")));
        }
        Ok(())
    }
}

impl RepositoryName {
    /// Checks the form.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |message: &str| Err(Error::invalid("name", message));
        if text.is_empty() || text.len() > 100 {
            return refuse("A repository name has 1 to 100 characters");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || is_mark(b)) {
            return refuse("A repository name may contain letters, digits, '.', '_' and '-' only");
        }
        if text == "." || text == ".." {
            return refuse("A repository may not be called '.' or '..'");
        }
        if text.starts_with('-') {
            return refuse("A repository name may not begin with '-'");
        }
        if let Some(ending) = ending(text, REPOSITORY_ENDINGS) {
            return Err(Error::invalid("name", format!("A repository name may not end in '{ending}'")));
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads a name from a URL, where `.git` at the end means nothing.
    pub fn from_url(segment: &str) -> Result<Self> {
        Self::parse(segment.strip_suffix(".git").unwrap_or(segment))
    }
}

impl FullName {
    /// Reads `OWNER/NAME`, as the command line takes it.
    pub fn parse(text: &str) -> Result<Self> {
        let Some((owner, name)) = text.split_once('/') else {
            return Err(Error::invalid("repository", "A repository is named OWNER/NAME"));
        };
        Ok(Self { owner: AccountName::parse(owner)?, name: RepositoryName::from_url(name)? })
    }
}

macro_rules! name {
    ($($name:ident),*) => {$(
        impl $name {
            /// As typed.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form names are compared by.
            pub fn folded(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// What the database holds was checked when it was written.
        impl gitflare_db::FromColumn for $name {
            fn from_column(value: gitflare_db::ValueRef<'_>) -> gitflare_db::Result<Self> {
                String::from_column(value).map(Self)
            }
        }
    )*};
}
name!(AccountName, RepositoryName);

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.')
}

fn ending(text: &str, endings: &'static [&'static str]) -> Option<&'static str> {
    let folded = text.to_ascii_lowercase();
    endings.iter().copied().find(|ending| folded.ends_with(ending))
}

/// Cuts white space off, refuses control and text-direction characters and what is longer than `limit` characters.
pub fn line(field: &'static str, text: &str, limit: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > limit {
        return Err(Error::invalid(field, format!("At most {limit} characters")));
    }
    if text.chars().any(|c| c.is_control() || is_direction(c)) {
        return Err(Error::invalid(field, "Control and text-direction characters are not allowed"));
    }
    Ok(text.to_owned())
}

/// The same for a text of several lines, whose line ends stay.
pub fn text(field: &'static str, text: &str, limit: usize) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > limit {
        return Err(Error::invalid(field, format!("At most {limit} characters")));
    }
    if text.chars().any(|c| (c.is_control() && c != '\n') || is_direction(c)) {
        return Err(Error::invalid(field, "Control and text-direction characters are not allowed"));
    }
    Ok(text)
}

/// Characters that make text read in another order than it is stored.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names() {
        for good in ["a", "Ada", "a-b", "a.b", "a_b", "0x", &"x".repeat(39)] {
            assert!(AccountName::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", "-a", "a-", ".a", "a.", "a--b", "a-_b", "a b", "ä", "a/b", "x.git", "x.PNG", &"x".repeat(40)]
        {
            assert!(AccountName::parse(bad).is_err(), "{bad}");
        }
        assert!(AccountName::parse("Settings").unwrap().check_free().is_err());
        assert!(AccountName::parse("ada").unwrap().check_free().is_ok());
    }

    #[test]
    fn repository_names() {
        for good in [".github", "a..b", "_x", "demo-", "git", &"x".repeat(100)] {
            assert!(RepositoryName::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", ".", "..", "-x", "x.git", "x.GIT", "x.wiki", "a b", "a/b", "a\0b", "ä", &"x".repeat(101)]
        {
            assert!(RepositoryName::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(RepositoryName::from_url("demo.git").unwrap().as_str(), "demo");
    }

    #[test]
    fn lines() {
        assert_eq!(line("d", " a ", 3).unwrap(), "a");
        assert!(line("d", "a\u{202e}b", 9).is_err());
        assert!(line("d", "a\nb", 9).is_err());
        assert!(line("d", "abcd", 3).is_err());
    }
}
