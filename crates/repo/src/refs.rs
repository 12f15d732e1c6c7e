//! Refs: one indexed row each, with the peeled id of annotated tags in it.

use gitflare_db::{Sql, row, statements};
use gitflare_git::Oid;

use crate::{Error, Result};

row! {
    /// The row.
    struct RefRow {
        name: Vec<u8>,
        oid: Vec<u8>,
        peeled: Option<Vec<u8>>,
    }
}

/// A ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// Full name.
    pub name: Vec<u8>,
    /// What it names.
    pub oid: Oid,
    /// What that tag tags in the end, if it names an annotated tag.
    pub peeled: Option<Oid>,
}

statements! {
    ALL: RefRow = "SELECT name, oid, peeled FROM ref ORDER BY name";
    RANGE: RefRow = "SELECT name, oid, peeled FROM ref WHERE name >= ? AND name < ? ORDER BY name LIMIT CAST(? AS INTEGER)";
    GET: RefRow = "SELECT name, oid, peeled FROM ref WHERE name = ?";
    PUT: () = "INSERT INTO ref (name, oid, peeled) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET oid = excluded.oid, peeled = excluded.peeled";
    DELETE: () = "DELETE FROM ref WHERE name = ?";
    COUNT_RANGE: (i64,) = "SELECT COUNT(*) FROM ref WHERE name >= ? AND name < ?";
    COUNT: (i64,) = "SELECT COUNT(*) FROM ref";
}

impl RefRow {
    fn parse(self) -> Result<Ref> {
        let damaged = || Error::Damage("a ref row holds no object id".into());
        let oid = Oid::from_bytes(&self.oid).ok_or_else(damaged)?;
        let peeled = self.peeled.map(|bytes| Oid::from_bytes(&bytes).ok_or_else(damaged)).transpose()?;
        Ok(Ref { name: self.name, oid, peeled })
    }
}

/// All refs, in byte order of their names.
pub fn all(sql: &dyn Sql) -> Result<Vec<Ref>> {
    sql.all(&ALL, &[])?.into_iter().map(RefRow::parse).collect()
}

/// Refs whose name begins with `prefix`, at most `limit`, in byte order.
pub fn with_prefix(sql: &dyn Sql, prefix: &[u8], limit: u32) -> Result<Vec<Ref>> {
    let rows = sql.all(&RANGE, &[prefix.into(), after(prefix).into(), limit.into()])?;
    rows.into_iter().map(RefRow::parse).collect()
}

/// Refs below `prefix` whose name is above `from`, at most `limit`, in byte order.
pub fn with_prefix_above(sql: &dyn Sql, prefix: &[u8], from: &[u8], limit: u32) -> Result<Vec<Ref>> {
    // The least name above another is that name with a zero byte behind it.
    let above = [from, b"\0"].concat();
    let first = if from < prefix { prefix } else { above.as_slice() };
    let rows = sql.all(&RANGE, &[first.into(), after(prefix).into(), limit.into()])?;
    rows.into_iter().map(RefRow::parse).collect()
}

/// How many refs begin with `prefix`.
pub fn count_with_prefix(sql: &dyn Sql, prefix: &[u8]) -> Result<u64> {
    let (count,) = sql.one(&COUNT_RANGE, &[prefix.into(), after(prefix).into()])?;
    Ok(count as u64)
}

/// The least name above every name that begins with `prefix`.
fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while end.last() == Some(&0xff) {
        end.pop();
    }
    match end.last_mut() {
        Some(last) => *last += 1,
        // Ref names cannot hold this byte, so it is above all of them.
        None => end.push(0xff),
    }
    end
}

/// The ref of this name.
pub fn get(sql: &dyn Sql, name: &[u8]) -> Result<Option<Ref>> {
    sql.first(&GET, &[name.into()])?.map(RefRow::parse).transpose()
}

/// How many there are.
pub fn count(sql: &dyn Sql) -> Result<u64> {
    let (count,) = sql.one(&COUNT, &[])?;
    Ok(count as u64)
}

/// A ref that stands in the way of `name`: a folder of it, or a name inside it (`a` and `a/b` cannot both exist).
pub fn in_the_way(sql: &dyn Sql, name: &[u8]) -> Result<Option<Vec<u8>>> {
    for (at, _) in name.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
        if get(sql, &name[..at])?.is_some() {
            return Ok(Some(name[..at].to_vec()));
        }
    }
    let mut folder = name.to_vec();
    folder.push(b'/');
    Ok(with_prefix(sql, &folder, 1)?.into_iter().next().map(|found| found.name))
}

/// Creates or moves a ref. Only publishing does, inside its transaction.
pub(crate) fn put(sql: &dyn Sql, name: &[u8], oid: &Oid, peeled: Option<&Oid>) -> Result<()> {
    sql.execute(&PUT, &[name.into(), oid.as_bytes().into(), peeled.map(Oid::as_bytes).into()])?;
    Ok(())
}

/// Deletes a ref. Only publishing does, inside its transaction.
pub(crate) fn delete(sql: &dyn Sql, name: &[u8]) -> Result<()> {
    sql.execute(&DELETE, &[name.into()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn the_end_of_a_prefix_is_above_all_its_names() {
        assert_eq!(after(b"refs/heads/"), b"refs/heads0");
        assert_eq!(after(b"a\xff"), b"b");
        assert_eq!(after(b""), b"\xff");
    }
}
