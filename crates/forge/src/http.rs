//! What every request passes: where the site is seen from, who asks, whether a form is ours, and how errors and HTML
//! leave. Handlers see none of it.

mod guard;
mod origin;
mod seal;

pub(crate) use origin::is_authority;
pub use origin::{Client, Origin};
pub(crate) use seal::wants_json;

use std::sync::{Arc, OnceLock};

use axum::{Router, middleware};

use crate::{actor::Actor, host::Forge};

/// Who the guard found out asks, kept where the page of an error finds it: the request itself is gone by then.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<OnceLock<Actor>>);

impl Seen {
    fn put(&self, actor: &Actor) {
        // The guard is passed once.
        let _ = self.0.set(actor.clone());
    }

    fn actor(&self) -> Option<Actor> {
        self.0.get().cloned()
    }
}

/// Puts the layers around the routes. They are around the whole router and not inside, because a hidden `_method`
/// changes which route is taken.
pub(crate) fn layers(routes: Router, forge: &Forge) -> Router {
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn_with_state(forge.clone(), guard::guard))
        .layer(middleware::from_fn_with_state(forge.clone(), seal::seal))
}
