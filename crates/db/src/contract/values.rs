//! What goes in comes out; and numbers are REAL until a STRICT column or a CAST says otherwise.

use super::{Case, Outcome, case, create, expect, refused, works};
use crate::{Db, Error, Value};

pub(super) const CASES: &[Case] = &[
    case("null comes back as null", null),
    case("blobs come back, the empty one too", blobs),
    case("texts come back, the empty one too", texts),
    case("integers come back up to 2^53-1 and are refused above", integers),
    case("reals come back", reals),
    case("a bound integer is REAL outside a STRICT column", bound_numbers_are_real),
    case("CAST makes an integer of it", cast_makes_integers),
    case("keys, ranges and LIMIT take bound numbers", keys_ranges_limits),
    case("parameters may be numbered and repeated", numbered_parameters),
    case("a list travels as one JSON text, oids as hex", lists_travel_as_json),
    case("FTS5 is written and read", fts5),
    case("a FTS5 rowid is found with CAST", fts5_rowid),
];

fn null(db: &Db) -> Outcome {
    create(db, "c_null", "id INTEGER PRIMARY KEY, a TEXT, b BLOB, c INTEGER")?;
    works(
        db,
        "INSERT INTO c_null VALUES (1, ?, ?, ?)",
        &[Value::Null, None::<&[u8]>.into(), None::<i64>.into()],
    )?;
    expect(db, "SELECT a, b, c FROM c_null", &[], "null,null,null")?;
    expect(db, "SELECT ? IS NULL", &[Value::Null], "1")
}

fn blobs(db: &Db) -> Outcome {
    create(db, "c_blob", "id INTEGER PRIMARY KEY, a BLOB NOT NULL")?;
    for (id, bytes) in [(1, &[][..]), (2, &[0]), (3, &[0, 255, 39, 10])] {
        works(db, "INSERT INTO c_blob VALUES (?, ?)", &[Value::Int(id), bytes.into()])?;
    }
    expect(
        db,
        "SELECT a, typeof(a), length(a) FROM c_blob ORDER BY id",
        &[],
        "x'','blob',0;x'00','blob',1;x'00ff270a','blob',4",
    )
}

fn texts(db: &Db) -> Outcome {
    create(db, "c_text", "id INTEGER PRIMARY KEY, a TEXT NOT NULL")?;
    for (id, text) in [(1, ""), (2, "a'b\";\n"), (3, "grüße 🦀")] {
        works(db, "INSERT INTO c_text VALUES (?, ?)", &[Value::Int(id), text.into()])?;
    }
    expect(
        db,
        "SELECT a, typeof(a) FROM c_text ORDER BY id",
        &[],
        "'','text';'a'b\";\n','text';'grüße 🦀','text'",
    )
}

fn integers(db: &Db) -> Outcome {
    const MAX: i64 = 9_007_199_254_740_991;
    create(db, "c_int", "a INTEGER NOT NULL")?;
    for n in [MAX, -MAX, -1, 0] {
        works(db, "INSERT INTO c_int VALUES (?)", &[Value::Int(n)])?;
    }
    let all = format!("{},'integer';-1,'integer';0,'integer';{MAX},'integer'", -MAX);
    expect(db, "SELECT a, typeof(a) FROM c_int ORDER BY a", &[], &all)?;
    for n in [MAX + 1, -MAX - 1, i64::MAX, i64::MIN] {
        let out_of_range = |error: &Error| matches!(error, Error::OutOfRange(_));
        refused(db, "INSERT INTO c_int VALUES (?)", &[Value::Int(n)], out_of_range)?;
    }
    Ok(())
}

fn reals(db: &Db) -> Outcome {
    create(db, "c_real", "a REAL NOT NULL")?;
    works(db, "INSERT INTO c_real VALUES (?), (?)", &[Value::Real(1.5), Value::Real(-0.25)])?;
    expect(db, "SELECT a, typeof(a) FROM c_real ORDER BY a", &[], "-0.25,'real';1.5,'real'")?;
    expect(db, "SELECT ?", &[Value::Real(1.5)], "1.5")
}

fn bound_numbers_are_real(db: &Db) -> Outcome {
    create(db, "c_number", "n INTEGER NOT NULL")?;
    works(db, "INSERT INTO c_number VALUES (?)", &[Value::Int(7)])?;
    let two = &[Value::Int(5), Value::Int(2)];
    expect(db, "SELECT typeof(?)", &two[..1], "'real'")?;
    expect(db, "SELECT ? / ?", two, "2.5")?;
    expect(db, "SELECT json_object('a', ?)", &two[..1], "'{\"a\":5.0}'")?;
    expect(db, "SELECT '' || ?", &two[..1], "'5.0'")?;
    expect(db, "SELECT typeof(max(n) + ?) FROM c_number", &two[..1], "'real'")?;
    expect(db, "SELECT typeof(n) FROM c_number", &[], "'integer'")
}

fn cast_makes_integers(db: &Db) -> Outcome {
    let two = &[Value::Int(5), Value::Int(2)];
    expect(db, "SELECT typeof(CAST(? AS INTEGER))", &two[..1], "'integer'")?;
    expect(db, "SELECT CAST(? AS INTEGER) / CAST(? AS INTEGER)", two, "2")?;
    expect(db, "SELECT json_object('a', CAST(? AS INTEGER))", &two[..1], "'{\"a\":5}'")?;
    expect(db, "SELECT '' || CAST(? AS INTEGER)", &two[..1], "'5'")
}

fn keys_ranges_limits(db: &Db) -> Outcome {
    create(db, "c_key", "id INTEGER PRIMARY KEY, n INTEGER NOT NULL")?;
    for id in 1..=5 {
        works(db, "INSERT INTO c_key VALUES (?, ?)", &[Value::Int(id), Value::Int(id * 10)])?;
    }
    expect(db, "SELECT n FROM c_key WHERE id = ?", &[Value::Int(3)], "30")?;
    expect(db, "SELECT n FROM c_key WHERE id > ? AND n <= ?", &[Value::Int(3), Value::Int(50)], "40;50")?;
    expect(db, "SELECT n FROM c_key ORDER BY id LIMIT ? OFFSET ?", &[Value::Int(2), Value::Int(1)], "20;30")
}

fn numbered_parameters(db: &Db) -> Outcome {
    expect(db, "SELECT ?2, ?1, ?2", &["a".into(), "b".into()], "'b','a','b'")
}

fn lists_travel_as_json(db: &Db) -> Outcome {
    expect(db, "SELECT value FROM json_each(?)", &["[3,1,2]".into()], "3;1;2")?;
    expect(db, "SELECT unhex(value) FROM json_each(?)", &["[\"00ff\",\"a0\"]".into()], "x'00ff';x'a0'")?;
    expect(db, "SELECT hex(?)", &[Value::Blob(vec![0, 171].into())], "'00AB'")
}

fn fresh_fts5(db: &Db, name: &str) -> Outcome {
    works(db, &format!("DROP TABLE IF EXISTS {name}"), &[])?;
    works(db, &format!("CREATE VIRTUAL TABLE {name} USING fts5(body, tokenize = 'trigram')"), &[])?;
    for (id, body) in [(1, "the quick brown fox"), (2, "a quick answer"), (3, "slow")] {
        let insert = format!("INSERT INTO {name} (rowid, body) VALUES (CAST(? AS INTEGER), ?)");
        works(db, &insert, &[Value::Int(id), body.into()])?;
    }
    Ok(())
}

fn fts5(db: &Db) -> Outcome {
    fresh_fts5(db, "c_fts")?;
    let find = "SELECT rowid FROM c_fts WHERE c_fts MATCH ? ORDER BY rowid";
    expect(db, find, &["uick".into()], "1;2")?;
    expect(db, "SELECT rowid FROM c_fts WHERE c_fts MATCH ? ORDER BY rank LIMIT 1", &["slow".into()], "3")?;
    works(
        db,
        "UPDATE c_fts SET body = ? WHERE rowid = CAST(? AS INTEGER)",
        &["slower".into(), Value::Int(1)],
    )?;
    works(db, "DELETE FROM c_fts WHERE rowid = CAST(? AS INTEGER)", &[Value::Int(3)])?;
    expect(db, find, &["slow".into()], "1")?;
    works(db, "INSERT INTO c_fts (c_fts) VALUES ('optimize')", &[])?;
    expect(db, find, &["quick".into()], "2")
}

fn fts5_rowid(db: &Db) -> Outcome {
    fresh_fts5(db, "c_fts_rowid")?;
    let find = "SELECT body FROM c_fts_rowid WHERE c_fts_rowid MATCH ? AND rowid = CAST(? AS INTEGER)";
    expect(db, find, &["quick".into(), Value::Int(2)], "'a quick answer'")?;
    expect(db, find, &["quick".into(), Value::Int(3)], "")
}
