//! Power loss: what the driver acknowledged is there when every write that was not synced is lost.
//!
//! A child process writes under strace. Its system calls are replayed onto a model of a disk that keeps a file's
//! contents at its last sync and may lose, or keep in any order, what came after. The model takes the existence of a
//! file for durable, but none of its bytes.
#![expect(clippy::disallowed_methods, reason = "strace is the witness")]
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use gitflare_db::{
    Db, Error, Value,
    sqlite::{Options, Sqlite},
};

const FOLDER: &str = "GITFLARE_POWER_FOLDER";
const ROWS: i64 = 90;
const BYTES: usize = 60_000;

fn content(n: i64) -> Vec<u8> {
    (0..BYTES).map(|at| (at as i64 * 31 + n * 7) as u8).collect()
}

/// Not a test: what the test below runs under strace.
#[test]
#[ignore = "run by the other test"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let file = Sqlite::open(folder.join("power.db"), Options::default()).unwrap();
    let db = Db::new(Arc::new(file));
    db.write("create", |sql| {
        let create = "CREATE TABLE t (n INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT";
        sql.run(create, &[], &mut |_| Ok(()))
    })
    .unwrap();
    fs::File::create(folder.join("ack-0")).unwrap();
    for n in 1..=ROWS {
        db.write("insert", |sql| {
            sql.run("INSERT INTO t VALUES (?, ?)", &[Value::Int(n), content(n).into()], &mut |_| {
                Ok::<_, Error>(())
            })
        })
        .unwrap();
        fs::File::create(folder.join(format!("ack-{n}"))).unwrap();
    }
}

enum Event {
    Write { file: String, at: usize, bytes: Vec<u8> },
    Truncate { file: String, length: usize },
    Sync { file: String },
    Acknowledged(i64),
}

#[derive(Default)]
struct Disk {
    synced: HashMap<String, Vec<u8>>,
    pending: HashMap<String, Vec<Event>>,
}

fn perform(bytes: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Write { at, bytes: new, .. } => {
            bytes.resize(bytes.len().max(at + new.len()), 0);
            bytes[*at..at + new.len()].copy_from_slice(new);
        }
        Event::Truncate { length, .. } => bytes.resize(*length, 0),
        Event::Sync { .. } | Event::Acknowledged(_) => {}
    }
}

impl Disk {
    fn apply(&mut self, event: Event) {
        match event {
            Event::Sync { file } => {
                let bytes = self.synced.entry(file.clone()).or_default();
                for event in self.pending.remove(&file).unwrap_or_default() {
                    perform(bytes, &event);
                }
            }
            Event::Write { ref file, .. } | Event::Truncate { ref file, .. } => {
                self.pending.entry(file.clone()).or_default().push(event);
            }
            Event::Acknowledged(_) => {}
        }
    }

    /// Makes the files as they are after power loss; of the unsynced writes those survive for which `keeps` says so.
    fn lose_power(&self, folder: &Path, mut keeps: impl FnMut() -> bool) {
        for name in ["power.db", "power.db-wal", "power.db-shm"] {
            let _ = fs::remove_file(folder.join(name));
        }
        for name in ["power.db", "power.db-wal"] {
            let mut bytes = self.synced.get(name).cloned().unwrap_or_default();
            for event in self.pending.get(name).into_iter().flatten() {
                if keeps() {
                    perform(&mut bytes, event);
                }
            }
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}

/// How many rows are there, all of them whole and from the first on.
fn surviving(folder: &Path) -> rusqlite::Result<i64> {
    let connection = rusqlite::Connection::open(folder.join("power.db"))?;
    let sound: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
    assert_eq!(sound, "ok");
    let mut statement = connection.prepare("SELECT n, data FROM t ORDER BY n")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        assert_eq!(row.get::<_, i64>(0)?, count);
        assert!(
            row.get_ref(1)?.as_blob().is_ok_and(|bytes| bytes == content(count)),
            "row {count} is damaged"
        );
    }
    Ok(count)
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    text.trim_matches('"')
        .as_bytes()
        .chunks_exact(4)
        .map(|four| digit(four[2]) * 16 + digit(four[3]))
        .collect()
}

/// Reads strace's log: `pid call(arguments) = result`, every string in hexadecimal.
fn events(log: &str) -> Vec<Event> {
    let mut files: HashMap<usize, String> = HashMap::new();
    let mut events = Vec::new();
    for line in log.lines() {
        assert!(!line.contains("unfinished"), "two threads at once: {}", &line[..80.min(line.len())]);
        let Some((call, rest)) = line.split_once(' ').and_then(|(_, rest)| rest.trim_start().split_once('('))
        else {
            continue;
        };
        let Some((arguments, result)) =
            rest.rsplit_once(") ").and_then(|(a, b)| Some((a, b.split_once("= ")?.1)))
        else {
            continue;
        };
        if result.starts_with('-') {
            continue;
        }
        let number = |text: &str| text.trim().parse::<usize>().unwrap();
        if call == "openat" {
            let path = unhex(arguments.split('"').nth(1).unwrap_or_default());
            let path = String::from_utf8(path).unwrap();
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            if let Some(n) = name.strip_prefix("ack-") {
                events.push(Event::Acknowledged(n.parse().unwrap()));
            }
            files.insert(number(result.split(' ').next().unwrap()), name);
            continue;
        }
        let mut parts = arguments.split(", ");
        let Some(file) = parts.next().and_then(|fd| files.get(&fd.parse().ok()?)).cloned() else { continue };
        if !file.starts_with("power.db") {
            continue;
        }
        match call {
            "pwrite64" => {
                let bytes = unhex(parts.next().unwrap());
                assert_eq!(bytes.len(), number(parts.next().unwrap()), "strace cut a string");
                events.push(Event::Write { file, at: number(parts.next().unwrap()), bytes });
            }
            "ftruncate" => events.push(Event::Truncate { file, length: number(parts.next().unwrap()) }),
            "fsync" | "fdatasync" => events.push(Event::Sync { file }),
            other => assert!(file.ends_with("-shm"), "{other} on {file} is not modelled"),
        }
    }
    events
}

fn trace(folder: &Path) -> Option<String> {
    let log = folder.join("strace.log");
    let calls = "trace=openat,write,writev,pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync";
    let ran = Command::new("strace")
        .args(["-f", "-xx", "-s", "200000", "-e", calls, "-o"])
        .arg(&log)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--test-threads", "1"])
        .env(FOLDER, folder)
        .output();
    let done = ran.is_ok_and(|output| output.status.success()) && folder.join(format!("ack-{ROWS}")).exists();
    done.then(|| fs::read_to_string(log).unwrap())
}

#[test]
fn under_strace_power_loss_keeps_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let Some(log) = trace(folder.path()) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "strace is missing or may not trace: apt-get install strace"
        );
        println!("skipped under_strace_power_loss_keeps_what_was_acknowledged: apt-get install strace");
        return;
    };
    let after = tempfile::tempdir().unwrap();
    let mut disk = Disk::default();
    let mut never_synced = Disk::default();
    let mut acknowledged = -1;
    let (mut syncs, mut checkpoints) = (0_u32, 0_u32);
    let mut seed = 1_u64;
    let mut coin = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 63 == 1
    };
    for event in events(&log) {
        match &event {
            Event::Acknowledged(n) => {
                acknowledged = *n;
                if n % 4 == 0 {
                    disk.lose_power(after.path(), || false);
                    assert_eq!(surviving(after.path()).unwrap(), acknowledged);
                }
            }
            Event::Sync { file } => {
                syncs += 1;
                checkpoints += u32::from(file == "power.db");
                // Just before a sync some of the writes it waits for are on the disk and some are not.
                if acknowledged >= 0 && (file == "power.db" || syncs.is_multiple_of(6)) {
                    disk.lose_power(after.path(), &mut coin);
                    let rows = surviving(after.path()).unwrap();
                    assert!(
                        (acknowledged..=acknowledged + 1).contains(&rows),
                        "{rows} of {acknowledged} rows"
                    );
                }
            }
            Event::Write { file, at, bytes } => {
                never_synced.apply(Event::Write { file: file.clone(), at: *at, bytes: bytes.clone() });
            }
            Event::Truncate { .. } => {}
        }
        disk.apply(event);
    }
    assert!(checkpoints > 2, "no checkpoint was part of it");
    // The model bites: without syncs nothing is left.
    never_synced.lose_power(after.path(), || false);
    assert!(surviving(after.path()).is_err());
}
