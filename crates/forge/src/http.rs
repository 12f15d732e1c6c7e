//! What every request passes: where the site is seen from, who asks, whether a form is ours, and how errors and HTML
//! leave. Handlers see none of it.

mod guard;
mod origin;
mod seal;

pub(crate) use origin::is_authority;
pub use origin::{Client, Origin};
pub(crate) use seal::wants_json;

use axum::{Router, middleware};

use crate::host::Forge;

/// Puts the layers around the routes. They are around the whole router and not inside, because a hidden `_method`
/// changes which route is taken.
pub(crate) fn layers(routes: Router, forge: &Forge) -> Router {
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn_with_state(forge.clone(), guard::guard))
        .layer(middleware::from_fn_with_state(forge.clone(), seal::seal))
}
