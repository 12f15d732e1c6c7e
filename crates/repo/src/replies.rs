//! Kept answers to requests without haves. Everything goes when a ref is deleted or rewound.

use gitflare_db::{Sql, statements};

use crate::{Result, files};

statements! {
    FILES: (Option<i64>,) = "SELECT file FROM reply";
    CLEAR: () = "DELETE FROM reply";
}

/// Forgets every kept answer.
pub fn clear(sql: &dyn Sql) -> Result<()> {
    for (file,) in sql.all(&FILES, &[])? {
        if let Some(file) = file {
            files::kill(sql, files::FileId(file))?;
        }
    }
    sql.execute(&CLEAR, &[])?;
    Ok(())
}
