//! Which packs to join: a run adjacent in age, so that the sizes, oldest to newest, at least halve from pack to pack.

use std::ops::Range;

use crate::packs::Live;

/// What decides about a pack.
#[derive(Debug, Clone, Copy)]
struct Weight {
    bytes: u64,
    objects: u64,
}

/// The run of live packs to join, if any calls for it, of at most so many objects: their table is in memory.
pub(super) fn run(live: &Live, objects: u64) -> Option<Range<usize>> {
    let weights =
        live.packs.iter().map(|pack| Weight { bytes: pack.size(), objects: pack.row.objects as u64 });
    choose(&weights.collect::<Vec<_>>(), objects)
}

fn choose(packs: &[Weight], most: u64) -> Option<Range<usize>> {
    let start = out_of_order(packs).or_else(|| too_many(packs))?;
    // What is joined weighs more than its parts: older packs may have to join, too.
    let mut from = start;
    let mut bytes: u64 = packs.get(start..)?.iter().map(|pack| pack.bytes).sum();
    while let Some(older) =
        from.checked_sub(1).and_then(|n| packs.get(n)).filter(|older| older.bytes < 2 * bytes)
    {
        bytes += older.bytes;
        from -= 1;
    }
    let mut objects = 0;
    let fits = packs.get(from..)?.iter().rev().take_while(|pack| {
        objects += pack.objects;
        objects <= most
    });
    let fits = fits.count();
    (fits > 1).then(|| packs.len() - fits..packs.len())
}

/// The oldest pack that is not twice as large as the next one.
fn out_of_order(packs: &[Weight]) -> Option<usize> {
    packs.windows(2).position(|pair| matches!(pair, [older, newer] if older.bytes < 2 * newer.bytes))
}

/// The newest packs, when there are more than twice the logarithm of the objects.
fn too_many(packs: &[Weight]) -> Option<usize> {
    let objects: u64 = packs.iter().map(|pack| pack.objects).sum();
    let most = 2 * objects.max(2).ilog2() as usize;
    (packs.len() > most.max(1)).then(|| most.max(1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTS: u64 = 1_000_000;

    fn packs(sizes: &[u64]) -> Vec<Weight> {
        sizes.iter().map(|size| Weight { bytes: *size, objects: 1_000 }).collect()
    }

    #[test]
    fn a_progression_is_left_alone() {
        for sizes in [&[][..], &[5], &[100, 50, 25], &[1_000, 3, 1]] {
            assert_eq!(choose(&packs(sizes), OBJECTS), None, "{sizes:?}");
        }
    }

    #[test]
    fn the_run_reaches_as_far_back_as_its_weight() {
        assert_eq!(choose(&packs(&[1_000, 10, 10]), OBJECTS), Some(1..3));
        assert_eq!(choose(&packs(&[1_000, 8, 4, 4]), OBJECTS), Some(1..4));
        assert_eq!(choose(&packs(&[1_000, 400, 300]), OBJECTS), Some(0..3));
        assert_eq!(choose(&packs(&[1, 1_000]), OBJECTS), Some(0..2));
    }

    #[test]
    fn joining_settles() {
        let mut sizes = vec![64_u64];
        for push in 0..2_000_u64 {
            sizes.push(1 + push % 7);
            while let Some(run) = choose(&packs(&sizes), OBJECTS) {
                let joined = sizes.drain(run.clone()).sum();
                sizes.insert(run.start, joined);
            }
            assert!(sizes.windows(2).all(|pair| pair[0] >= 2 * pair[1]), "{sizes:?}");
        }
        assert!(sizes.len() <= 14);
    }

    #[test]
    fn too_many_packs_are_joined_though_in_order() {
        let tiny: Vec<_> = (0..12).rev().map(|n| Weight { bytes: 1 << n, objects: 1 }).collect();
        let run = choose(&tiny, OBJECTS).unwrap();
        assert!(run.end == 12 && run.start < 6);
    }

    #[test]
    fn more_objects_than_fit_in_memory_are_not_joined() {
        let large = [
            Weight { bytes: 10, objects: OBJECTS },
            Weight { bytes: 10, objects: 5 },
            Weight { bytes: 9, objects: 5 },
        ];
        assert_eq!(choose(&large, OBJECTS), Some(1..3));
        assert_eq!(choose(&large[..2], OBJECTS), None);
    }
}
