//! What the Worker says to an object: plain data. A transfer's goes in a header, because its body is the client's; all
//! else is a JSON body.

use std::net::IpAddr;

use gitflare_forge::transfer::Begun;
use gitflare_port as port;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// The header of a transfer.
pub(crate) const HEADER: &str = "gitflare-transfer";

/// A question with a short answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub(crate) enum Call {
    /// Make the database, unless there is one.
    Create,
    /// A command.
    Command {
        /// It.
        command: port::Command,
    },
    /// Delete everything.
    Erase,
}

/// The answer to a [`Call`].
pub(crate) type Answer = Result<port::Reply, port::Error>;

/// A transfer that the Worker has allowed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Transfer {
    /// What the repository is told.
    pub(crate) head: port::Head,
    /// The repository, if the push creates it.
    pub(crate) begun: Option<Begun>,
    /// Where the request came from.
    pub(crate) client: Option<IpAddr>,
}

impl Transfer {
    /// As the value of a header.
    pub(crate) fn encode(&self) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        Ok(utf8_percent_encode(&json, NON_ALPHANUMERIC).to_string())
    }

    /// From the value of a header.
    pub(crate) fn decode(header: &str) -> Option<Self> {
        serde_json::from_slice(&percent_decode_str(header).collect::<Vec<_>>()).ok()
    }
}
