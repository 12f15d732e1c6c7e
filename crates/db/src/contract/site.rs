//! The site's database: a batch is one transaction, and `expect` decides over it.

use std::borrow::Cow;

use futures_util::future::{BoxFuture, FutureExt};

use super::{Outcome, Scope, SiteCase};
use crate::{Bound, Error, Site, Stmt, Value, site::Answer};

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
];

const fn case(name: &'static str, run: fn(&Site) -> BoxFuture<'_, Outcome>) -> SiteCase {
    SiteCase { name, scope: Scope::Everywhere, run }
}

fn bound(text: &'static str, args: Vec<Value<'static>>) -> Bound {
    Bound { text, args, expect: None }
}

async fn batch(site: &Site, statements: Vec<Bound>) -> Result<Vec<Answer>, String> {
    let first = statements.first().map_or("", |statement| statement.text);
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

async fn empty(site: &Site) -> Outcome {
    same("answers", &batch(site, Vec::new()).await?.len(), &0)
}
