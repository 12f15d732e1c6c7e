//! `wrangler.toml`, the one place that says what the Worker is made of, for serving it here.

use serde_json::{Map, Value, json};
use toml::Table;

use super::tools;
use crate::host::Result;

/// Reads the file.
pub(crate) fn read() -> Result<Table> {
    let path = tools::folder().join("wrangler.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.parse()?)
}

/// What `serve.js` needs to know of it, as JSON.
pub(crate) fn for_serving(config: &Table) -> Result<Map<String, Value>> {
    let text = |key| config.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let mut settings = Map::new();
    let mut put = |key: &str, value| settings.insert(key.to_owned(), value);
    put("compatibilityDate", text("compatibility_date").ok_or("no compatibility_date")?.into());
    put("compatibilityFlags", strings(config.get("compatibility_flags")).into());
    put("crons", strings(table(config, "triggers").and_then(|triggers| triggers.get("crons"))).into());
    put("objects", objects(config)?.into());
    put("databases", databases(config)?.into());
    put("vars", serde_json::to_value(table(config, "vars"))?);
    put("assets", assets(config)?);
    Ok(settings)
}

/// Files that are answered before the Worker is asked; everything else is the Worker's.
fn assets(config: &Table) -> Result<Value> {
    let assets = table(config, "assets").ok_or("wrangler.toml: no [assets]")?;
    let folder = assets_folder(config)?;
    let router = json!({ "has_user_worker": true, "invoke_user_worker_ahead_of_assets": false });
    Ok(json!({ "directory": folder, "binding": field(assets, "binding")?, "routerConfig": router }))
}

/// Where these files are, whatever folder the settings are written to.
pub(crate) fn assets_folder(config: &Table) -> Result<String> {
    let assets = table(config, "assets").ok_or("wrangler.toml: no [assets]")?;
    let folder = std::path::absolute(tools::folder().join(field(assets, "directory")?))?;
    folder.into_os_string().into_string().map_err(|_| "a path is not UTF-8".into())
}

fn objects(config: &Table) -> Result<Map<String, Value>> {
    let bindings = table(config, "durable_objects").and_then(|objects| objects.get("bindings"));
    let pairs = tables(bindings).map(|binding| {
        let class = field(binding, "class_name")?;
        Ok((field(binding, "name")?.to_owned(), json!({ "className": class, "useSQLite": true })))
    });
    pairs.collect()
}

fn databases(config: &Table) -> Result<Map<String, Value>> {
    let pairs = tables(config.get("d1_databases")).map(|database| {
        // Here the binding's name is identity enough, so that a renamed deployment finds its data.
        let binding = field(database, "binding")?;
        Ok((binding.to_owned(), binding.into()))
    });
    pairs.collect()
}

fn table<'a>(config: &'a Table, key: &str) -> Option<&'a Table> {
    config.get(key).and_then(toml::Value::as_table)
}

fn tables(value: Option<&toml::Value>) -> impl Iterator<Item = &Table> {
    value.and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_table)
}

fn strings(value: Option<&toml::Value>) -> Vec<Value> {
    let list = value.and_then(toml::Value::as_array).into_iter().flatten();
    list.filter_map(toml::Value::as_str).map(Value::from).collect()
}

fn field<'a>(table: &'a Table, key: &str) -> Result<&'a str> {
    let value = table.get(key).and_then(toml::Value::as_str);
    value.ok_or_else(|| format!("wrangler.toml: a binding without {key}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_serving_needs() {
        let settings = for_serving(&read().unwrap()).unwrap();
        assert_eq!(settings["objects"]["REPOSITORY"]["className"], "Repository");
        assert_eq!(settings["databases"]["DB"], "DB");
        assert!(settings["compatibilityDate"].as_str().unwrap().starts_with("20"));
        assert!(!settings["crons"].as_array().unwrap().is_empty());
        assert!(settings["vars"].is_object());
        assert_eq!(settings["assets"]["binding"], "ASSETS");
        let folder = settings["assets"]["directory"].as_str().unwrap();
        assert!(std::path::Path::new(folder).join("static").is_dir(), "{folder}");
    }
}
