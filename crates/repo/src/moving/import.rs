//! The way in: slices in their order, each once, into a repository that nobody can use before it is whole.

use gitflare_db::{Sql, dump, tables};
use gitflare_port::moving::{Progress, Summary};
use serde_json::{Value as Json, json};

use super::{
    FROZEN, IMPORT,
    export::{Rows, TABLES},
    get, remove, set, summary,
};
use crate::{Error, Repository, Result, state};

/// What pushes are told meanwhile.
const NOTICE: &str = "the repository is being imported";

/// How far an import is: what it waits for, and what came last.
#[derive(Debug, Default, PartialEq, Eq)]
struct Received {
    /// The cursor of the slice that comes next; `None` is the first.
    expected: Option<String>,
    complete: bool,
    /// The cursor of the slice that came last, if one did.
    last: Option<Option<String>>,
}

impl Received {
    fn read(text: &str) -> Self {
        let json: Json = serde_json::from_str(text).unwrap_or_default();
        let text = |value: &Json| value.as_str().map(str::to_owned);
        Self {
            expected: text(&json["expected"]),
            complete: json["complete"].as_bool().unwrap_or_default(),
            last: json["last"].as_array().map(|last| last.first().and_then(text)),
        }
    }

    fn write(&self) -> String {
        let last = self.last.as_ref().map(|cursor| json!([cursor]));
        json!({ "expected": self.expected, "complete": self.complete, "last": last }).to_string()
    }

    fn progress(&self) -> Progress {
        if self.complete { Progress::Complete } else { Progress::Missing { next: self.expected.clone() } }
    }
}

/// Begins an import in a repository just made.
pub(super) fn begin(repository: &Repository) -> Result<Progress> {
    repository.db().write("moving: begin", |sql| {
        let now = summary(sql)?;
        let is_new = now.refs == 0 && now.packs == 0 && now.movements == 0 && now.last_event == 0;
        if !is_new || get(sql, IMPORT)?.is_some() {
            return Err(Error::Conflict("the repository is not empty".into()));
        }
        let received = Received::default();
        set(sql, FROZEN, NOTICE)?;
        set(sql, IMPORT, &received.write())?;
        Ok(received.progress())
    })
}

/// How far it is.
pub(super) fn progress(repository: &Repository) -> Result<Progress> {
    repository.db().read(|sql| match get(sql, IMPORT)? {
        Some(text) => Ok(Received::read(&text).progress()),
        None => Ok(Progress::Finished(summary(sql)?)),
    })
}

/// Takes a slice. The one before it may come again: its answer was lost.
pub(super) fn rows(
    repository: &Repository,
    from: Option<String>,
    next: Option<String>,
    slice: &[u8],
) -> Result<Progress> {
    repository.db().write("moving: rows", |sql| {
        let received = received(sql)?;
        if received.last.as_ref() == Some(&from) {
            return Ok(received.progress());
        }
        if received.complete || received.expected != from {
            return Err(Error::Conflict("another slice was expected".into()));
        }
        insert(sql, slice)?;
        let complete = next.is_none();
        let received = Received { expected: next, complete, last: Some(from) };
        set(sql, IMPORT, &received.write())?;
        Ok(received.progress())
    })
}

fn received(sql: &dyn Sql) -> Result<Received> {
    let text = get(sql, IMPORT)?.ok_or_else(|| Error::Conflict("no import is under way".into()))?;
    Ok(Received::read(&text))
}

fn insert(sql: &dyn Sql, slice: &[u8]) -> Result<()> {
    let mut table = "";
    let mut statement = String::new();
    let outcome = dump::read(slice, &mut |record| match record {
        dump::Record::Table(name) => {
            let known = TABLES.iter().find(|(known, _, rows)| *known == name && *rows != Rows::None);
            table = known
                .ok_or_else(|| Error::Refused(format!("rows of '{name}' are no part of a repository")))?
                .0;
            statement.clear();
            // The migrations put a row there.
            if table == "state" { Ok(tables::clear(sql, table)?) } else { Ok(()) }
        }
        dump::Record::Row(row) => {
            let values = dump::decode_row(row)?;
            match (table, values.as_slice()) {
                (tables::SEQUENCE, [gitflare_db::Value::Text(name), gitflare_db::Value::Int(last)]) => {
                    Ok(tables::reserve(sql, name, *last)?)
                }
                (tables::SEQUENCE, _) => Err(Error::Refused("an id cannot be read".into())),
                _ => Ok(tables::insert(sql, table, &mut statement, &values)?),
            }
        }
    });
    // What does not fit is the sender's mistake, and undone.
    outcome.map_err(|error| match error {
        Error::Db(
            error @ (gitflare_db::Error::Constraint(_)
            | gitflare_db::Error::Shape(_)
            | gitflare_db::Error::OutOfRange(_)),
        ) => Error::Refused(format!("the slice does not fit: {error}")),
        error => error,
    })
}

/// Everything is there: what it comes to is compared, and the repository can be used.
pub(super) fn finish(repository: &Repository, expected: &Summary) -> Result<Progress> {
    repository.db().write("moving: finish", |sql| {
        if get(sql, IMPORT)?.is_none() {
            let now = summary(sql)?;
            return if now == *expected { Ok(Progress::Finished(now)) } else { Err(differs(&now, expected)) };
        }
        if !received(sql)?.complete {
            return Err(Error::Conflict("slices are missing".into()));
        }
        if state::get(sql)?.format()? != repository.format() {
            return Err(Error::Refused("its object format is not SHA-1, the only one there is here".into()));
        }
        let now = summary(sql)?;
        if now != *expected {
            return Err(differs(&now, expected));
        }
        remove(sql, IMPORT)?;
        remove(sql, FROZEN)?;
        Ok(Progress::Finished(now))
    })
}

fn differs(now: &Summary, expected: &Summary) -> Error {
    let what = [
        ("its migrations", now.migrations != expected.migrations),
        ("HEAD", now.head != expected.head),
        ("its refs", now.refs != expected.refs || now.refs_digest != expected.refs_digest),
        ("its commits", now.commits != expected.commits),
        ("its objects", now.objects != expected.objects),
        ("its packs", now.packs != expected.packs || now.bytes != expected.bytes),
        ("its reflog", now.movements != expected.movements),
        ("its events", now.last_event != expected.last_event),
    ];
    let what: Vec<&str> = what.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    Error::Conflict(format!("what arrived is not what was sent: {} differ", what.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::Received;

    #[test]
    fn what_was_received_is_read_as_written() {
        for received in [
            Received::default(),
            Received { expected: Some("1.2".into()), complete: false, last: Some(None) },
            Received { expected: None, complete: true, last: Some(Some("1.2".into())) },
        ] {
            assert_eq!(Received::read(&received.write()), received);
        }
    }
}
