//! What pushes and clones take of memory, counted at the allocator. SQLite has an allocator of its own, as in a Durable
//! Object, so this is what would be linear memory there.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]
#![expect(unsafe_code, reason = "an allocator that counts")]

mod support;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs::File,
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_git::{Oid, hash::Checksum, pack::EntryKind, pack::pack_header, pktline};
use gitflare_port::{Head, Service};
use gitflare_repo::{Budget, Pull, Repository, Session, Shared};
use support::{
    World, env, git, head,
    packs::{SHA1, blob, commit_of, entry, noise, tree},
    pushing::zero,
};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// One measurement at a time.
static TURN: Mutex<()> = Mutex::new(());

struct Counting;

fn grow(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: everything is left to the system's allocator; numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as asked.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as asked.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old block is there until its content has moved.
        grow(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as asked.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that was in use at a time while `work` ran, beyond what was before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let outcome = work();
    (outcome, PEAK.load(Ordering::Relaxed) - before)
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A repository within the budget of an isolate.
fn durable(world: &World) -> Repository {
    let path = world.dir.path().join("durable.sqlite");
    let db = Db::new(Arc::new(Sqlite::open(path, Options::default()).unwrap()));
    Repository::open(db, Shared::new(Budget::durable()), 1).unwrap()
}

/// Runs a session on a body that comes from a file and an answer nobody keeps; answers how long it was.
fn run(session: &mut Session, request: &[u8], body: Option<&Path>) -> (u64, Vec<u8>) {
    let mut file = body.map(|path| File::open(path).unwrap());
    let mut piece = vec![0; 128 << 10];
    let (mut length, mut end) = (0, Vec::new());
    session.feed(request);
    loop {
        match session.pull(&env()) {
            Pull::Bytes(bytes) => {
                length += bytes.len() as u64;
                end = bytes;
                end.drain(..end.len().saturating_sub(300));
            }
            Pull::Busy => {}
            Pull::Done => return (length, end),
            Pull::NeedInput => match file.as_mut().map_or(0, |file| file.read(&mut piece).unwrap()) {
                0 => session.eof(),
                read => session.feed(&piece[..read]),
            },
        }
    }
}

fn push(repository: &Repository, tip: &str, pack: &Path) -> usize {
    let mut request = Vec::new();
    let command = format!("{} {tip} refs/heads/main\0 report-status side-band-64k ofs-delta", zero());
    pktline::write(&mut request, command.as_bytes());
    pktline::flush(&mut request);
    let mut session = repository.transfer(head(Service::ReceivePack, 0, false), &env());
    let ((_, end), peak) = peak(|| run(&mut session, &request, Some(pack)));
    assert!(session.moved(), "{}", String::from_utf8_lossy(&end));
    peak
}

fn fetch(repository: &Repository, tip: &str, how: &[&str]) -> (u64, usize) {
    let mut request = Vec::new();
    pktline::text(&mut request, "command=fetch");
    pktline::delim(&mut request);
    for line in how.iter().copied().chain(["ofs-delta", "no-progress"]) {
        pktline::text(&mut request, line);
    }
    pktline::text(&mut request, &format!("want {tip}"));
    pktline::text(&mut request, "done");
    pktline::flush(&mut request);
    let head = Head { version: 2, ..head(Service::UploadPack, 2, false) };
    let mut session = repository.transfer(head, &env());
    let ((length, _), peak) = peak(|| run(&mut session, &request, None));
    (length, peak)
}

/// Writes a pack without ever holding it.
struct PackFile {
    file: File,
    sum: Checksum,
    last: usize,
}

impl PackFile {
    fn create(path: &Path, objects: u32) -> Self {
        let mut pack = Self { file: File::create(path).unwrap(), sum: Checksum::new(SHA1), last: 0 };
        pack.write(&pack_header(objects));
        pack
    }

    fn write(&mut self, bytes: &[u8]) {
        self.sum.update(bytes);
        self.file.write_all(bytes).unwrap();
        self.last = bytes.len();
    }

    fn finish(mut self) {
        let sum = self.sum.clone().finish();
        self.file.write_all(sum.as_bytes()).unwrap();
    }
}

/// A delta that changes the first byte and copies the rest.
fn first_byte_changed(size: usize, first: u8) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..2 {
        let mut left = size;
        while left > 0x7f {
            out.push(left as u8 | 0x80);
            left >>= 7;
        }
        out.push(left as u8);
    }
    out.extend_from_slice(&[1, first]);
    let mut at = 1_u32;
    while (at as usize) < size {
        let take = (size as u32 - at).min(0xff_ff00);
        out.push(0xff);
        out.extend_from_slice(&at.to_le_bytes());
        out.extend_from_slice(&take.to_le_bytes()[..3]);
        at += take;
    }
    out
}

#[test]
fn large_files_and_deltas_between_them_stay_within_the_budget_of_an_isolate() {
    let _turn = TURN.lock();
    let world = World::new();
    let (path, size) = (world.dir.path().join("pack"), 40 << 20);
    let mut file = blob(noise(1, size));
    let mut pack = PackFile::create(&path, 6);
    pack.write(&file.whole());
    let mut oids = vec![file.oid];
    for n in 1..4_u8 {
        let distance = pack.last as u64;
        pack.write(&entry(EntryKind::Ofs(distance), &first_byte_changed(size, n)));
        file.data[0] = n;
        file.oid = gitflare_git::hash::hash_object(SHA1, file.kind, &file.data).unwrap();
        oids.push(file.oid);
    }
    drop(file);
    let last = *oids.last().unwrap();
    // The others are needed only by way of deltas, so a shallow or full clone has to make the last one anew.
    let root = tree(&[("100644", "file", last)]);
    let tip = commit_of(&root.oid, &[], "large");
    pack.write(&root.whole());
    pack.write(&tip.whole());
    pack.finish();

    let repository = durable(&world);
    let pushed = push(&repository, &tip.oid.to_hex(), &path);
    let (length, cloned) = fetch(&repository, &tip.oid.to_hex(), &["deepen 1"]);
    assert!(length > size as u64, "the file was sent whole");
    let (findings, verified) = peak(|| repository.verify(&env(), &mut |_, _| {}).unwrap());
    assert_eq!(findings, [""; 0]);
    let all = [pushed, cloned, verified].map(mebibytes);
    println!("push, shallow clone, verify: {all:.1?} MiB");
    assert!(all.iter().all(|peak| *peak < 24.0), "{all:.1?}");
}

/// A history of `commits` commits, each with a file and the folders above it, packed by stock git.
fn history(work: &Path, commits: u32) -> (String, std::path::PathBuf, u32) {
    support::git_init(work);
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet", "--depth=50"])
        .current_dir(work)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = std::io::BufWriter::new(child.stdin.take().unwrap());
    for n in 1..=commits {
        let text: String = (0..40)
            .map(|line| format!("{:032x}\n", u128::from(n) * 0x9e37_79b9_7f4a_7c15_f39c + line))
            .collect();
        let (folder, inner, file) = (n % 16, n / 16 % 16, n % 31);
        write!(
            stdin,
            "commit refs/heads/main\ncommitter Ada <ada@example.org> {} +0000\ndata 2\nx\nM 100644 inline a{folder}/b{inner}/c{file}.txt\ndata {}\n{text}\n",
            1_700_000_000 + n,
            text.len(),
        )
        .unwrap();
    }
    stdin.flush().unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    let tip = git(work, &["rev-parse", "main"]).trim().to_owned();
    let path = work.join("pack");
    let packed = Command::new("git")
        .args(["pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q", "--all"])
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(File::create(&path).unwrap())
        .status();
    assert!(packed.unwrap().success());
    let mut header = [0; 12];
    File::open(&path).unwrap().read_exact(&mut header).unwrap();
    (tip, path, u32::from_be_bytes(header[8..].try_into().unwrap()))
}

#[test]
fn many_objects_stay_within_the_budget_of_an_isolate() {
    let _turn = TURN.lock();
    let world = World::new();
    let commits = std::env::var("COMMITS").ok().and_then(|text| text.parse().ok()).unwrap_or(6_000);
    let (tip, pack, objects) = history(&world.dir.path().join("work"), commits);
    let repository = durable(&world);
    let before = NOW.load(Ordering::Relaxed);
    let pushed = push(&repository, &tip, &pack);
    let (_, cloned) = fetch(&repository, &tip, &[]);
    let (_, shallow) = fetch(&repository, &tip, &["deepen 1"]);
    let (_, filtered) = fetch(&repository, &tip, &["filter blob:none"]);
    let left = NOW.load(Ordering::Relaxed) - before;
    let all = [pushed, cloned, shallow, filtered, left].map(mebibytes);
    println!("{objects} objects: push, clone, shallow clone, partial clone, and what is left: {all:.1?} MiB");
    // Caches and buffers, and so much for each object.
    let most = 24.0 + mebibytes(objects as usize * 150);
    assert!(all.iter().all(|peak| *peak < most), "{all:.1?} MiB, at most {most:.1}");
    assert!(Oid::from_hex(&tip).is_some());
}
