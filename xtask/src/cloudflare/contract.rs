//! The contract of the databases, which every driver has to meet, in workerd: a test build of the Worker runs it on a
//! Durable Object and on D1 and answers with what failed.

use serde_json::Value;

use super::build::Build;
use crate::e2e::running::Running;
use crate::host::Result;

/// The feature of the Worker's test build.
pub(crate) const FEATURE: &str = "contract";

/// Where the test build runs it, and on what.
const ROUTES: [(&str, &str); 2] = [("/-/contract/object", "Durable Object"), ("/-/contract/site", "D1")];

/// Builds, serves and asks.
pub(crate) fn run() -> Result<()> {
    let build = Build { features: Some(FEATURE.to_owned()), ..Build::default() };
    build.run()?;
    let worker = Running::cloudflare(build)?;
    let mut failures = Vec::new();
    for (route, database) in ROUTES {
        let report = worker.get(route).map_err(|error| format!("{error}\n{}", worker.log()))?;
        let (passed, failed) = read(&report)?;
        eprintln!("contract on {database}: {passed} passed, {} failed", failed.len());
        failures.extend(failed.into_iter().map(|failure| format!("{database}: {failure}")));
        if passed == 0 {
            failures.push(format!("{database}: no case ran"));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(format!("contract: {}", failures.join("\n  ")).into()) }
}

/// `{"passed": 7, "failed": ["case: what went wrong"]}`.
fn read(report: &str) -> Result<(u64, Vec<String>)> {
    let json: Value = serde_json::from_str(report).map_err(|error| format!("contract: {error}: {report}"))?;
    let passed = json.get("passed").and_then(Value::as_u64).ok_or("contract: a report without `passed`")?;
    let failed = json.get("failed").and_then(Value::as_array).ok_or("contract: a report without `failed`")?;
    Ok((
        passed,
        failed
            .iter()
            .map(|failure| failure.as_str().map_or_else(|| failure.to_string(), str::to_owned))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read() {
        let (passed, failed) = read(r#"{"passed": 2, "failed": ["null: was 0"]}"#).unwrap();
        assert_eq!((passed, failed), (2, vec!["null: was 0".to_owned()]));
        assert!(read(r#"{"passed": 2}"#).is_err());
        assert!(read("error code: 1101").is_err());
    }
}
