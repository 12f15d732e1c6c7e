//! What the API answers in the tests is written down, so that it can be held against GitHub's description of it.

use std::{fs::File, io::Write as _, path::Path};

use serde_json::json;

use super::Reply;

/// What was asked of the API, if it was asked at all.
pub(crate) struct Asked(Option<(String, String)>);

impl Asked {
    pub(crate) fn of(parts: &http::request::Parts) -> Self {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Self(path.starts_with("/api/v3").then(|| (parts.method.to_string(), path.to_owned())))
    }

    /// A line in the folder that the environment names, if it names one.
    pub(crate) fn record(self, reply: &Reply) {
        let (Some((method, path)), Some(folder)) = (self.0, std::env::var_os("GITFLARE_API_RECORD")) else {
            return;
        };
        let form = reply.header("x-github-media-type").split("param=").nth(1);
        let line = json!({
            "method": method,
            "path": path,
            "status": reply.status.as_u16(),
            "type": reply.header("content-type"),
            "form": form.and_then(|form| form.split(';').next()).unwrap_or_default(),
            "body": reply.body,
        });
        let file = Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
        let mut file = File::options().create(true).append(true).open(file).unwrap();
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}
