//! An account's profile, as everybody sees it and as its owner edits it.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use maud::{Markup, html};

use super::super::{Account, Profile, queries, set_profile};
use super::{beside, general, wrong};
use crate::access::{
    self,
    act::{ManageAccount, SeeAccount},
};
use crate::error::Kind;
use crate::names::AccountName;
use crate::repositories::listing::{Found, Search, Whose};
use crate::repositories::pages::rows;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Crumb, Page, avatar, icon, text, time};
use crate::{Error, Result};

/// `GET /{owner}`.
pub(crate) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response> {
    let name = AccountName::parse(&name).map_err(|_| Error::not_found())?;
    let stars = visit.query("tab").as_deref() == Some("stars");
    let whose = if stars { Whose::StarredBy(name.clone()) } else { Whose::Owner(name.clone()) };
    let search = Search::asked(whose, &visit);
    let folded = || vec![name.folded().into()];
    let batch =
        vec![queries::BY_NAME.bind(folded()), queries::PROFILE.bind(folded()), search.bind(&visit.actor)];
    let answers = visit.forge.site().batch(batch).await?;
    let [account, profile, list] = answers.as_slice() else {
        return Err(Error::internal("three answers expected"));
    };
    let account = account.read(&queries::BY_NAME)?.into_iter().next().ok_or_else(Error::not_found)?;
    if account.name != name {
        let to = format!("/{}", account.name);
        return Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response());
    }
    let view = ProfilePage {
        profile: profile.read(&queries::PROFILE)?.into_iter().next().unwrap_or_default(),
        found: search.read(&visit.actor, list)?,
        own: visit.actor.account().is_some_and(|viewer| viewer.id == account.id),
        stars,
        search,
        now: visit.forge.now(),
        account,
    };
    let name = view.account.name.to_string();
    let crumb = Crumb { label: name.clone(), href: format!("/{name}") };
    Ok(Page::new(name, view.show()).crumbs(vec![crumb]).respond(&visit.frame))
}

/// What the page shows, ready.
struct ProfilePage {
    account: Account,
    profile: Profile,
    found: Found,
    search: Search,
    /// Whether the stars are shown instead of the repositories.
    stars: bool,
    own: bool,
    now: i64,
}

impl ProfilePage {
    fn show(&self) -> Markup {
        let home = format!("/{}", self.account.name);
        let tab = if self.stars { [("tab", "stars")].as_slice() } else { &[] };
        let list = rows::list(&self.found.repositories, self.now, &self.none());
        html! {
            (self.head())
            nav.tabs aria-label="Profile" {
                ul {
                    li { a href=(home) aria-current=[(!self.stars).then_some("page")] { (icon::repository()) "Repositories" } }
                    li { a href=(format!("{home}?tab=stars")) aria-current=[self.stars.then_some("page")] { (icon::star()) "Stars" } }
                }
            }
            (rows::around(&home, tab, &self.search, self.found.more, &list))
        }
    }

    fn head(&self) -> Markup {
        let full_name = &self.profile.full_name;
        html! {
            div.person {
                (avatar::stamp(self.account.id.0, 56))
                div.names {
                    h1 { @if full_name.is_empty() { (self.account.name) } @else { (text::visible(full_name)) } }
                    p.facts {
                        @if !full_name.is_empty() { span { (self.account.name) } }
                        span { "joined " (time::time(self.account.created_at, self.now)) }
                        @if self.account.administrator { span { (icon::shield()) "administers this site" } }
                    }
                }
                @if self.own {
                    div.buttons {
                        a.button href="/settings" { "Edit profile" }
                        a.button.primary href="/new" { (icon::plus()) "New repository" }
                    }
                }
            }
            @if !self.profile.bio.is_empty() { p.lede.lines { (text::visible_lines(&self.profile.bio)) } }
        }
    }

    fn none(&self) -> Markup {
        let asked = !self.search.words.trim().is_empty() || self.search.page > 1;
        html! {
            p.empty {
                @if asked { "Nothing matches." }
                @else if self.stars && self.own { "You have not starred a repository yet. The button is on its page." }
                @else if self.stars { "There is no starred repository here that you can see." }
                @else if self.own { "You have no repository yet." }
                @else { "There is no repository here that you can see." }
            }
        }
    }
}

const HERE: &str = "/settings";

/// `GET /settings`.
pub(crate) async fn edit(visit: Visit) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    let profile = super::super::profile(&visit.forge, access.subject()).await?;
    let done = visit.query("done").is_some().then_some("Profile saved.");
    Ok(page(&visit, access.subject(), &profile.full_name, &profile.bio, done, None))
}

/// `POST /settings`.
pub(crate) async fn save(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let (full_name, bio) = (values.get("full_name"), values.get("bio"));
    match set_profile(&visit.forge, &access, Some(full_name), Some(bio)).await {
        Ok(_) => Ok(Redirect::to("/settings?done=profile").into_response()),
        Err(error) if error.kind == Kind::Invalid => {
            Ok(page(&visit, access.subject(), full_name, bio, None, Some(&error)))
        }
        Err(error) => Err(error),
    }
}

fn page(
    visit: &Visit,
    account: &Account,
    full_name: &str,
    bio: &str,
    done: Option<&str>,
    error: Option<&Error>,
) -> Response {
    let content = html! {
        (form::success(done))
        (form::problem(general(error, &["full_name", "bio"])))
        h1 { "Profile" }
        p.person {
            (avatar::stamp(account.id.0, 40))
            span.names { a href=(format!("/{}", account.name)) { (account.name) }
                @if account.administrator { " " span.badge { "Site administrator" } } }
        }
        form.stack method="post" action=(HERE) {
            (form::token(&visit.frame.token))
            (Field { name: "full_name", label: "Name", value: full_name, error: wrong(error, "full_name"),
                hint: "What people call you.", autocomplete: "name", optional: true, longest: Some(100), ..Field::default() }.show())
            (Field { name: "bio", label: "About you", value: bio, error: wrong(error, "bio"), several_lines: true,
                hint: "A few words for your profile, at most 300 characters.", optional: true, longest: Some(300), ..Field::default() }.show())
            (form::submit("Save profile"))
        }
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new("Profile settings", beside(HERE, &content)).status(status).respond(&visit.frame)
}
