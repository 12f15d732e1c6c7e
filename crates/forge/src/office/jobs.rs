//! Administration: what was begun and has not ended.

use axum::response::{IntoResponse, Redirect, Response};
use maud::html;

use super::page;
use crate::Result;
use crate::access::{
    Administration,
    act::{AdministerSite, SeeSite},
};
use crate::repositories::{self, State};
use crate::ui::form::{self, Button};
use crate::ui::visit::Visit;
use crate::ui::{icon, time};

const HERE: &str = "/admin/jobs";
/// What is younger may be under way: a push may take its time.
const HOUR: i64 = 3_600;

/// `GET /admin/jobs`.
pub(super) async fn index(visit: Visit, access: Administration<SeeSite>) -> Result<Response> {
    let unfinished = repositories::unfinished(&visit.forge, &access).await?;
    let now = visit.forge.now();
    let done = visit.query("done").is_some().then_some("What was older than an hour is finished.");
    let content = html! {
        (form::success(done))
        h1 { "Jobs" }
        p.meta { "Making and removing a repository takes two steps. What a crash left between them is finished at the next start, or here." }
        section {
            @if unfinished.is_empty() {
                p.empty { "Nothing is unfinished." }
            } @else {
                ul.rows {
                    @for one in &unfinished {
                        li {
                            (icon::work())
                            div.what {
                                span.title { (one.owner) "/" (one.name) }
                                p { @if one.state == State::Creating { "being made" } @else { "being removed" } ", begun " (time::time(one.created_at, now)) }
                            }
                        }
                    }
                }
                (Button { action: HERE, method: None, words: "Finish what is older than an hour", about: "", danger: false }.show(&visit.frame.token))
            }
        }
    };
    Ok(page(HERE, "Jobs", &content).respond(&visit.frame))
}

/// `POST /admin/jobs`.
pub(super) async fn finish(visit: Visit, _access: Administration<AdministerSite>) -> Result<Response> {
    repositories::recover(&visit.forge, HOUR).await?;
    Ok(Redirect::to("/admin/jobs?done=finished").into_response())
}
