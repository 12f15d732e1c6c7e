//! Measurements behind the numbers in the doc comments: `cargo nextest run -p gitflare-db --run-ignored only --no-capture`.
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::{hint::black_box, sync::Arc, time::Instant};

use gitflare_db::{
    Db, Error, Value, ValueRef,
    sqlite::{Options, Sqlite},
};

const ROWS: i64 = 1500;

#[test]
#[ignore = "a measurement"]
fn reading_chunks_by_page_size() {
    for page_size in [4096, 8192, 16384, 32768] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { page_size, ..Options::default() };
        let db = Db::new(Arc::new(Sqlite::open(folder.path().join("a.db"), options).unwrap()));
        let chunk: Vec<u8> = (0..65_515_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let start = Instant::now();
        for batch in 0..ROWS / 50 {
            db.write("fill", |sql| {
                let create =
                    "CREATE TABLE IF NOT EXISTS chunk (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT";
                sql.run(create, &[], &mut |_| Ok(()))?;
                for n in 0..50 {
                    let args = [Value::Int(batch * 50 + n), chunk.as_slice().into()];
                    sql.run("INSERT INTO chunk VALUES (?, ?)", &args, &mut |_| Ok(()))?;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
        }
        let written = start.elapsed();
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            let mut total = 0_u64;
            db.read(|sql| {
                for id in 0..ROWS {
                    sql.run("SELECT data FROM chunk WHERE id = ?", &[Value::Int(id)], &mut |row| {
                        if let ValueRef::Blob(bytes) = row.get(0)? {
                            total += black_box(bytes).len() as u64;
                        }
                        Ok(())
                    })?;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
            assert_eq!(total, ROWS as u64 * 65_515);
            best = best.min(start.elapsed().as_secs_f64());
        }
        let megabytes = ROWS as f64 * 65_515.0 / 1e6;
        println!(
            "page {page_size}: read {:.0} MB/s, written {:.0} MB/s",
            megabytes / best,
            megabytes / written.as_secs_f64()
        );
    }
}

#[test]
#[ignore = "a measurement"]
fn statements_per_second() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("fill", |sql| {
        sql.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT", &[], &mut |_| Ok(()))?;
        for id in 0..1000 {
            sql.run(
                "INSERT INTO t VALUES (?, ?)",
                &[Value::Int(id), (&[7; 20][..]).into()],
                &mut |_| Ok(()),
            )?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    const COUNT: i64 = 300_000;
    let start = Instant::now();
    db.read(|sql| {
        for n in 0..COUNT {
            sql.run("SELECT b FROM t WHERE a = ?", &[Value::Int(n % 1000)], &mut |row| {
                black_box(row.get(0)?);
                Ok(())
            })?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    println!("{:.0} ns a statement", start.elapsed().as_nanos() as f64 / COUNT as f64);
    let start = Instant::now();
    for n in 0..COUNT / 10 {
        db.read(|sql| {
            sql.run("SELECT b FROM t WHERE a = ?", &[Value::Int(n % 1000)], &mut |row| {
                black_box(row.get(0)?);
                Ok(())
            })
        })
        .unwrap();
    }
    println!("{:.0} ns a read transaction", start.elapsed().as_nanos() as f64 / (COUNT / 10) as f64);
}

#[test]
#[ignore = "a measurement"]
fn memory_of_idle_databases() {
    let folder = tempfile::tempdir().unwrap();
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = resident();
    let mut open = Vec::new();
    for n in 0..10 {
        let file = Arc::new(Sqlite::open(folder.path().join(format!("{n}.db")), Options::default()).unwrap());
        let db = Db::new(Arc::<Sqlite>::clone(&file));
        db.write("fill", |sql| {
            sql.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT", &[], &mut |_| Ok(()))?;
            for id in 0..100 {
                let args = [Value::Int(id), vec![7_u8; 65_515].into()];
                sql.run("INSERT INTO t VALUES (?, ?)", &args, &mut |_| Ok(()))?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
        db.read(|sql| {
            db.read(|inner| inner.run("SELECT b FROM t", &[], &mut |_| Ok(())))?;
            sql.run("SELECT b FROM t", &[], &mut |_| Ok(()))
        })
        .unwrap();
        open.push(file);
    }
    let used = resident();
    for file in &open {
        file.trim();
    }
    println!(
        "KiB a database: {} used, {} trimmed",
        (used - before) / 10,
        (resident().saturating_sub(before)) / 10
    );
}
