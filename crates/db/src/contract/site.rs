//! The site's database: a batch is one transaction, and `expect` decides over it.

use std::borrow::Cow;

use futures_util::future::{BoxFuture, FutureExt};

use super::{Outcome, Scope, SiteCase};
use crate::{Bound, Columns, Error, FromRow as _, Site, Stmt, Value, ValueRef, site::Answer, tables};

pub(super) const CASES: &[SiteCase] = &[
    case("values come back", |site| values(site).boxed()),
    case("a batch happens in order and answers each statement", |site| answers(site).boxed()),
    case("a failing statement undoes the batch", |site| atomic(site).boxed()),
    case("expect met keeps the batch, expect missed undoes it", |site| expect(site).boxed()),
    case("constraint errors are recognised and name the column", |site| constraints(site).boxed()),
    case("RETURNING answers rows", |site| returning(site).boxed()),
    case("integers beyond 2^53-1 and blobs are refused", |site| refused_values(site).boxed()),
    case("a bound integer is REAL until CAST", |site| numbers(site).boxed()),
    case("refused statements are refused", |site| refused_statements(site).boxed()),
    case("an empty batch answers nothing", |site| empty(site).boxed()),
    case("a frozen table refuses every change and says so", |site| frozen(site).boxed()),
    case("rows in JSON are rows", |site| from_json(site).boxed()),
    case("tables come in pages", |site| pages(site).boxed()),
];

const fn case(name: &'static str, run: fn(&Site) -> BoxFuture<'_, Outcome>) -> SiteCase {
    SiteCase { name, scope: Scope::Everywhere, run }
}

fn bound(text: &'static str, args: Vec<Value<'static>>) -> Bound {
    Bound { text: text.into(), args, expect: None }
}

async fn batch(site: &Site, statements: Vec<Bound>) -> Result<Vec<Answer>, String> {
    let first = statements.first().map_or_else(String::new, |statement| statement.text.to_string());
    site.batch(statements).await.map_err(|error| format!("{first}: {error}"))
}

async fn fresh(site: &Site, drop: &'static str, create: &'static str) -> Outcome {
    batch(site, vec![bound(drop, Vec::new()), bound(create, Vec::new())]).await.map(|_| ())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Outcome {
    if got == wanted { Ok(()) } else { Err(format!("{what}: got {got:?}, wanted {wanted:?}")) }
}

/// The one number a statement answers.
async fn number(site: &Site, text: &'static str) -> Result<i64, String> {
    let stmt: Stmt<(i64,)> = Stmt::new("number", text);
    let row = site.first(&stmt, Vec::new()).await.map_err(|error| format!("{text}: {error}"))?;
    row.map(|(number,)| number).ok_or_else(|| format!("{text}: no row"))
}

async fn values(site: &Site) -> Outcome {
    let stmt: Stmt<(String, i64, f64, Option<String>)> =
        Stmt::new("values", "SELECT ? AS a, ? AS b, ? AS c, ? AS d");
    let args = vec!["grüße 'x'".into(), Value::Int(-5), Value::Real(1.5), Value::Null];
    let got = site.first(&stmt, args).await.map_err(|error| error.to_string())?;
    same("values", &got, &Some(("grüße 'x'".to_owned(), -5, 1.5, None)))?;
    let max: Stmt<(i64, String)> = Stmt::new("max", "SELECT ? AS a, ? AS b");
    let args = vec![Value::Int(9_007_199_254_740_991), "".into()];
    let got = site.first(&max, args).await.map_err(|error| error.to_string())?;
    same("max", &got, &Some((9_007_199_254_740_991, String::new())))
}

async fn answers(site: &Site) -> Outcome {
    fresh(site, "DROP TABLE IF EXISTS s_batch", "CREATE TABLE s_batch (a INTEGER PRIMARY KEY) STRICT")
        .await?;
    let got = batch(
        site,
        vec![
            bound("INSERT INTO s_batch VALUES (?), (?)", vec![Value::Int(1), Value::Int(2)]),
            bound("SELECT a FROM s_batch ORDER BY a", Vec::new()),
            bound("DELETE FROM s_batch WHERE a = ?", vec![Value::Int(1)]),
            bound("SELECT a FROM s_batch", Vec::new()),
        ],
    )
    .await?;
    let changes: Vec<u64> = got.iter().map(|answer| answer.changes).collect();
    let rows: Vec<usize> = got.iter().map(|answer| answer.rows.len()).collect();
    same("changes", &changes, &vec![2, 0, 1, 0])?;
    same("rows", &rows, &vec![0, 2, 0, 1])
}

async fn atomic(site: &Site) -> Outcome {
    fresh(site, "DROP TABLE IF EXISTS s_atomic", "CREATE TABLE s_atomic (a INTEGER PRIMARY KEY) STRICT")
        .await?;
    let insert = || bound("INSERT INTO s_atomic VALUES (1)", Vec::new());
    match site.batch(vec![insert(), insert()]).await {
        Err(Error::Constraint(_)) => {}
        other => return Err(format!("a duplicate: {other:?}")),
    }
    same("rows left", &number(site, "SELECT count(*) FROM s_atomic").await?, &0)
}

async fn expect(site: &Site) -> Outcome {
    fresh(
        site,
        "DROP TABLE IF EXISTS s_expect",
        "CREATE TABLE s_expect (a INTEGER PRIMARY KEY, v INTEGER) STRICT",
    )
    .await?;
    batch(site, vec![bound("INSERT INTO s_expect VALUES (1, 1)", Vec::new()).expect(1)]).await?;
    let raise = |version: i64| {
        bound("UPDATE s_expect SET v = v + 1 WHERE a = 1 AND v = ?", vec![Value::Int(version)]).expect(1)
    };
    let add = || bound("INSERT INTO s_expect VALUES (2, 0)", Vec::new());
    match site.batch(vec![add(), raise(7)]).await {
        Err(Error::Expectation) => {}
        other => return Err(format!("expect missed: {other:?}")),
    }
    match site.batch(vec![raise(7), add()]).await {
        Err(Error::Expectation) => {}
        other => return Err(format!("expect missed at the start: {other:?}")),
    }
    same("rows after a miss", &number(site, "SELECT count(*) FROM s_expect").await?, &1)?;
    batch(site, vec![raise(1), add()]).await?;
    same("rows after a hit", &number(site, "SELECT count(*) + 10 * max(v) FROM s_expect").await?, &22)?;
    // Nothing may be expected as well, and a missed one of it undoes too.
    batch(site, vec![bound("DELETE FROM s_expect WHERE a = 9", Vec::new()).expect(0)]).await?;
    match site.batch(vec![bound("DELETE FROM s_expect", Vec::new()).expect(0)]).await {
        Err(Error::Expectation) => same("rows", &number(site, "SELECT count(*) FROM s_expect").await?, &2),
        other => Err(format!("expect(0) missed: {other:?}")),
    }
}

async fn constraints(site: &Site) -> Outcome {
    fresh(site, "DROP TABLE IF EXISTS s_unique", "CREATE TABLE s_unique (a TEXT UNIQUE) STRICT").await?;
    let insert = || bound("INSERT INTO s_unique VALUES (?)", vec!["x".into()]);
    batch(site, vec![insert()]).await?;
    match site.batch(vec![insert()]).await {
        Err(Error::Constraint(text)) if text.contains("UNIQUE constraint failed: s_unique.a") => Ok(()),
        other => Err(format!("a duplicate: {other:?}")),
    }
}

async fn returning(site: &Site) -> Outcome {
    fresh(
        site,
        "DROP TABLE IF EXISTS s_returning",
        "CREATE TABLE s_returning (id INTEGER PRIMARY KEY, n TEXT) STRICT",
    )
    .await?;
    let stmt: Stmt<(i64, String)> =
        Stmt::new("returning", "INSERT INTO s_returning (n) VALUES (?) RETURNING id, n");
    let got = site.all(&stmt, vec!["a".into()]).await.map_err(|error| error.to_string())?;
    same("returned", &got, &vec![(1, "a".to_owned())])?;
    same("stored", &number(site, "SELECT count(*) FROM s_returning").await?, &1)
}

async fn refused_values(site: &Site) -> Outcome {
    match site.batch(vec![bound("SELECT ?", vec![Value::Int(9_007_199_254_740_992)])]).await {
        Err(Error::OutOfRange(_)) => {}
        other => return Err(format!("2^53: {other:?}")),
    }
    match site.batch(vec![bound("SELECT ?", vec![Value::Blob(Cow::Borrowed(b"x"))])]).await {
        Err(Error::Shape(_)) => {}
        other => return Err(format!("a blob: {other:?}")),
    }
    match site.batch(vec![bound("SELECT x'00'", Vec::new())]).await {
        Err(Error::Shape(_)) => Ok(()),
        other => Err(format!("a blob answered: {other:?}")),
    }
}

async fn numbers(site: &Site) -> Outcome {
    let stmt: Stmt<(String, String)> = Stmt::new("numbers", "SELECT typeof(?1), typeof(CAST(?1 AS INTEGER))");
    let got = site.first(&stmt, vec![Value::Int(5)]).await.map_err(|error| error.to_string())?;
    same("types", &got, &Some(("real".to_owned(), "integer".to_owned())))
}

async fn refused_statements(site: &Site) -> Outcome {
    for text in
        ["BEGIN", "SAVEPOINT a", "PRAGMA user_version", "SELECT sqlite_version()", "SELECT 1; SELECT 2", ""]
    {
        match site.batch(vec![bound(text, Vec::new())]).await {
            Err(Error::Driver(_)) => {}
            other => return Err(format!("{text}: {other:?}")),
        }
    }
    same("still there", &number(site, "SELECT 1").await?, &1)
}

async fn frozen(site: &Site) -> Outcome {
    fresh(site, "DROP TABLE IF EXISTS s_frozen", "CREATE TABLE s_frozen (a INTEGER PRIMARY KEY) STRICT")
        .await?;
    fresh(site, "DROP TABLE IF EXISTS s_until", "CREATE TABLE s_until (at INTEGER NOT NULL) STRICT").await?;
    let insert = || bound("INSERT INTO s_frozen VALUES (NULL)", Vec::new());
    batch(site, vec![insert(), insert()]).await?;
    batch(site, tables::freeze("s_frozen", "EXISTS (SELECT 1 FROM s_until WHERE at > unixepoch())")).await?;
    // Whether it holds is asked at each change.
    batch(
        site,
        vec![insert(), bound("INSERT INTO s_until VALUES (CAST(? AS INTEGER))", vec![Value::Int(1 << 40)])],
    )
    .await?;
    for change in
        ["INSERT INTO s_frozen VALUES (9)", "UPDATE s_frozen SET a = 7 WHERE a = 1", "DELETE FROM s_frozen"]
    {
        let other = bound("INSERT INTO s_until VALUES (0)", Vec::new());
        match site.batch(vec![other, bound(change, Vec::new())]).await {
            Err(Error::Frozen) => {}
            other => return Err(format!("{change}: {other:?}")),
        }
    }
    same("what went with it", &number(site, "SELECT count(*) FROM s_until").await?, &1)?;
    batch(site, [tables::thaw("s_frozen"), vec![insert()]].concat()).await?;
    same("rows", &number(site, "SELECT count(*) FROM s_frozen").await?, &4)
}

async fn from_json(site: &Site) -> Outcome {
    fresh(
        site,
        "DROP TABLE IF EXISTS s_json",
        "CREATE TABLE s_json (a INTEGER PRIMARY KEY, b TEXT, c REAL, d INTEGER) STRICT",
    )
    .await?;
    fresh(site, "DROP TABLE IF EXISTS s_text", "CREATE TABLE s_text (rows TEXT NOT NULL) STRICT").await?;
    let text = r#"[[1, "grü\"ße\n\u0001", 1.5, null], [9007199254740991, "", 2.0, -5]]"#;
    batch(site, vec![bound("INSERT INTO s_text VALUES (?)", vec![text.into()])]).await?;
    let insert = tables::insert_json("s_json", 4, "SELECT rows FROM s_text", Vec::new()).expect(2);
    batch(site, vec![insert]).await?;
    let stmt: Stmt<(i64, String, f64, Option<i64>)> =
        Stmt::new("json", "SELECT a, b, c, d FROM s_json ORDER BY a");
    let got = site.all(&stmt, Vec::new()).await.map_err(|error| error.to_string())?;
    let first = (1, "grü\"ße\n\u{1}".to_owned(), 1.5, None);
    let second = (9_007_199_254_740_991, String::new(), 2.0, Some(-5));
    same("rows", &got, &vec![first, second])?;
    let typed = "SELECT count(*) FROM s_json WHERE typeof(a) = 'integer' AND typeof(c) = 'real'";
    same("types", &number(site, typed).await?, &2)
}

async fn pages(site: &Site) -> Outcome {
    fresh(site, "DROP TABLE IF EXISTS s_page", "CREATE TABLE s_page (a INTEGER PRIMARY KEY, b TEXT) STRICT")
        .await?;
    let create = "CREATE TABLE s_other (a TEXT PRIMARY KEY, b TEXT) STRICT, WITHOUT ROWID";
    fresh(site, "DROP TABLE IF EXISTS s_other", create).await?;
    for n in [3, 5, 7, 9] {
        let insert = |text| bound(text, vec![Value::Int(n), format!("row {n}").into()]);
        batch(
            site,
            vec![
                insert("INSERT INTO s_page VALUES (?, ?)"),
                insert("INSERT INTO s_other VALUES (CAST(?1 AS INTEGER), ?2)"),
            ],
        )
        .await?;
    }
    let all = tables::list_site(site).await.map_err(|error| error.to_string())?;
    for (name, numbered) in [("s_page", true), ("s_other", false)] {
        let table = all.iter().find(|table| table.name == name).ok_or("a table is missing")?;
        same(name, &table.numbered, &numbered)?;
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let rows = tables::page(site, table, after, 3).await.map_err(|error| error.to_string())?;
            if rows.is_empty() {
                break;
            }
            let shown = rows.each(&mut |row, place| {
                after = place;
                seen.push(<(String,)>::from_row(&Second(row))?.0);
                same("columns", &row.count(), &2).map_err(Error::Shape)
            });
            shown.map_err(|error| error.to_string())?;
        }
        same(name, &seen, &["row 3", "row 5", "row 7", "row 9"].map(str::to_owned).to_vec())?;
    }
    Ok(())
}

/// A row without its first column.
struct Second<'a>(&'a dyn Columns);

impl Columns for Second<'_> {
    fn get(&self, index: usize) -> Result<ValueRef<'_>, Error> {
        self.0.get(index + 1)
    }

    fn count(&self) -> usize {
        self.0.count().saturating_sub(1)
    }
}

async fn empty(site: &Site) -> Outcome {
    same("answers", &batch(site, Vec::new()).await?.len(), &0)
}
