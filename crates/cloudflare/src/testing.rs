//! Routes for tests, in test builds alone: the contract of the databases, a panic on demand, a site that fails, a clock
//! that runs ahead, and what a request cost.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use gitflare_db::{
    Db, Error, Site,
    contract::{CASES, SITE_CASES, Scope},
    d1::{Bookmark, D1Site},
};
use serde::Serialize;
use worker::{Env, Request, Response, Result};

use crate::{edge::Visit, repository::Object};

/// The object whose database the contract is tried on: no repository has this name.
const CONTRACT: &str = "contract";

/// Queries of the site that still fail.
static FAULTS: AtomicU32 = AtomicU32::new(0);

/// Seconds that the clock is ahead, and how many more it is after each look at it: a slow machine is told by that alone.
static AHEAD: AtomicI64 = AtomicI64::new(0);
static STEP: AtomicI64 = AtomicI64::new(0);

#[derive(Serialize)]
struct Report {
    passed: usize,
    failed: Vec<String>,
}

/// Answers a route for tests in the Worker.
pub(crate) async fn in_front(request: &Request, env: &Env) -> Result<Option<Response>> {
    let path = request.path();
    let Some(route) = path.strip_prefix("/-/") else { return Ok(None) };
    Ok(Some(match route.split_once('/').unwrap_or((route, "")) {
        ("contract", "site") => Response::from_json(&site_contract(env).await?)?,
        ("contract", "object") => object(env, CONTRACT, "contract").await?,
        ("memory", "") => Response::ok(memory().to_string())?,
        ("panic", "") => panic!("on purpose"),
        ("panic", name) => object(env, name, "panic").await?,
        ("alarm", name) => object(env, name, "alarm").await?,
        ("fail-site", count) => {
            FAULTS.store(count.parse().unwrap_or(0), Ordering::Relaxed);
            Response::ok("")?
        }
        ("ahead", seconds) => {
            AHEAD.store(seconds.parse().unwrap_or(0), Ordering::Relaxed);
            Response::ok("")?
        }
        ("slow", step) => {
            STEP.store(step.parse().unwrap_or(0), Ordering::Relaxed);
            Response::ok("")?
        }
        _ => return Ok(None),
    }))
}

/// Seconds to add to the time of day.
pub(crate) fn later() -> i64 {
    AHEAD.fetch_add(STEP.load(Ordering::Relaxed), Ordering::Relaxed)
}

async fn object(env: &Env, name: &str, route: &str) -> Result<Response> {
    let stub = env.durable_object("REPOSITORY")?.get_by_name(name)?;
    stub.fetch_with_str(&format!("http://repository/-/{route}")).await
}

/// Answers a route for tests in an object.
pub(crate) async fn in_object(object: &Object, request: &Request) -> Result<Option<Response>> {
    match request.path().as_str() {
        "/-/contract" => Ok(Some(Response::from_json(&contract(&object.db()))?)),
        "/-/panic" => panic!("on purpose"),
        "/-/alarm" => {
            object.ring().await;
            Ok(Some(Response::ok("")?))
        }
        _ => Ok(None),
    }
}

/// Bytes of the program's memory, which never shrinks.
fn memory() -> usize {
    core::arch::wasm32::memory_size(0) * 65_536
}

/// Fails while a test wants the site to.
pub(crate) fn site_fault() -> gitflare_db::Result<()> {
    let left = FAULTS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    match left {
        Ok(_) => Err(Error::Driver("injected".into())),
        Err(_) => Ok(()),
    }
}

/// Says in headers what a request cost.
pub(crate) fn with_costs(response: Response, visit: &Visit) -> Result<Response> {
    let (trips, hops) = visit.counted();
    let headers = response.headers().clone();
    // What an object answered cannot be changed.
    if headers.set("gitflare-trips", &trips.to_string()).is_err() {
        return Ok(response);
    }
    headers.set("gitflare-hops", &hops.to_string())?;
    headers.set("gitflare-memory", &memory().to_string())?;
    Ok(response.with_headers(headers))
}

fn contract(db: &Db) -> Report {
    let mut report = Report { passed: 0, failed: Vec::new() };
    // Twice, because a case may meet what an earlier run left.
    for case in CASES.iter().chain(CASES).copied().flatten().filter(|case| case.scope == Scope::Everywhere) {
        report.add(case.name, (case.run)(db));
    }
    report
}

async fn site_contract(env: &Env) -> Result<Report> {
    let site = Site::new(std::sync::Arc::new(D1Site::primary(&env.d1("DB")?, Bookmark::default())));
    let mut report = Report { passed: 0, failed: Vec::new() };
    for case in SITE_CASES.iter().chain(SITE_CASES).filter(|case| case.scope == Scope::Everywhere) {
        report.add(case.name, (case.run)(&site).await);
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, name: &str, outcome: std::result::Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(text) => self.failed.push(format!("{name}: {text}")),
        }
    }
}
