//! `repo …`: repositories and their members, and what import needs of them.

use gitflare_forge::{
    access::{self, act},
    admin::{
        ChangeRepository, CreateRepository, DeleteRepository, ListMembers, ListRepositories, RemoveMember,
        SetMember,
    },
    error::Kind,
    names::FullName,
    repositories::Repository,
};
use gitflare_port::{Command, Reply};

use crate::{
    app::App,
    cli::{Member, Repo, TakeImport},
    error::{Failure, Result},
    io::Io,
    local,
    office::{ADMINISTRATOR, Office},
};

pub(super) fn run(command: Repo, office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    match command {
        Repo::Create { repository, private, description } => {
            let visibility = if private { "private" } else { "public" };
            let name = create(office, &FullName::parse(&repository)?, visibility, description)?;
            io.note(&format!("created {name}"))?;
        }
        Repo::List => list(office, io)?,
        Repo::Rename { repository, name } => {
            let old = FullName::parse(&repository)?;
            let renamed = office.call(ChangeRepository { name: Some(name), ..change(&old) })?;
            io.note(&format!("{old} is now {}/{}", renamed.owner, renamed.name))?;
        }
        Repo::Set { repository, private, public, default_branch, description } => {
            let visibility = match (private, public) {
                (true, _) => Some("private".to_owned()),
                (_, true) => Some("public".to_owned()),
                _ => None,
            };
            let name = FullName::parse(&repository)?;
            if visibility.is_none() && default_branch.is_none() && description.is_none() {
                let options = "--private, --public, --default-branch or --description";
                return Err(Failure::new(format_args!("say what to change: {options}")));
            }
            let changed =
                office.call(ChangeRepository { visibility, default_branch, description, ..change(&name) })?;
            let (visibility, branch) = (&changed.visibility, &changed.default_branch);
            io.note(&format!("{name} is {visibility}, and its default branch {branch}"))?;
        }
        Repo::Member(command) => members(command, office, io)?,
        Repo::Delete { repository, yes } => {
            let name = FullName::parse(&repository)?;
            if !yes {
                return Err(Failure::new(format_args!("deleting {name} cannot be undone; say --yes")));
            }
            delete(office, &name)?;
            io.note(&format!("deleted {name}"))?;
        }
        // Read and write git repositories where they were typed, and come here as other commands.
        Repo::Import { .. } | Repo::Export { .. } | Repo::Verify { .. } => {
            return Err(Failure::new("not a command for the owner of the folder"));
        }
    }
    Ok(())
}

fn parts(name: &FullName) -> (String, String) {
    (name.owner.to_string(), name.name.to_string())
}

/// A change that changes nothing yet.
fn change(name: &FullName) -> ChangeRepository {
    let (owner, repository) = parts(name);
    ChangeRepository { owner, repository, ..ChangeRepository::default() }
}

/// Answers its name as it is shown.
fn create(
    office: &Office<'_>,
    name: &FullName,
    visibility: &str,
    description: Option<String>,
) -> Result<String> {
    let (owner, name) = parts(name);
    let (visibility, description) = (Some(visibility.to_owned()), description.unwrap_or_default());
    let made = office.call(CreateRepository { owner, name, visibility, description })?;
    Ok(format!("{}/{}", made.owner, made.name))
}

pub(super) fn delete(office: &Office<'_>, name: &FullName) -> Result<()> {
    let (owner, repository) = parts(name);
    office.call(DeleteRepository { owner, repository })
}

fn list(office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    let page = |cursor| ListRepositories { cursor, limit: None };
    let mut lines = Vec::new();
    office.each(page, |found| {
        let name = format!("{}/{}", found.owner, found.name);
        let (visibility, branch) = (&found.visibility, &found.default_branch);
        lines.push(format!("{name}\t{visibility}\t{branch}\t{}\t{}", found.size, found.description));
        Ok(())
    })?;
    // By name, so that two lists can be compared.
    lines.sort_unstable();
    Ok(lines.iter().try_for_each(|line| io.line(line))?)
}

fn members(command: Member, office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    let (Member::Add { repository, .. } | Member::Remove { repository, .. } | Member::List { repository }) =
        &command;
    let name = FullName::parse(repository)?;
    let (owner, repository) = parts(&name);
    match command {
        Member::Add { user, role, .. } => {
            office.call(SetMember { owner, repository, user: user.clone(), role: role.clone() })?;
            io.note(&format!("{user} has the role {role} on {name}"))?;
        }
        Member::Remove { user, .. } => {
            office.call(RemoveMember { owner, repository, user: user.clone() })?;
            io.note(&format!("{user} has no role on {name}"))?;
        }
        Member::List { .. } => {
            for member in office.call(ListMembers { owner, repository })? {
                io.line(&format!("{}\t{}", member.user, member.role))?;
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
        delete(&Office::Here(app), &name)?;
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
            create(&Office::Here(app), name, "private", None)?;
            Ok((find(app, name)?.id.0, true))
        }
        Err(error) => Err(error.into()),
    }
}
