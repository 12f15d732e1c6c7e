//! The command line. Its words are a contract that scripts rely on.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use serde::{Deserialize, Serialize};

use crate::environment;

/// Git hosting in one program. Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "gitflare", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The folder that holds everything
    #[arg(long, global = true, env = "GITFLARE_DATA", value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Top>,
}

/// How to serve.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeArgs {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8420]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// The address users see, when a proxy stands in front; with a command, the running site that is to do it, as the
    /// administrator whose token GITFLARE_TOKEN holds
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// A proxy whose X-Forwarded-* headers count; repeatable
    #[arg(long, value_name = "ADDR")]
    pub(crate) trusted_proxy: Vec<IpAddr>,
    /// Megabytes that a proxy in front lets through at once: larger pushes are told how to go in steps
    #[arg(long, value_name = "MB")]
    pub(crate) body_limit: Option<u64>,
}

impl ServeArgs {
    /// These, and those where these say nothing: `gitflare --listen A serve --url B` means both.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            listen: other.listen.or(self.listen),
            url: other.url.or(self.url),
            trusted_proxy: [self.trusted_proxy, other.trusted_proxy].concat(),
            body_limit: other.body_limit.or(self.body_limit),
        }
    }

    /// Whether nothing is said, or only an address.
    pub(crate) fn is_only_url(&self) -> bool {
        self.listen.is_none() && self.trusted_proxy.is_empty() && self.body_limit.is_none()
    }
}

/// What can stand first on the command line.
#[derive(Debug, Subcommand)]
pub(crate) enum Top {
    /// Serve: the same as no command at all
    Serve(ServeArgs),
    #[command(flatten)]
    Command(Command),
    /// Restore a backup into an empty data folder
    Restore {
        /// The archive
        file: PathBuf,
    },
    /// Print the version
    Version,
}

/// What works beside a running server, and without one.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum Command {
    /// Accounts: add, list, password
    #[command(subcommand)]
    User(User),
    /// Access tokens: create, list, revoke
    #[command(subcommand)]
    Token(Token),
    /// Repositories: create, list, rename, set, member, delete, import, export, verify
    #[command(subcommand)]
    Repo(Repo),
    /// The site: set, show
    #[command(subcommand)]
    Site(Site),
    /// Write everything into one archive, also while serving
    Backup {
        /// The archive to write
        file: PathBuf,
    },
    /// Move the whole site to another host, or from there
    Move(Move),
    /// Speak git's fetch protocol on standard input and output
    UploadPack(Stdio),
    /// Speak git's push protocol on standard input and output
    ReceivePack(Stdio),
    /// Not on the command line: what `repo import` sends to the owner of the folder, refs and objects as input.
    #[command(skip)]
    TakeImport(TakeImport),
}

/// One push of an import.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TakeImport {
    pub(crate) repository: String,
    /// Full name of the branch HEAD is to name, percent-encoded.
    pub(crate) head: Option<String>,
    /// Whether an earlier push of the same import made the repository.
    pub(crate) goes_on: bool,
    /// Whether there is nothing to push: the input is not read.
    pub(crate) is_empty: bool,
}

/// A move.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[group(required = true, multiple = true)]
pub(crate) struct Move {
    /// To a host that nobody has set up; GITFLARE_SETUP_TOKEN holds its setup token
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    pub(crate) to: Option<String>,
    /// From a host, into an empty data folder; GITFLARE_TOKEN holds an administrator's token there
    #[arg(long, value_name = "URL")]
    pub(crate) from: Option<String>,
    /// Let a site that was moved take changes again; with --to, give up what has not arrived there
    #[arg(long, conflicts_with = "from")]
    pub(crate) cancel: bool,
    /// From the environment of whoever gave the command.
    #[arg(skip)]
    pub(crate) setup_token: Option<String>,
}

/// A git conversation on standard input and output.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(crate) struct Stdio {
    /// On whose behalf; without it the local administrator's
    #[arg(long, value_name = "USER")]
    pub(crate) actor: Option<String>,
    /// The repository
    #[arg(value_name = "OWNER/NAME")]
    pub(crate) repository: String,
    /// What `GIT_PROTOCOL` says: the version git asks for
    #[arg(long, hide = true, env = "GIT_PROTOCOL", default_value = "")]
    pub(crate) protocol: String,
}

/// Accounts.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum User {
    /// Add an account
    Add {
        /// Its name
        name: String,
        /// Its e-mail address
        #[arg(long)]
        email: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        /// It may administer the site
        #[arg(long)]
        admin: bool,
    },
    /// List accounts
    List,
    /// Set a password
    Password {
        /// Whose
        name: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// Access tokens.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum Token {
    /// Make a token and print it
    Create {
        /// Whose
        user: String,
        /// What to call it
        #[arg(long)]
        name: String,
        /// What it may do, as AREA:read or AREA:write; everything its owner may but `site` without this
        #[arg(long, value_name = "AREA:read|write", value_delimiter = ',')]
        allow: Vec<String>,
        /// The only repositories it opens; repeatable
        #[arg(long, value_name = "OWNER/NAME")]
        repo: Vec<String>,
        /// When it ends: 90d, 12h, 8w
        #[arg(long, value_name = "AGE")]
        expires: Option<String>,
    },
    /// List an account's tokens
    List {
        /// Whose
        user: String,
    },
    /// Revoke a token
    Revoke {
        /// Its number, from the list
        id: i64,
    },
}

/// Repositories.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum Repo {
    /// Create an empty repository
    Create {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        /// Only members see it
        #[arg(long)]
        private: bool,
        /// One line about it
        #[arg(long, value_name = "T")]
        description: Option<String>,
    },
    /// List repositories
    List,
    /// Give a repository another name
    Rename {
        #[arg(value_name = "OWNER/OLD")]
        repository: String,
        #[arg(value_name = "NEW")]
        name: String,
    },
    /// Change a repository
    Set {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        /// Only members see it
        #[arg(long, conflicts_with = "public")]
        private: bool,
        /// Everybody sees it
        #[arg(long)]
        public: bool,
        /// The branch a clone checks out
        #[arg(long, value_name = "B")]
        default_branch: Option<String>,
        /// One line about it
        #[arg(long, value_name = "T")]
        description: Option<String>,
    },
    /// Members: add, remove, list
    #[command(subcommand)]
    Member(Member),
    /// Delete a repository and everything in it
    Delete {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        /// Yes, delete it
        #[arg(long)]
        yes: bool,
    },
    /// Import a local git repository
    Import {
        /// The repository's folder, bare or not
        path: PathBuf,
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
    },
    /// Write a bare git repository
    Export {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        /// A folder that does not exist yet
        path: PathBuf,
    },
    /// Check every object, link and index
    Verify {
        #[arg(value_name = "OWNER/NAME", required_unless_present = "all", conflicts_with = "all")]
        repository: Option<String>,
        /// Every repository
        #[arg(long)]
        all: bool,
    },
}

/// Members of a repository.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum Member {
    /// Add a member, or change a member's role
    Add {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        user: String,
        /// read, triage, write, maintain or admin
        role: String,
    },
    /// Remove a member
    Remove {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        user: String,
    },
    /// List members
    List {
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
    },
}

/// The site.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub(crate) enum Site {
    /// Change a setting: registration=open or registration=closed
    Set {
        #[arg(value_name = "KEY=VALUE")]
        setting: String,
    },
    /// Show the settings
    Show,
}

impl Command {
    /// Whether it makes sense where there is no site yet.
    pub(crate) const fn creates_site(&self) -> bool {
        matches!(self, Self::User(User::Add { .. }) | Self::Site(Site::Set { .. }))
    }

    /// Makes paths absolute, and takes secrets along, because a running server has another working directory and
    /// environment.
    pub(crate) fn absolute(mut self) -> std::io::Result<Self> {
        if let Self::Move(command) = &mut self {
            command.setup_token = environment::secret(environment::SETUP_TOKEN);
        }
        if let Self::Backup { file: path }
        | Self::Repo(Repo::Import { path, .. } | Repo::Export { path, .. }) = &mut self
        {
            *path = std::path::absolute(&*path)?;
        }
        Ok(self)
    }
}
