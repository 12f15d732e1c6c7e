//! Git over HTTP at the edge: decided on the head of a request, then handed to the repository's object.

use std::{net::IpAddr, time::Duration};

use gitflare_forge::{
    Forge,
    transfer::{Again, Decision, Grant},
};
use http::request::Parts;
use worker::{Delay, Response, web_sys::ReadableStream};

use crate::{call::Transfer, clock, objects::Objects};

/// How long a push waits for another that creates the same repository, and how often it looks.
const TURN: i64 = 30;
const LOOK: Duration = Duration::from_millis(250);

/// Decides; waits while another push creates the repository, because git shows its user no answer to wait.
pub(crate) async fn decide(forge: &Forge, parts: &Parts) -> Decision {
    let start = clock::now();
    loop {
        let decision = forge.decide(parts).await;
        match &decision {
            Decision::Answer(response)
                if response.extensions().get::<Again>().is_some() && clock::now() - start < TURN => {}
            _ => return decision,
        }
        Delay::from(LOOK).await;
    }
}

/// Hands an allowed transfer over. The answer goes out as it comes.
pub(crate) async fn hand_over(
    objects: &Objects,
    grant: Grant,
    client: Option<IpAddr>,
    body: Option<ReadableStream>,
) -> worker::Result<Response> {
    let Grant { id, head, begun, .. } = grant;
    objects.transfer(id, &Transfer { head, begun, client }, body).await
}
