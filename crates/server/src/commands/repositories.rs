//! `repo …`: repositories and their members, and what import needs of them.

use gitflare_forge::{
    access::{self, Role, act},
    collaborators,
    error::Kind,
    names::{AccountName, FullName},
    repositories::{self, NewRepository, Repository, Visibility},
};
use gitflare_port::{Command, Reply};

use super::ADMINISTRATOR;
use crate::{
    app::App,
    cli::{Member, Repo, TakeImport},
    error::{Failure, Result},
    io::Io,
    local,
};

pub(super) fn run(command: Repo, app: &App, io: &mut dyn Io) -> Result<()> {
    match command {
        Repo::Create { repository, private, description } => {
            let visibility = if private { Visibility::Private } else { Visibility::Public };
            let name = FullName::parse(&repository)?;
            let made = create(app, &name, visibility, description.as_deref().unwrap_or_default())?;
            io.note(&format!("created {}", made.full_name()))?;
        }
        Repo::List => list(app, io)?,
        Repo::Rename { repository, name } => {
            let old = FullName::parse(&repository)?;
            find(app, &old)?;
            let renamed = app.wait(async {
                let access =
                    access::repository::<act::Rename>(&app.forge, ADMINISTRATOR, &old.owner, &old.name)
                        .await?;
                repositories::rename(&app.forge, &access, &name).await
            })?;
            io.note(&format!("{old} is now {}", renamed.full_name()))?;
        }
        Repo::Set { repository, private, public, default_branch, description } => {
            let visibility = match (private, public) {
                (true, _) => Some(Visibility::Private),
                (_, true) => Some(Visibility::Public),
                _ => None,
            };
            let name = FullName::parse(&repository)?;
            let change = Change { visibility, default_branch, description };
            if change.is_empty() {
                let options = "--private, --public, --default-branch or --description";
                return Err(Failure::new(format_args!("say what to change: {options}")));
            }
            find(app, &name)?;
            app.wait(change.apply(app, &name))?;
        }
        Repo::Member(command) => members(&command, app, io)?,
        Repo::Delete { repository, yes } => {
            let name = FullName::parse(&repository)?;
            if !yes {
                return Err(Failure::new(format_args!("deleting {name} cannot be undone; say --yes")));
            }
            delete(app, &name)?;
            io.note(&format!("deleted {name}"))?;
        }
        // Read and write git repositories where they were typed, and come here as other commands.
        Repo::Import { .. } | Repo::Export { .. } | Repo::Verify { .. } => {
            return Err(Failure::new("not a command for the owner of the folder"));
        }
    }
    Ok(())
}

fn create(app: &App, name: &FullName, visibility: Visibility, description: &str) -> Result<Repository> {
    Ok(app.wait(async {
        let access =
            access::namespace::<act::CreateRepository>(&app.forge, ADMINISTRATOR, &name.owner).await?;
        let new = NewRepository { name: name.name.as_str(), description, visibility };
        repositories::create(&app.forge, &access, new).await
    })?)
}

pub(super) fn delete(app: &App, name: &FullName) -> Result<()> {
    find(app, name)?;
    app.wait(async {
        let access =
            access::repository::<act::Delete>(&app.forge, ADMINISTRATOR, &name.owner, &name.name).await?;
        repositories::delete(&app.forge, &access).await
    })?;
    Ok(())
}

fn list(app: &App, io: &mut dyn Io) -> Result<()> {
    for repository in app.wait(repositories::list(&app.forge, ADMINISTRATOR))? {
        let Repository { visibility, default_branch, size, description, .. } = &repository;
        let name = repository.full_name();
        io.line(&format!("{name}\t{}\t{default_branch}\t{size}\t{description}", visibility.name()))?;
    }
    Ok(())
}

struct Change {
    visibility: Option<Visibility>,
    default_branch: Option<String>,
    description: Option<String>,
}

impl Change {
    const fn is_empty(&self) -> bool {
        self.visibility.is_none() && self.default_branch.is_none() && self.description.is_none()
    }

    async fn apply(&self, app: &App, name: &FullName) -> gitflare_forge::Result<()> {
        let (forge, owner, name) = (&app.forge, &name.owner, &name.name);
        // First what can fail for a reason of the repository's: then nothing else has changed.
        if let Some(branch) = &self.default_branch {
            let access = access::repository::<act::Manage>(forge, ADMINISTRATOR, owner, name).await?;
            repositories::set_default_branch(forge, &access, branch).await?;
        }
        if let Some(description) = &self.description {
            let access = access::repository::<act::Describe>(forge, ADMINISTRATOR, owner, name).await?;
            repositories::describe(forge, &access, description).await?;
        }
        if let Some(visibility) = self.visibility {
            let access = access::repository::<act::SetVisibility>(forge, ADMINISTRATOR, owner, name).await?;
            repositories::set_visibility(forge, &access, visibility).await?;
        }
        Ok(())
    }
}

fn members(command: &Member, app: &App, io: &mut dyn Io) -> Result<()> {
    let (Member::Add { repository, .. } | Member::Remove { repository, .. } | Member::List { repository }) =
        command;
    let name = FullName::parse(repository)?;
    find(app, &name)?;
    let manage = access::repository::<act::Manage>(&app.forge, ADMINISTRATOR, &name.owner, &name.name);
    match command {
        Member::Add { user, role, .. } => {
            let (user, role) = (AccountName::parse(user)?, Role::parse(role)?);
            let access = app.wait(manage)?;
            app.wait(collaborators::add(&app.forge, &access, &user, role))?;
        }
        Member::Remove { user, .. } => {
            let user = AccountName::parse(user)?;
            let access = app.wait(manage)?;
            app.wait(collaborators::remove(&app.forge, &access, &user))?;
        }
        Member::List { .. } => {
            let see =
                access::repository::<act::SeeSettings>(&app.forge, ADMINISTRATOR, &name.owner, &name.name);
            let access = app.wait(see)?;
            for member in app.wait(collaborators::list(&app.forge, &access))? {
                io.line(&format!("{}\t{}", member.name, member.role.name()))?;
            }
        }
    }
    Ok(())
}

/// The repository of this name. "Not found" is for strangers; on this machine the name is told.
pub(super) fn find(app: &App, name: &FullName) -> Result<Repository> {
    let found = app.wait(access::repository::<act::See>(&app.forge, ADMINISTRATOR, &name.owner, &name.name));
    match found {
        Ok(access) => Ok(access.repository().clone()),
        Err(error) if error.kind == Kind::NotFound => {
            Err(Failure::new(format_args!("There is no repository {name}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// One push of an import, from a process that reads the repository. Over there the report is read; here, what was made
/// for a push that moved nothing is taken away again.
pub(super) fn take_import(push: &TakeImport, app: &App, io: &mut dyn Io) -> Result<()> {
    let name = FullName::parse(&push.repository)?;
    let (id, is_new) = if push.goes_on { (find(app, &name)?.id.0, false) } else { target(app, &name)? };
    let outcome = fill(id, push, app, io);
    if is_new && !matches!(outcome, Ok(Filled::Something)) {
        delete(app, &name)?;
    }
    outcome.map(drop)
}

/// Whether a push brought anything.
enum Filled {
    Something,
    Nothing,
}

fn fill(id: i64, push: &TakeImport, app: &App, io: &mut dyn Io) -> Result<Filled> {
    if let Some(name) = push.head.clone() {
        match app.host.ask(id, Command::SetHead { caller: local::administrator(), name }) {
            Ok(_) => {}
            Err(error) => io.note(&format!("HEAD is not taken over: {}", error.message))?,
        }
    }
    if push.is_empty {
        return Ok(Filled::Something);
    }
    let moved = local::converse(app, id, local::push(), io)?;
    Ok(if moved { Filled::Something } else { Filled::Nothing })
}

/// The empty repository of this name, made if there is none; and whether it was made.
fn target(app: &App, name: &FullName) -> Result<(i64, bool)> {
    let found = app.wait(access::repository::<act::See>(&app.forge, ADMINISTRATOR, &name.owner, &name.name));
    match found {
        Ok(access) => {
            let id = access.repository().id.0;
            match app.host.ask(id, Command::Stat)? {
                Reply::Stat(stat) if stat.refs == 0 => Ok((id, false)),
                _ => Err(Failure::new(format_args!("{name} is not empty"))),
            }
        }
        Err(error) if error.kind == Kind::NotFound => {
            Ok((create(app, name, Visibility::Private, "")?.id.0, true))
        }
        Err(error) => Err(error.into()),
    }
}
