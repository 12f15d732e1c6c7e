//! Reads the folder that a host leaves behind after a whole run of the suite: `disk native|cloudflare FOLDER`.
//!
//! One database per repository, with refs and packs of its own and nothing of anybody else's; a site with people and
//! access and without a git object; and no database besides. Prints a line of counts, or what is wrong.

#![expect(clippy::print_stdout, reason = "a line for whoever reads the run")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use sha2::{Digest as _, Sha256};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What a site has, and no repository.
const OF_SITES: [&str; 5] = ["account", "repository", "collaborator", "token", "login_session"];
/// What a repository has, and no site.
const OF_REPOSITORIES: [&str; 7] = ["file", "chunk", "pack", "pidx", "ref", "reflog", "commits"];
/// The class and the script of the objects: what workerd derives the names of their files from.
const NAMESPACE: &str = "gitflare-Repository";

/// What was found, added up.
#[derive(Default)]
struct Counts {
    refs: i64,
    objects: i64,
    erased: usize,
    accounts: i64,
}

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (Some(host), Some(folder)) = (words.next(), words.next()) else {
        return Err("usage: disk native|cloudflare FOLDER".into());
    };
    let is_native = host == "native";
    let mut counts = Counts::default();
    let (mut sites, mut found) = (Vec::new(), BTreeMap::new());
    for path in databases(Path::new(&folder))? {
        let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let tables = tables(&database)?;
        let has = |names: &[&str]| names.iter().all(|name| tables.contains(*name));
        if has(&OF_SITES) {
            sites.push(path);
        } else if has(&OF_REPOSITORIES) {
            repository(&database, &tables, &mut counts)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            found.insert(name, path);
        } else if !is_native && tables.iter().all(|table| table.starts_with("_cf_")) {
            // The runtime keeps the file of an object that was deleted, and its own notes about alarms.
            counts.erased += 1;
        } else {
            return Err(format!("{} is neither a site nor a repository: {tables:?}", path.display()).into());
        }
    }
    let [site] = sites.as_slice() else { return Err(format!("{} sites: {sites:?}", sites.len()).into()) };
    let site = Connection::open_with_flags(site, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    without_git(&site)?;
    counts.accounts = number(&site, "SELECT count(*) FROM account")?;
    let known = known(&site, is_native)?;
    for (name, (id, state)) in &known {
        if state == "active" && !found.contains_key(name) {
            return Err(format!("repository {id} has no database {name}").into());
        }
    }
    if let Some((_, path)) = found.iter().find(|(name, _)| !known.contains_key(*name)) {
        return Err(format!("{} is the database of no repository", path.display()).into());
    }
    let Counts { refs, objects, erased, accounts } = counts;
    if accounts == 0 || found.is_empty() || refs == 0 || objects == 0 {
        return Err(
            format!("too little: {accounts} accounts, {} repositories, {refs} refs", found.len()).into()
        );
    }
    println!(
        "{host}, read from disk: one site of {accounts} accounts without a git object, {} repositories with a database \
         each, in them {refs} refs and {objects} objects, {erased} databases without anything",
        found.len()
    );
    Ok(())
}

/// Every SQLite file below a folder.
fn databases(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sqlite") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn tables(database: &Connection) -> Result<BTreeSet<String>> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = database.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

fn number(database: &Connection, sql: &str) -> Result<i64> {
    Ok(database.query_row(sql, [], |row| row.get(0))?)
}

/// Its refs lead to what its own packs hold, its packs lie in its own files, and it has nothing of the site's.
fn repository(database: &Connection, tables: &BTreeSet<String>, counts: &mut Counts) -> Result<()> {
    if let Some(table) = OF_SITES.iter().find(|table| tables.contains(**table)) {
        return Err(format!("a repository with the table {table}").into());
    }
    let refs = number(database, "SELECT count(*) FROM ref")?;
    let objects = number(database, "SELECT coalesce(sum(objects), 0) FROM pack WHERE state = 'live'")?;
    let lost = "SELECT count(*) FROM ref WHERE name >= CAST('refs/heads/' AS BLOB) AND name < CAST('refs/heads0' AS BLOB) \
                AND oid NOT IN (SELECT oid FROM commits)";
    if number(database, lost)? != 0 {
        return Err("a branch whose commit is not here".into());
    }
    if refs > 0 && objects == 0 {
        return Err("refs without objects".into());
    }
    if number(
        database,
        "SELECT count(*) FROM pack WHERE state = 'live' AND file NOT IN (SELECT id FROM file)",
    )? != 0
    {
        return Err("a pack that lies elsewhere".into());
    }
    counts.refs += refs;
    counts.objects += objects;
    Ok(())
}

/// The site has no table of a repository, and no bytes: nothing in it is an object or a pack.
fn without_git(site: &Connection) -> Result<()> {
    for table in tables(site)? {
        if OF_REPOSITORIES.contains(&table.as_str()) {
            return Err(format!("a site with the table {table}").into());
        }
        // What the platform keeps for itself.
        if table.starts_with('_') {
            continue;
        }
        let mut statement = site.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                if matches!(row.get_ref(column)?, ValueRef::Blob(_)) {
                    return Err(format!("{table} holds bytes").into());
                }
            }
        }
    }
    Ok(())
}

/// The repositories the site knows, by the name of the file each has to have.
fn known(site: &Connection, is_native: bool) -> Result<BTreeMap<String, (i64, String)>> {
    let mut statement = site.prepare("SELECT id, state FROM repository")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let mut known = BTreeMap::new();
    for row in rows {
        let (id, state) = row?;
        let name = if is_native { id.to_string() } else { object(&id.to_string()) };
        known.insert(name, (id, state));
    }
    Ok(known)
}

/// What workerd calls the file of the object of a name.
fn object(name: &str) -> String {
    let key = Sha256::digest(NAMESPACE);
    let first = &hmac(&key, name.as_bytes())[..16];
    let second = &hmac(&key, first)[..16];
    [first, second].concat().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC-SHA-256 with a key shorter than a block.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let padded =
        |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or_default() ^ with).collect() };
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).into()
}
