//! What one was asked: to work on a repository, or to take it.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::Question;
use crate::access::{
    self,
    act::{ManageAccount, SeeAccount},
};
use crate::error::Kind;
use crate::ui::form::{self, Button};
use crate::ui::visit::Visit;
use crate::ui::{Page, Shape, icon, time};
use crate::{Error, Result};

/// `GET /invitations`.
pub(crate) async fn index(visit: Visit) -> Result<Response> {
    show(&visit, None).await
}

async fn show(visit: &Visit, problem: Option<&Error>) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    let questions = super::questions(&visit.forge, &access).await?;
    let done = visit.query("done").is_some().then_some("Declined.");
    let main = html! {
        h1 { "Invitations" }
        (form::success(done.filter(|_| problem.is_none())))
        (form::problem(problem.map(|error| error.message.as_str())))
        section {
            @if questions.is_empty() {
                p.empty { "Nobody waits for an answer of yours." }
            } @else {
                (list(&questions, &visit.frame.token, visit.forge.now()))
            }
        }
    };
    let status = problem.map_or(http::StatusCode::OK, Error::status);
    Ok(Page::new("Invitations", main).shape(Shape::Column).status(status).respond(&visit.frame))
}

/// Questions with the two answers beside each.
pub(crate) fn list(questions: &[Question], token: &str, now: i64) -> Markup {
    html! {
        ul.rows {
            @for question in questions {
                @let name = question.full_name().to_string();
                li {
                    (icon::letter())
                    div.what {
                        span.title { (name) }
                        p {
                            @if let Some(from) = &question.asked_by { a href=(format!("/{from}")) { (from) } } @else { "Somebody" }
                            @if question.is_transfer() { " wants to give it to you" }
                            @else { " invites you, with the role " (question.role) }
                            ", " (time::time(question.since, now))
                        }
                    }
                    div.buttons {
                        (Button { action: &format!("/invitations/{}", question.id), method: None, words: "Accept", about: &name, danger: false }.show(token))
                        (Button { action: &format!("/invitations/{}", question.id), method: Some("DELETE"), words: "Decline", about: &name, danger: false }.show(token))
                    }
                }
            }
        }
    }
}

/// `POST /invitations/{id}`.
pub(crate) async fn accept(visit: Visit, Path(id): Path<i64>) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    match super::accept(&visit.forge, &access, id).await {
        Ok(name) => Ok(Redirect::to(&format!("/{name}")).into_response()),
        // A repository of that name is there already.
        Err(error) if error.kind == Kind::Conflict => show(&visit, Some(&error)).await,
        Err(error) => Err(error),
    }
}

/// `DELETE /invitations/{id}`.
pub(crate) async fn decline(visit: Visit, Path(id): Path<i64>) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    super::decline(&visit.forge, &access, id).await?;
    Ok(Redirect::to("/invitations?done=declined").into_response())
}
