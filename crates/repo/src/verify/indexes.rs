//! Indexes: sorted, complete, and no object twice in live packs.

use std::{cmp::Reverse, collections::BinaryHeap};

use gitflare_git::Oid;

use super::Report;
use crate::{Result, index::cursor::Cursor, view::View};

/// Merges the indexes of all live packs in id order: the same id twice in a row is an object stored twice.
pub(super) fn check(view: &View<'_>, report: &mut Report) -> Result<()> {
    let mut cursors: Vec<_> = view.live.packs.iter().map(|_| Cursor::default()).collect();
    let mut counts = vec![0_i64; cursors.len()];
    let mut heap: BinaryHeap<Reverse<(Oid, usize)>> = BinaryHeap::new();
    for age in 0..cursors.len() {
        advance(view, report, &mut cursors, &mut counts, &mut heap, age)?;
    }
    let mut previous: Option<(Oid, usize)> = None;
    while let Some(Reverse((oid, age))) = heap.pop() {
        if let Some((_, other)) = previous.filter(|(before, _)| *before == oid) {
            let (one, two) = (view.pack(other)?.id(), view.pack(age)?.id());
            report.add(format!("object {oid} is both in pack {one} and in pack {two}"));
        } else if previous.is_some_and(|(before, other)| other == age && before > oid) {
            report.add(format!("the index of pack {} is not sorted at {oid}", view.pack(age)?.id()));
        }
        previous = Some((oid, age));
        advance(view, report, &mut cursors, &mut counts, &mut heap, age)?;
    }
    for (pack, count) in view.live.packs.iter().zip(counts) {
        if pack.row.objects != count {
            report.add(format!(
                "pack {} has {count} objects in its index, not {}",
                pack.id(),
                pack.row.objects
            ));
        }
    }
    Ok(())
}

fn advance(
    view: &View<'_>,
    report: &mut Report,
    cursors: &mut [Cursor],
    counts: &mut [i64],
    heap: &mut BinaryHeap<Reverse<(Oid, usize)>>,
    age: usize,
) -> Result<()> {
    let (Some(cursor), Some(count)) = (cursors.get_mut(age), counts.get_mut(age)) else { return Ok(()) };
    let pack = view.pack(age)?;
    let outcome = cursor.next(&view.index(), pack);
    if let Some(entry) = report.keep(format_args!("pack {}", pack.id()), outcome)?.flatten() {
        *count += 1;
        heap.push(Reverse((entry.oid, age)));
    }
    Ok(())
}
