//! `repo verify`: every object's hash, every link, every index. Damage is data, on standard output, and exit 1.

use std::collections::BTreeMap;

use gitflare_forge::{
    access::{self, act},
    names::FullName,
    repositories as rules,
};

use super::repositories;
use crate::{app::App, error::Result, io::Io, office::ADMINISTRATOR};

pub(super) mod there;

pub(super) fn run(app: &App, name: Option<&str>, io: &mut dyn Io) -> Result<u8> {
    let targets = match name {
        Some(name) => {
            let found = repositories::find(app, &FullName::parse(name)?)?;
            BTreeMap::from([(found.id.0, found.full_name().to_string())])
        }
        None => all(app)?,
    };
    let mut damaged = false;
    for (id, name) in targets {
        let findings = verify(app, id, &name, io)?;
        if !findings.is_empty()
            && !app.host.folder().repository(id).exists()
            && !names(app)?.contains_key(&id)
        {
            // Deleted since the list was made.
            continue;
        }
        for finding in &findings {
            io.line(&format!("{name}: {finding}"))?;
        }
        if findings.is_empty() {
            io.note(&format!("{name}: sound"))?;
        } else {
            damaged = true;
        }
    }
    Ok(u8::from(damaged))
}

fn verify(app: &App, id: i64, name: &str, io: &mut dyn Io) -> Result<Vec<String>> {
    let open = match app.host.repositories().get(id) {
        Ok(open) => open,
        // A database that does not open is the worst finding of all.
        Err(failure) => return Ok(vec![failure.to_string()]),
    };
    let mut shown = Ok(());
    let outcome = open.repository().verify(&app.host.env(), &mut |done, total| {
        if shown.is_ok() {
            shown = io.progress(name, done, total);
        }
    });
    shown?;
    Ok(outcome.unwrap_or_else(|error| vec![error.to_string()]))
}

/// Every repository the site knows, and every database there is.
fn all(app: &App) -> Result<BTreeMap<i64, String>> {
    let mut targets = names(app)?;
    for id in app.host.folder().repository_ids()? {
        targets.entry(id).or_insert_with(|| format!("repository {id}"));
    }
    Ok(targets)
}

/// What the site calls its repositories, by id.
fn names(app: &App) -> Result<BTreeMap<i64, String>> {
    let access = access::site::<act::AdministerSite>(ADMINISTRATOR)?;
    let names = app.wait(rules::names(&app.forge, &access))?;
    Ok(names.into_iter().map(|(id, name)| (id.0, name.to_string())).collect())
}
