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

const LIMITS: [(Limit, i32); 10] = [
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
];

/// Sets the limits and the authorizer. While the answered flag is set, statements are the driver's own and pass.
pub(super) fn install(connection: &mut Connection) -> rusqlite::Result<Arc<AtomicBool>> {
    for (limit, value) in LIMITS {
        connection.set_limit(limit, value)?;
    }
    let trusted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&trusted);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if flag.load(Ordering::Relaxed) || permitted(&context.action) {
            Authorization::Allow
        } else {
            Authorization::Deny
        }
    }))?;
    Ok(trusted)
}

fn permitted(action: &AuthAction<'_>) -> bool {
    match *action {
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
        // FTS5 asks for this one on its own account, on every read and write.
        AuthAction::Pragma { pragma_name, .. } => pragma_name.eq_ignore_ascii_case("data_version"),
        AuthAction::Function { function_name } => !is_refused_function(function_name),
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

fn is_refused_function(name: &str) -> bool {
    [
        "sqlite_version",
        "sqlite_source_id",
        "sqlite_compileoption_get",
        "sqlite_compileoption_used",
        "load_extension",
    ]
    .iter()
    .any(|refused| name.eq_ignore_ascii_case(refused))
}
