//! Things in GitHub's shape, with every field its description requires. What Gitflare has not got is null, false or none.

pub(crate) mod code;
pub(crate) mod repository;
pub(crate) mod user;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::access::Role;

pub(crate) use crate::ui::time::machine as time;

/// The id of a thing across kinds, as GraphQL takes it: opaque, and the same for good.
pub(crate) fn node_id(kind: &str, id: impl std::fmt::Display) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("0{}:{kind}{id}", kind.len()))
}

/// A text, or null where it says nothing.
pub(crate) fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// What somebody with a role may do with what they see.
pub(crate) fn permissions(role: Option<Role>) -> Value {
    let has = |least| role.is_some_and(|role| role >= least);
    json!({
        "admin": has(Role::Admin),
        "maintain": has(Role::Maintain),
        "push": has(Role::Write),
        "triage": has(Role::Triage),
        "pull": true,
    })
}

/// Adds the fields of one object to another.
pub(crate) fn extend(object: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
}
