//! The GitHub-compatible API, group by group. What it answers here is recorded and held against GitHub's description:
//! `cargo xtask api`.

pub(crate) mod code;
mod conventions;
mod meta;
mod repositories;
mod stars;
mod users;

use axum::body::Body;
use gitflare_forge::{
    access::{self, act},
    accounts,
};
use http::{Request, header};
use serde_json::Value;

use crate::support::{Reply, World};

/// Somebody who asks the API, with or without a token.
pub(crate) struct Client<'a> {
    pub(crate) world: &'a World,
    pub(crate) token: Option<String>,
}

impl<'a> Client<'a> {
    /// Somebody with a token that allows everything but the site.
    pub(crate) async fn of(world: &'a World, name: &str) -> Self {
        Self { world, token: Some(world.token(name).await) }
    }

    /// Nobody.
    pub(crate) fn nobody(world: &'a World) -> Self {
        Self { world, token: None }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path), Body::empty()).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.send(self.request(method, path), Body::from(body.to_string())).await
    }

    /// A request to be.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "git.example.org");
        match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: http::request::Builder, body: Body) -> Reply {
        self.world.send(request.body(body).unwrap()).await
    }
}

impl Reply {
    /// The reply itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }
}

/// Gives somebody an e-mail address.
pub(crate) async fn with_email(world: &World, name: &str, email: &str) {
    let actor = world.actor(name).await;
    let access = access::own::<act::ManageAccount>(&actor).unwrap();
    accounts::set_email(&world.forge, &access, email).await.unwrap();
}

/// One field of every thing in a list.
#[track_caller]
pub(crate) fn every<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap()).collect()
}
