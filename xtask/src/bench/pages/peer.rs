//! cgit and gitweb, as Debian installs them, run as a web server runs them. cgit has the repository twice: plain, and with
//! that of its filters that calls the program `highlight`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{COLOURED, NAME};
use crate::host::{self, Result};

const FILTER: &str = "/usr/lib/cgit/filters/syntax-highlighting.sh";

/// cgit, without a cache.
pub(super) struct Cgit {
    program: PathBuf,
    config: PathBuf,
}

impl Cgit {
    pub(super) fn new(folder: &Path, repository: &Path) -> Result<Self> {
        let config = folder.join("cgitrc");
        installed(FILTER, "cgit")?;
        installed("/usr/bin/highlight", "highlight")?;
        let path = repository.display();
        let text = format!(
            "cache-size=0\nenable-blame=1\nenable-filter-overrides=1\nmax-blob-size=0\nrepo.url={NAME}\nrepo.path={path}\n\
             repo.url={COLOURED}\nrepo.path={path}\nrepo.source-filter={FILTER}\n"
        );
        std::fs::write(&config, text)?;
        Ok(Self { program: installed("/usr/lib/cgit/cgit.cgi", "cgit")?, config })
    }

    pub(super) fn page(&self, path: &str, query: &str) -> Result<()> {
        let mut command = cgi(&self.program, query);
        command.env("CGIT_CONFIG", &self.config).env("PATH_INFO", path);
        answer(&mut command)
    }
}

/// gitweb, with blame.
pub(super) struct Gitweb {
    program: PathBuf,
    config: PathBuf,
}

impl Gitweb {
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let config = folder.join("gitweb.conf");
        let root = folder.join("projects");
        let text = format!(
            "our $projectroot = '{}';\nour %feature;\n$feature{{'blame'}}{{'default'}} = [1];\n1;\n",
            root.display()
        );
        std::fs::write(&config, text)?;
        Ok(Self { program: installed("/usr/lib/cgi-bin/gitweb.cgi", "gitweb")?, config })
    }

    pub(super) fn page(&self, query: &str) -> Result<()> {
        let mut command = cgi(&self.program, query);
        command.env("GITWEB_CONFIG", &self.config).env("PATH_INFO", "");
        answer(&mut command)
    }
}

fn installed(path: &str, package: &str) -> Result<PathBuf> {
    let path = PathBuf::from(path);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{package} is missing: apt-get install cgit gitweb libcgi-pm-perl highlight").into())
    }
}

fn cgi(program: &Path, query: &str) -> Command {
    let mut command = host::command(program);
    command
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("SERVER_PROTOCOL", "HTTP/1.1")
        .env("SERVER_NAME", "localhost")
        .env("SERVER_PORT", "80")
        .env("HTTP_HOST", "localhost")
        .env("REQUEST_METHOD", "GET")
        .env("SCRIPT_NAME", "/cgi")
        .env("QUERY_STRING", query)
        .stdin(Stdio::null());
    command
}

/// Runs it to the end; a page that says it failed is no measurement.
fn answer(command: &mut Command) -> Result<()> {
    let page = host::output(command)?;
    let head = String::from_utf8_lossy(page.get(..page.len().min(400)).unwrap_or_default()).into_owned();
    let failed = head.lines().any(|line| line.starts_with("Status: ") && !line.starts_with("Status: 200"));
    if failed || page.len() < 1_000 { Err(format!("{command:?} answered {head}").into()) } else { Ok(()) }
}
