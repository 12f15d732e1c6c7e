//! Files and their rows, and rows that belong to nothing.

use gitflare_db::Sql;

use super::Report;
use crate::{
    Result, commits,
    files::{self, FileId, ROW},
    index::cursor,
    packs, state,
};

/// Checks that sealed files are complete, in rows of one packet, and that nothing lies about without an owner.
pub(super) fn check(sql: &dyn Sql, report: &mut Report) -> Result<()> {
    let all = files::list(sql)?;
    for file in all.iter().filter(|file| file.state == "sealed") {
        check_file(sql, FileId(file.id), file.size as u64, report)?;
    }
    let mut from = 0;
    while let Some(owner) = files::next_owner(sql, from)? {
        if !all.iter().any(|file| file.id == owner.0) {
            report.add(format!("rows are left of file {}, which does not exist", owner.0));
        }
        from = owner.0 + 1;
    }
    let packs = packs::list(sql)?;
    let mut from = 0;
    while let Some(owner) = cursor::next_owner(sql, from)? {
        if !packs.iter().any(|pack| pack.id == owner) {
            report.add(format!("an index is left of pack {owner}, which does not exist"));
        }
        from = owner + 1;
    }
    for pack in &packs {
        let sealed = all.iter().any(|file| file.id == pack.file && file.state == "sealed");
        if pack.state != "staged" && !sealed {
            report
                .add(format!("pack {} is {} but its file {} is not sealed", pack.id, pack.state, pack.file));
        }
    }
    check_ages(sql, report)?;
    Ok(())
}

/// Full rows but the last, without a gap, as many bytes as the file says.
fn check_file(sql: &dyn Sql, file: FileId, size: u64, report: &mut Report) -> Result<()> {
    let (mut rows, mut bytes) = (0, 0);
    let mut wrong = None;
    files::each_length(sql, file, &mut |n, length| {
        let left = size.saturating_sub(n * ROW as u64);
        if n != rows || length != left.min(ROW as u64) {
            wrong.get_or_insert(n);
        }
        rows += 1;
        bytes += length;
    })?;
    if let Some(n) = wrong {
        report.add(format!("row {n} of file {} has the wrong length or place", file.0));
    } else if bytes != size {
        report.add(format!("file {} holds {bytes} bytes instead of {size}", file.0));
    }
    Ok(())
}

/// Every live pack has an age of its own below the counter, and every commit number a row.
fn check_ages(sql: &dyn Sql, report: &mut Report) -> Result<()> {
    let state = state::get(sql)?;
    let mut previous = i64::MIN;
    for pack in packs::Live::load(sql, state.pack_gen, None)?.packs {
        if pack.row.live_seq <= previous || pack.row.live_seq >= state.next_seq {
            report.add(format!("pack {} has an age that is not its own", pack.id()));
        }
        previous = pack.row.live_seq;
    }
    for cid in commits::stray_parents(sql, state.next_cid)? {
        report.add(format!("a parent is recorded of commit {cid}, which does not exist"));
    }
    Ok(())
}
