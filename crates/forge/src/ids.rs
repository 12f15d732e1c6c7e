//! Permanent ids: never reused, never shown to change. Newtypes, so that one cannot stand where another is meant.

use gitflare_db::{FromColumn, Result, Value, ValueRef};
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl FromColumn for $name {
            fn from_column(value: ValueRef<'_>) -> Result<Self> {
                i64::from_column(value).map(Self)
            }
        }

        impl From<$name> for Value<'_> {
            fn from(id: $name) -> Self {
                Value::Int(id.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// An account: a user, later an organisation too.
    AccountId;
    /// A repository. A rename changes everything but this.
    RepositoryId;
    /// A personal access token.
    TokenId;
}
