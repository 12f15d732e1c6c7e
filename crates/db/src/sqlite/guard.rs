//! What a Durable Object and D1 refuse, refused natively: limits and an authorizer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::{
    Connection,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};

/// Bytes of a row, a blob or a text.
pub(super) const MAX_LENGTH: i32 = 2_000_000;

const LIMITS: [(Limit, i32); 12] = [
    (Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Sets the limits and the authorizer. While the answered flag is set, statements are the driver's own and pass.
pub(super) fn install(connection: &mut Connection) -> rusqlite::Result<Arc<AtomicBool>> {
    for (limit, value) in LIMITS {
        connection.set_limit(limit, value)?;
    }
    let trusted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&trusted);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if flag.load(Ordering::Relaxed) || permitted(&context) {
            Authorization::Allow
        } else {
            Authorization::Deny
        }
    }))?;
    Ok(trusted)
}

fn permitted(context: &AuthContext<'_>) -> bool {
    match context.action {
        // ALTER TABLE looks there too.
        AuthAction::Read { .. }
        | AuthAction::Update { .. }
        | AuthAction::Select
        | AuthAction::Function { .. }
            if context.database_name == Some("temp") =>
        {
            true
        }
        _ if context.database_name.is_some_and(|name| name != "main") => false,
        AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::DropTempIndex { .. }
        | AuthAction::DropTempTable { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::DropTempView { .. }
        | AuthAction::Unknown { .. } => false,
        // FTS5 asks for the one on its own account, on every read and write; ALTER TABLE for the other, when a strict
        // table gets a column.
        AuthAction::Pragma { pragma_name, .. } => {
            ["data_version", "quick_check"].iter().any(|known| pragma_name.eq_ignore_ascii_case(known))
        }
        AuthAction::Function { function_name } => is_function(function_name),
        AuthAction::CreateVtable { table_name, module_name } => {
            !is_reserved(table_name) && module_name.eq_ignore_ascii_case("fts5")
        }
        AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::CreateView { view_name: table_name }
        | AuthAction::DropView { view_name: table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::Read { table_name, .. }
        | AuthAction::DropVtable { table_name, .. } => !is_reserved(table_name),
        AuthAction::CreateIndex { index_name, table_name }
        | AuthAction::DropIndex { index_name, table_name } => {
            !is_reserved(index_name) && !is_reserved(table_name)
        }
        AuthAction::CreateTrigger { trigger_name, table_name }
        | AuthAction::DropTrigger { trigger_name, table_name } => {
            !is_reserved(trigger_name) && !is_reserved(table_name)
        }
        _ => true,
    }
}

/// Cloudflare keeps its own tables under this prefix.
fn is_reserved(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("_cf_"))
}

/// The functions there are on the other host, less the mathematical ones, which are not built in here. The last
/// five are what ALTER TABLE calls inside. There is no `jsonb` and no `sqlite_version`.
const FUNCTIONS: &[&str] = &[
    "abs",
    "changes",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "format",
    "glob",
    "hex",
    "ifnull",
    "iif",
    "instr",
    "last_insert_rowid",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "max",
    "min",
    "nullif",
    "octet_length",
    "printf",
    "quote",
    "random",
    "randomblob",
    "replace",
    "round",
    "rtrim",
    "sign",
    "soundex",
    "substr",
    "substring",
    "total_changes",
    "trim",
    "typeof",
    "unhex",
    "unicode",
    "unlikely",
    "upper",
    "zeroblob",
    "date",
    "time",
    "datetime",
    "julianday",
    "unixepoch",
    "strftime",
    "current_date",
    "current_time",
    "current_timestamp",
    "avg",
    "count",
    "group_concat",
    "string_agg",
    "sum",
    "total",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
    "json",
    "json_array",
    "json_array_length",
    "json_extract",
    "->",
    "->>",
    "json_insert",
    "json_object",
    "json_patch",
    "json_remove",
    "json_replace",
    "json_set",
    "json_type",
    "json_valid",
    "json_quote",
    "json_group_array",
    "json_group_object",
    "json_each",
    "json_tree",
    "match",
    "highlight",
    "bm25",
    "snippet",
    "sqlite_rename_column",
    "sqlite_rename_table",
    "sqlite_rename_test",
    "sqlite_drop_column",
    "sqlite_rename_quotefix",
];

fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|known| name.eq_ignore_ascii_case(known))
}
