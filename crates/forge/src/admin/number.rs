//! Numbers in paths and queries, which are text there.

use serde::{Deserialize, Deserializer, de::Error as _};

#[derive(Deserialize)]
#[serde(untagged)]
enum Either<T> {
    Number(T),
    Text(String),
}

/// Reads a number, or a text that is one.
pub(super) fn one<'de, D: Deserializer<'de>, T: Deserialize<'de> + std::str::FromStr>(
    deserializer: D,
) -> Result<T, D::Error> {
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(|_| D::Error::custom(format!("'{text}' is not a number"))),
    }
}

/// The same where it may be absent.
pub(super) fn perhaps<'de, D: Deserializer<'de>, T: Deserialize<'de> + std::str::FromStr>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    one(deserializer).map(Some)
}
