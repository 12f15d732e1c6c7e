//! `e2e/platform.toml`: the tests that a host cannot run, each with the reason.

use toml::{Table, Value};

use super::Turn;
use crate::host::{self, Result};

/// The names of the tests to leave out on a host. Fails on an entry that says nothing, or that no test has the name of.
pub(super) fn skipped(turn: Turn, names: &[String]) -> Result<Vec<String>> {
    if turn == Turn::Worker {
        return Ok(Vec::new());
    }
    let path = host::root().join("e2e/platform.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    read(&text, turn, names).map_err(|error| format!("e2e/platform.toml: {error}").into())
}

fn read(text: &str, turn: Turn, names: &[String]) -> Result<Vec<String>> {
    let table: Table = text.parse()?;
    let mut skipped = Vec::new();
    for entry in table.get("skip").and_then(Value::as_array).into_iter().flatten() {
        let field = |key: &str| {
            let value =
                entry.get(key).and_then(Value::as_str).map(str::trim).filter(|value| !value.is_empty());
            value.ok_or_else(|| format!("an entry without {key}: {entry}"))
        };
        let (test, on, _) = (field("test")?, field("host")?, field("reason")?);
        let on = Turn::parse(on)
            .filter(|turn| *turn != Turn::Worker)
            .ok_or_else(|| format!("{test}: there is no host {on}"))?;
        if !names.iter().any(|name| name == test) {
            return Err(format!("there is no test {test}").into());
        }
        if on == turn {
            skipped.push(test.to_owned());
        }
    }
    Ok(skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["crash::a".to_owned(), "disk::b".to_owned()]
    }

    #[test]
    fn each_host_leaves_out_its_own() {
        let text = "[[skip]]\ntest = \"crash::a\"\nhost = \"cloudflare\"\nreason = \"no signals\"\n";
        assert_eq!(read(text, Turn::Cloudflare, &names()).unwrap(), ["crash::a"]);
        assert!(read(text, Turn::Native, &names()).unwrap().is_empty());
        assert!(read("skip = []", Turn::Native, &names()).unwrap().is_empty());
    }

    #[test]
    fn an_entry_needs_a_reason_and_a_test() {
        for text in [
            "[[skip]]\ntest = \"crash::a\"\nhost = \"native\"\n",
            "[[skip]]\ntest = \"crash::a\"\nhost = \"native\"\nreason = \" \"\n",
            "[[skip]]\ntest = \"crash::gone\"\nhost = \"native\"\nreason = \"x\"\n",
            "[[skip]]\ntest = \"crash::a\"\nhost = \"heroku\"\nreason = \"x\"\n",
        ] {
            assert!(read(text, Turn::Native, &names()).is_err(), "{text}");
        }
    }
}
