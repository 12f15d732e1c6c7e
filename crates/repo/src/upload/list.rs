//! `ls-refs`: one range of the ref table for each prefix.

use gitflare_db::Sql;
use gitflare_git::{
    pktline,
    protocol::upload::v2::{LsRefs, write_ref},
};

use crate::{Result, refs, state};

/// Writes the whole answer. `hidden` are prefixes this caller may not see.
pub(super) fn answer(sql: &dyn Sql, hidden: &[Vec<u8>], request: &LsRefs, out: &mut Vec<u8>) -> Result<()> {
    let is_shown = |name: &[u8]| !hidden.iter().any(|prefix| name.starts_with(prefix));
    if request.lists(b"HEAD") {
        let target = state::get(sql)?.head;
        let found = refs::get(sql, &target)?;
        let symref = request.symrefs.then_some(target.as_slice());
        match found {
            Some(found) if is_shown(&target) => write_ref(out, Some(&found.oid), b"HEAD", symref, None),
            None if request.unborn && is_shown(&target) => write_ref(out, None, b"HEAD", symref, None),
            _ => {}
        }
    }
    for prefix in &prefixes(request) {
        for found in
            refs::with_prefix(sql, prefix, u32::MAX)?.into_iter().filter(|found| is_shown(&found.name))
        {
            let peeled = found.peeled.filter(|_| request.peel);
            write_ref(out, Some(&found.oid), &found.name, None, peeled.as_ref());
        }
    }
    pktline::flush(out);
    Ok(())
}

/// The prefixes in order, without those that another one covers.
fn prefixes(request: &LsRefs) -> Vec<Vec<u8>> {
    let mut all = if request.prefixes.is_empty() { vec![Vec::new()] } else { request.prefixes.clone() };
    all.sort_unstable();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for prefix in all {
        if !kept.last().is_some_and(|last| prefix.starts_with(last)) {
            kept.push(prefix);
        }
    }
    kept
}
