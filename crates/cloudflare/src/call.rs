//! What the Worker says to an object: plain data. A transfer's goes in a header, because its body is the client's; all
//! else is a JSON body, and so is what begins the answer to a download.

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

/// A download that the Worker has allowed. It is answered with a [`frame`], and the bytes behind it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Download {
    /// What the repository is asked for.
    pub(crate) request: port::download::Download,
    /// Where the request came from.
    pub(crate) client: Option<IpAddr>,
}

/// What is said before the first byte of a download.
pub(crate) type Head = Result<port::download::DownloadHead, port::Error>;

/// A head as it is sent: its length in four bytes, then JSON.
pub(crate) fn frame(head: &Head) -> Result<Vec<u8>, serde_json::Error> {
    let json = serde_json::to_vec(head)?;
    let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
    Ok([&length.to_be_bytes()[..], &json].concat())
}

/// Takes a head off what has arrived; `None` while more of it is to come.
pub(crate) fn unframe(held: &mut Vec<u8>) -> Result<Option<Head>, serde_json::Error> {
    let Some((length, rest)) = held.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    let Some(json) = rest.get(..length) else { return Ok(None) };
    let head = serde_json::from_slice(json)?;
    held.drain(..4 + length);
    Ok(Some(head))
}

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
