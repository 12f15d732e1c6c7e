//! Administration: everything the command line's `user`, `token`, `repo` and `site` do, once, as operations.
//!
//! On its own machine the command line calls [`run`]; elsewhere it sends the same operation to `/api/admin/v1`, where a
//! token with the area `site` of an administrator of the site is asked for. Either way the operation goes through the
//! rules of the slice it is about: here is nothing but their names on the wire.

use std::future::Future;

use axum::{Router, routing::MethodFilter};
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Level, Result,
    access::{self, act},
    actor::Actor,
    host::Forge,
};

mod members;
mod moving;
mod number;
mod page;
mod repositories;
mod site;
mod tokens;
mod users;
mod wire;

pub use members::{ListMembers, Member, RemoveMember, SetMember};
pub use moving::{
    BeginImport, CancelImport, ExportRepository, ExportSite, FinishImport, FreezeRepository, FreezeSite,
    FrozenSite, ImportRepository, ImportSite, ListMovable, Movable, ThawRepository, ThawSite,
};
pub use page::Page;
pub use repositories::{
    ChangeRepository, CreateRepository, DeleteRepository, ListRepositories, Repository, ShowRepository,
    VerifyRepository,
};
pub use site::{ChangeSetting, Settings, ShowSite};
pub use tokens::{CreateToken, ListTokens, RevokeToken, Token, TokenMade};
pub use users::{AddUser, ListUsers, SetPassword, User};
pub use wire::{Request, message, request};
pub(crate) use wire::{error, is_admin};

/// Where the operations are.
pub const PREFIX: &str = "/api/admin/v1";

/// Who may do an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// An administrator of the site, with a token that may look at the site or change it.
    Office(Level),
    /// Whoever has the setup token of a site without accounts, which the operation carries and looks at itself.
    Setup,
}

/// Something an administrator does. On the wire its fields are the path, the query or the body.
pub trait Operation: Serialize + DeserializeOwned + Send + 'static {
    /// What it answers; `()` is nothing.
    type Reply: Serialize + DeserializeOwned + Send;

    /// The method.
    const METHOD: Method;
    /// The path below [`PREFIX`], with fields in braces.
    const PATH: &'static str;
    /// Who may.
    const GATE: Gate;

    /// Does it, for an actor in the office of site administrator.
    fn run(self, forge: &Forge, actor: &Actor) -> impl Future<Output = Result<Self::Reply>> + Send;
}

/// Does an operation, if the actor may administer the site that far. To everybody else there is no administration.
pub async fn run<O: Operation>(forge: &Forge, actor: &Actor, operation: O) -> Result<O::Reply> {
    let actor = admit(actor, O::GATE)?;
    operation.run(forge, &actor).await
}

/// The actor in the office of site administrator, where that is asked for.
fn admit(actor: &Actor, gate: Gate) -> Result<Actor> {
    let Gate::Office(level) = gate else { return Ok(actor.clone()) };
    if actor.is_anonymous() {
        return Err(Error::unauthenticated("Send the token of an administrator"));
    }
    Ok(match level {
        Level::Read => access::site::<act::SeeSite>(actor)?.in_office(),
        Level::Write => access::site::<act::AdministerSite>(actor)?.in_office(),
    })
}

macro_rules! operations {
    ($($operation:ident),* $(,)?) => {
        /// Method, path below [`PREFIX`], and gate of every operation.
        pub const OPERATIONS: &[(Method, &str, Gate)] =
            &[$(($operation::METHOD, $operation::PATH, $operation::GATE)),*];

        fn operations(routes: Router<Forge>) -> Router<Forge> {
            routes$(.route(&format!("{PREFIX}{}", $operation::PATH), wire::route::<$operation>(filter(&$operation::METHOD))))*
        }
    };
}

operations! {
    ListUsers, AddUser, SetPassword,
    ListTokens, CreateToken, RevokeToken,
    ListRepositories, CreateRepository, ShowRepository, ChangeRepository, DeleteRepository,
    VerifyRepository,
    ListMembers, SetMember, RemoveMember,
    ShowSite, ChangeSetting,
    FreezeSite, ThawSite, ExportSite, ListMovable, ExportRepository, FreezeRepository, ThawRepository,
    BeginImport, ImportRepository, ImportSite, FinishImport, CancelImport,
}

/// The operations as routes.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes.merge(operations(Router::new()))
}

fn filter(method: &Method) -> MethodFilter {
    match *method {
        Method::POST => MethodFilter::POST,
        Method::PUT => MethodFilter::PUT,
        Method::PATCH => MethodFilter::PATCH,
        Method::DELETE => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    }
}
