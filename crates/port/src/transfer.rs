//! A git transfer: who does what to a repository, decided by the site before any byte of the body moves.

use serde::{Deserialize, Serialize};

/// The two services of the smart protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Fetch and clone.
    UploadPack,
    /// Push.
    ReceivePack,
}

impl Service {
    /// The name on the wire: `git-upload-pack` or `git-receive-pack`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

/// Whom a change is recorded under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account's permanent id; 0 is the local administrator.
    pub account: i64,
    /// The account's name at that time, for the reflog.
    pub name: String,
    /// The address the request came from, if over the network.
    pub address: Option<String>,
}

/// On whose behalf a repository acts. Rights were decided by the site; the repository only enforces what is said here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Who asks; `None` is an anonymous reader.
    pub identity: Option<Identity>,
    /// Ref-name prefixes (percent-encoded) that are hidden from this caller.
    #[serde(default)]
    pub hidden: Vec<String>,
    /// Ref-name prefixes nobody may change from outside (`refs/pull/`).
    #[serde(default)]
    pub locked: Vec<String>,
}

/// The largest body a push may have where the host has a limit of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyLimit {
    /// Bytes as they come over the wire.
    pub bytes: u64,
    /// What the client is told above it: the first line as the reason, each further one as a line for the user. What is
    /// there to do belongs here, because only the host knows.
    pub text: String,
}

/// The head of a transfer. The body follows as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which service.
    pub service: Service,
    /// 0, 1 or 2, as the client asked.
    pub version: u8,
    /// Whether this is the advertisement (`info/refs`) instead of a request with a body.
    pub advertise: bool,
    /// One request and one answer (HTTP), or a conversation (stdio, SSH).
    pub stateless: bool,
    /// Whether the body is gzip-encoded.
    pub gzip: bool,
    /// On whose behalf.
    pub caller: Caller,
    /// Lines for the `remote:` output after a push that moved a ref: the page of the repository, say.
    #[serde(default)]
    pub notices: Vec<String>,
    /// The URL that opens a pull request for a new branch, with `{branch}` where its percent-encoded name goes.
    #[serde(default)]
    pub propose: Option<String>,
    /// How large the body of a push may be, if the host has to refuse earlier than the repository would.
    #[serde(default)]
    pub limit: Option<BodyLimit>,
}
