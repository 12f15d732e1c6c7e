//! The log: one line of JSON each, as `wrangler tail` and its kin read it.

use worker::{console_error, console_warn};

/// A failure. `cause` never holds a secret, and never reaches a reply.
pub(crate) fn error(id: &str, cause: &str) {
    console_error!("{}", line("error", id, cause));
}

/// Something that will be tried again.
pub(crate) fn warn(id: &str, cause: &str) {
    console_warn!("{}", line("warn", id, cause));
}

fn line(level: &str, id: &str, cause: &str) -> String {
    serde_json::json!({ "level": level, "id": id, "cause": cause }).to_string()
}
