//! Making a repository.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::html;

use crate::access::{self, act::CreateRepository};
use crate::error::Kind;
use crate::repositories::NewRepository;
use crate::repositories::{self, Visibility};
use crate::ui::form::{self, Choice, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Page, Shape};
use crate::{Error, Result};

/// `GET /new`.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let owner = visit.actor.account().ok_or_else(|| Error::unauthenticated("Sign in first"))?;
    Ok(ask(&visit, owner.name.as_str(), &Values::default(), None).respond(&visit.frame))
}

/// `POST /new`.
pub(crate) async fn create(visit: Visit, values: Values) -> Result<Response> {
    let owner = visit.actor.account().ok_or_else(|| Error::unauthenticated("Sign in first"))?.name.clone();
    let access = access::namespace::<CreateRepository>(&visit.forge, &visit.actor, &owner).await?;
    let new = NewRepository {
        name: values.get("name").trim(),
        description: values.get("description"),
        visibility: if values.get("visibility") == "public" {
            Visibility::Public
        } else {
            Visibility::Private
        },
    };
    match repositories::create(&visit.forge, &access, new).await {
        Ok(repository) => Ok(Redirect::to(&format!("/{}", repository.full_name())).into_response()),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let page = ask(&visit, owner.as_str(), &values, Some(&error));
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).respond(&visit.frame))
        }
        Err(error) => Err(error),
    }
}

/// The two kinds, in words.
pub(super) const VISIBILITIES: [Choice<'static>; 2] = [
    Choice { value: "private", label: "Private", hint: "Only you and the people you add can see it." },
    Choice {
        value: "public",
        label: "Public",
        hint: "Everybody can see and clone it. Only people you add can push.",
    },
];

fn ask(visit: &Visit, owner: &str, values: &Values, error: Option<&Error>) -> Page {
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let general =
        error.filter(|e| !matches!(e.field, Some("name" | "description"))).map(|e| e.message.as_str());
    let visibility = if values.get("visibility") == "public" { "public" } else { "private" };
    let hint =
        format!("Letters, digits, - _ and . It will be at {}", visit.origin.url(&format!("/{owner}/NAME")));
    let main = html! {
        div.steps {
            h1 { "New repository" }
            (form::problem(general))
            form.stack method="post" action="/new" {
                (form::token(&visit.frame.token))
                (Field { name: "name", label: "Name", value: values.get("name"), error: wrong("name"), hint: &hint,
                    autocomplete: "off", longest: Some(100), ..Field::default() }.show())
                (Field { name: "description", label: "Description", value: values.get("description"),
                    error: wrong("description"), optional: true, longest: Some(350), ..Field::default() }.show())
                (form::choices("visibility", "Who can see it", visibility, &VISIBILITIES))
                (form::submit("Create repository"))
            }
        }
    };
    Page::new("New repository", main).shape(Shape::Column)
}
