//! What the API answers in the scripts is written down, so that it can be held against GitHub's description of it.

use std::{fs::File, io::Write as _, path::Path};

use serde_json::json;

use super::{Reply, Request};

/// A line in the folder that the environment names, if it names one and this was about the API.
pub(super) fn record(request: &Request, reply: &Reply) {
    let Some(folder) = std::env::var_os("GITFLARE_API_RECORD") else { return };
    if !request.path.starts_with("/api/v3") {
        return;
    }
    let form = reply.header("x-github-media-type").and_then(|value| value.split("param=").nth(1));
    let line = json!({
        "method": request.method,
        "path": request.path,
        "status": reply.status,
        "type": reply.header("content-type"),
        "form": form.and_then(|form| form.split(';').next()).unwrap_or_default(),
        "body": reply.text(),
    });
    let file = Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
    let mut file = File::options().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
