//! The virtual file system by itself: files in rows, written once, read anywhere, and gone for good.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use gitflare_db::{Db, migrate, sqlite::Sqlite};
use gitflare_repo::{
    Budget, Error, Shared,
    files::{self, Appender, FileId, FileKind, ROW},
    schema,
};
use proptest::prelude::*;

const NOW: i64 = 1_780_000_000;

fn database() -> Db {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("test: migrate", |sql| migrate::apply(sql, schema::MIGRATIONS)).unwrap();
    db
}

/// Bytes that tell where they are.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

/// Writes a file in pieces, each in a transaction of its own, and seals it.
fn write(db: &Db, pieces: &[&[u8]]) -> FileId {
    let create = |sql: &dyn gitflare_db::Sql| Appender::create(sql, FileKind::Pack, NOW, NOW + 900);
    let mut appender = db.write("test: create", create).unwrap();
    for piece in pieces {
        db.write("test: append", |sql| appender.append(sql, piece)).unwrap();
    }
    let length = appender.len();
    let (file, size) = db.write("test: seal", |sql| appender.seal(sql, NOW + 900)).unwrap();
    assert_eq!((size, length), (length, pieces.iter().map(|piece| piece.len() as u64).sum()));
    file
}

fn read(db: &Db, file: FileId, offset: usize, len: usize) -> Result<Vec<u8>, Error> {
    // Cold caches and warm ones answer alike.
    let shared = Shared::new(Budget::native());
    let once = || {
        let mut out = vec![7];
        db.read(|sql| files::read(sql, &shared, 1, file, offset as u64, len as u64, &mut out))?;
        assert_eq!(out.remove(0), 7, "what was there stays");
        Ok::<_, Error>(out)
    };
    let first = once()?;
    assert_eq!(first, once()?);
    Ok(first)
}

fn lengths(db: &Db, file: FileId) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    db.read(|sql| files::each_length(sql, file, &mut |row, length| found.push((row, length)))).unwrap();
    found
}

fn listed(db: &Db) -> Vec<(i64, String, i64, Option<i64>)> {
    let rows = db.read(files::list).unwrap();
    rows.into_iter().map(|file| (file.id, file.state, file.size, file.deadline)).collect()
}

#[test]
fn every_row_but_the_last_is_full() {
    let db = database();
    let row = ROW as u64;
    let whole = content(2 * ROW + 5);
    for (len, expected) in [
        (0, vec![]),
        (1, vec![(0, 1)]),
        (ROW - 1, vec![(0, row - 1)]),
        (ROW, vec![(0, row)]),
        (ROW + 1, vec![(0, row), (1, 1)]),
        (2 * ROW + 5, vec![(0, row), (1, row), (2, 5)]),
    ] {
        let file = write(&db, &[&whole[..len]]);
        assert_eq!(lengths(&db, file), expected, "{len}");
        assert_eq!(read(&db, file, 0, len).unwrap(), whole[..len]);
    }
}

#[test]
fn what_has_not_filled_a_row_is_held() {
    let db = database();
    let bytes = content(ROW + 10);
    let create = |sql: &dyn gitflare_db::Sql| Appender::create(sql, FileKind::Reply, NOW, NOW + 900);
    let mut appender = db.write("test: create", create).unwrap();
    assert!(appender.is_empty());
    for piece in bytes.chunks(1_000) {
        db.write("test: append", |sql| appender.append(sql, piece)).unwrap();
    }
    assert_eq!(appender.held(), (ROW as u64, &bytes[ROW..]));
    assert_eq!((appender.len(), lengths(&db, appender.file).len()), (ROW as u64 + 10, 1));
    assert_eq!(db.read(files::total).unwrap(), 0, "what is not sealed counts for nothing");
}

#[test]
fn ranges_are_read_over_the_seams_of_rows() {
    let db = database();
    let bytes = content(3 * ROW + 100);
    write(&db, &[&content(ROW + 3)]);
    let file = write(&db, &[&bytes]);
    write(&db, &[&content(9)]);
    for offset in [0, 1, ROW - 1, ROW, ROW + 1, 2 * ROW - 1, 3 * ROW, 3 * ROW + 99] {
        for len in [0, 1, 2, ROW - 1, ROW, ROW + 1, 2 * ROW + 1] {
            let len = len.min(bytes.len() - offset);
            assert!(read(&db, file, offset, len).unwrap() == bytes[offset..offset + len], "{offset} {len}");
        }
    }
    for (offset, len) in [(bytes.len(), 1), (bytes.len() - 1, 2), (10 * ROW, 1)] {
        assert!(matches!(read(&db, file, offset, len), Err(Error::Damage(_))), "{offset} {len}");
    }
    assert!(matches!(read(&db, FileId(99), 0, 1), Err(Error::Damage(_))));
}

#[test]
fn a_sealed_file_is_written_for_ever_and_lives_on_when_kept() {
    let db = database();
    let file = write(&db, &[&content(10)]);
    assert_eq!(listed(&db), [(file.0, "sealed".into(), 10, Some(NOW + 900))]);
    assert_eq!(db.read(files::unfinished).unwrap(), [file]);
    db.write("test: keep", |sql| files::keep(sql, file)).unwrap();
    assert_eq!(listed(&db), [(file.0, "sealed".into(), 10, None)]);
    assert_eq!(db.read(files::unfinished).unwrap(), []);
    // What is kept has no deadline that could be pushed, or pass.
    db.write("test: extend", |sql| files::extend(sql, file, NOW + 1)).unwrap();
    assert_eq!(db.read(|sql| files::stale(sql, 2 * NOW)).unwrap(), []);
    assert_eq!(db.read(files::total).unwrap(), 10);
    // What took its place leaves it to those who read it still.
    db.write("test: retire", |sql| files::retire(sql, file, NOW + 3_600)).unwrap();
    assert_eq!(read(&db, file, 0, 10).unwrap(), content(10));
    assert_eq!(db.read(|sql| files::stale(sql, NOW + 3_601)).unwrap(), [file]);
}

#[test]
fn a_file_without_progress_passes_its_deadline() {
    let db = database();
    let create = |sql: &dyn gitflare_db::Sql| Appender::create(sql, FileKind::Pack, NOW, NOW + 900);
    let mut slow = db.write("test: create", create).unwrap();
    let stuck = db.write("test: create", create).unwrap();
    db.write("test: extend", |sql| files::extend(sql, slow.file, NOW + 1_800)).unwrap();
    let stale = |now| db.read(|sql| files::stale(sql, now)).unwrap();
    assert_eq!(stale(NOW + 900), []);
    assert_eq!(stale(NOW + 901), [stuck.file]);
    assert_eq!(stale(NOW + 1_801), [slow.file, stuck.file]);
    // Whoever comes too late to seal is told so, and nothing comes back to life.
    db.write("test: append", |sql| slow.append(sql, &content(10))).unwrap();
    db.write("test: kill", |sql| files::kill(sql, slow.file)).unwrap();
    db.write("test: extend", |sql| files::extend(sql, slow.file, NOW + 9_000)).unwrap();
    let sealed = db.write("test: seal", |sql| slow.seal(sql, NOW + 9_000));
    assert!(matches!(sealed, Err(Error::Conflict(_))), "{sealed:?}");
}

#[test]
fn a_dead_file_goes_a_few_rows_at_a_time_and_takes_no_other_with_it() {
    let db = database();
    let (before, dead, after) =
        (write(&db, &[&content(ROW + 1)]), write(&db, &[&content(4 * ROW + 1)]), write(&db, &[&content(3)]));
    let sweep = || db.write("test: sweep", |sql| files::sweep(sql, 2)).unwrap();
    assert_eq!(sweep(), None);
    db.write("test: kill", |sql| files::kill(sql, dead)).unwrap();
    assert!(db.read(files::has_dead).unwrap());
    assert_eq!(db.read(files::total).unwrap(), ROW as u64 + 4, "it no longer counts");
    for left in [3, 1] {
        assert_eq!((sweep(), lengths(&db, dead).len()), (Some((dead, false)), left));
    }
    assert_eq!((sweep(), lengths(&db, dead).len()), (Some((dead, true)), 0));
    assert_eq!(sweep(), None);
    assert!(!db.read(files::has_dead).unwrap());
    assert_eq!(listed(&db).iter().map(|file| file.0).collect::<Vec<_>>(), [before.0, after.0]);
    assert_eq!(read(&db, before, 0, ROW + 1).unwrap(), content(ROW + 1));
    assert_eq!(read(&db, after, 0, 3).unwrap(), content(3));
    // A number is never given again, so nobody reads another file's rows in a cache.
    db.write("test: kill", |sql| files::kill(sql, after)).unwrap();
    while sweep().is_some() {}
    assert!(write(&db, &[b"x"]).0 > after.0);
}

#[test]
fn rows_nobody_owns_are_found_and_removed() {
    let db = database();
    let kept = write(&db, &[&content(10)]);
    let orphan = FileId(kept.0 + 5);
    let text = format!("INSERT INTO chunk (id, data) VALUES ({}, x'00')", orphan.chunk(2));
    db.write("test: orphan", |sql| sql.run(&text, &[], &mut |_| Ok(()))).unwrap();
    let next = |from| db.read(|sql| files::next_owner(sql, from)).unwrap();
    assert_eq!((next(0), next(kept.0 + 1), next(orphan.0 + 1)), (Some(kept), Some(orphan), None));
    db.write("test: adopt", |sql| files::adopt_dead(sql, orphan)).unwrap();
    assert_eq!(db.write("test: sweep", |sql| files::sweep(sql, 256)).unwrap(), Some((orphan, true)));
    assert_eq!(next(kept.0 + 1), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_pieces_make_the_same_file(
        sizes in prop::collection::vec(0_usize..100_000, 0..6),
        offset in 0_usize..200_000,
        len in 0_usize..200_000,
    ) {
        let db = database();
        let bytes = content(sizes.iter().sum());
        let mut rest = &bytes[..];
        let mut pieces = Vec::new();
        for size in sizes {
            let (piece, after) = rest.split_at(size);
            pieces.push(piece);
            rest = after;
        }
        let file = write(&db, &pieces);
        let offset = offset.min(bytes.len());
        let len = len.min(bytes.len() - offset);
        prop_assert!(read(&db, file, offset, len).unwrap() == bytes[offset..offset + len]);
    }
}
