//! `--url URL repo verify`: the same check by a site elsewhere, a slice at a time.

use gitflare_forge::{
    admin::{ListRepositories, ShowRepository, VerifyRepository},
    names::FullName,
};

use crate::{
    error::{Failure, Result, Sort},
    io::Io,
    office::Office,
};

/// How often a repository is begun anew because it changed under our hands.
const ATTEMPTS: usize = 5;

pub(crate) fn run(office: &Office<'_>, name: Option<&str>, io: &mut dyn Io) -> Result<u8> {
    let mut damaged = false;
    for (owner, repository) in targets(office, name)? {
        let name = format!("{owner}/{repository}");
        let findings = match verify(office, &owner, &repository, io) {
            // Deleted since the list was made.
            Err(failure) if failure.sort == Sort::Missing => continue,
            findings => findings.map_err(|failure| failure.of(&name))?,
        };
        for finding in &findings {
            io.line(&format!("{name}: {finding}"))?;
        }
        if findings.is_empty() {
            io.note(&format!("{name}: sound"))?;
        }
        damaged |= !findings.is_empty();
    }
    Ok(u8::from(damaged))
}

/// Owners and names, in the order of the ids.
fn targets(office: &Office<'_>, name: Option<&str>) -> Result<Vec<(String, String)>> {
    if let Some(name) = name {
        let name = FullName::parse(name)?;
        let (owner, repository) = (name.owner.to_string(), name.name.to_string());
        let found = office.insist(ShowRepository { owner, repository })?;
        return Ok(vec![(found.owner, found.name)]);
    }
    let mut all = Vec::new();
    office.each(
        |cursor| ListRepositories { cursor, limit: None },
        |one| {
            all.push((one.id, one.owner, one.name));
            Ok(())
        },
    )?;
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, owner, name)| (owner, name)).collect())
}

fn verify(office: &Office<'_>, owner: &str, repository: &str, io: &mut dyn Io) -> Result<Vec<String>> {
    let name = format!("{owner}/{repository}");
    let mut failure = None;
    for _ in 0..ATTEMPTS {
        let (mut findings, mut cursor) = (Vec::new(), None);
        loop {
            let (owner, repository) = (owner.to_owned(), repository.to_owned());
            let begun = cursor.is_some();
            let verified = match office.insist(VerifyRepository { owner, repository, cursor }) {
                // Its packs were joined meanwhile.
                Err(changed) if begun && changed.sort == Sort::Plain => {
                    failure = Some(changed);
                    break;
                }
                verified => verified?,
            };
            io.progress(&name, verified.done, verified.total)?;
            findings.extend(verified.findings);
            cursor = verified.next;
            if cursor.is_none() {
                return Ok(findings);
            }
        }
    }
    Err(failure.unwrap_or_else(|| Failure::new("it changes again and again while it is checked")))
}
