//! nginx with TLS in front of the program, configured as the README says, with a certificate made for the occasion.

use std::{
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The name users know the site by.
pub(crate) const SITE: &str = "git.example.com";

/// A running nginx.
pub(crate) struct Nginx {
    child: Child,
    folder: PathBuf,
    /// Where it ends TLS.
    pub(crate) port: u16,
}

impl Nginx {
    /// Starts one in front of `upstream`, as the README has it but for `change`: what stands there, and what shall.
    pub(crate) fn start(folder: &Path, upstream: &str, change: Option<(&str, &str)>) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        certificate(folder);
        let port = free_port();
        let mut configuration = configuration(folder, upstream, port);
        if let Some((theirs, ours)) = change {
            assert!(configuration.contains(theirs), "{theirs} is not in the README");
            configuration = configuration.replace(theirs, ours);
        }
        std::fs::write(folder.join("nginx.conf"), configuration).unwrap();
        let log = std::fs::File::create(folder.join("stderr")).unwrap();
        let child = Command::new(find("nginx"))
            .arg("-p")
            .arg(folder)
            .arg("-e")
            .arg(folder.join("error.log"))
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("nginx is missing: apt-get install -y nginx-light");
        let nginx = Self { child, folder: folder.to_owned(), port };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return nginx;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("nginx did not start: {}", std::fs::read_to_string(folder.join("stderr")).unwrap());
    }

    /// What to believe when a certificate is shown.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("site.pem")
    }

    /// What it put on disk instead of passing it on. The files have no names, but each is a warning in the log.
    pub(crate) fn spooled(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.join("error.log")).unwrap_or_default();
        log.lines()
            .filter(|line| line.contains("is buffered to a temporary file"))
            .map(str::to_owned)
            .collect()
    }

    /// One request over TLS; the whole answer.
    pub(crate) fn ask(&self, request: &str) -> String {
        let mut child = Command::new(find("openssl"))
            .args(["s_client", "-quiet", "-verify_return_error", "-servername", SITE, "-CAfile"])
            .arg(self.certificate())
            .args(["-verify_hostname", SITE, "-connect", &format!("127.0.0.1:{}", self.port)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is missing: apt-get install -y openssl");
        // Its end of input would end the connection before the answer.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(request.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Politely: its worker goes with it.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &id]).status();
        let _ = self.child.wait();
    }
}

/// The server block of the README, with what has to stay inside `folder` around it.
fn configuration(folder: &Path, upstream: &str, port: u16) -> String {
    let readme = include_str!("../../../../README.md");
    let block = readme.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = folder.display();
    let changes = [
        ("listen 443 ssl;", format!("listen 127.0.0.1:{port} ssl;")),
        ("http://127.0.0.1:8420", format!("http://{upstream}")),
        ("/etc/ssl/git.example.com.pem", format!("{folder}/site.pem")),
        ("/etc/ssl/git.example.com.key", format!("{folder}/site.key")),
    ];
    let mut block = block.to_owned();
    for (theirs, ours) in changes {
        assert!(block.contains(theirs), "{theirs} is not in the README");
        block = block.replace(theirs, &ours);
    }
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\n\
         events {{}}\n\
         http {{\naccess_log off;\nclient_body_temp_path {folder}/bodies;\nproxy_temp_path {folder}/answers;\n\
         fastcgi_temp_path {folder}/f;\nuwsgi_temp_path {folder}/u;\nscgi_temp_path {folder}/s;\n{block}\n}}\n"
    )
}

fn certificate(folder: &Path) {
    let made = Command::new(find("openssl"))
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", &format!("/CN={SITE}")])
        // Not an authority: rustls takes no certificate of one for a server's.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", &format!("subjectAltName=DNS:{SITE},DNS:localhost"), "-keyout"])
        .arg(folder.join("site.key"))
        .arg("-out")
        .arg(folder.join("site.pem"))
        .stderr(Stdio::null())
        .status()
        .expect("openssl is missing: apt-get install -y openssl");
    assert!(made.success());
}

/// Servers live where the search path of ordinary users does not always lead.
fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders
        .into_iter()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or(program.into())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
