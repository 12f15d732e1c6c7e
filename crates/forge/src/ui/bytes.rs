//! Sizes for people.

/// A number of bytes with a unit: `512 B`, `3.4 KB`, `12 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut unit = 0;
    // Tenths of the unit, rounded to nearest: integers keep every size exact and every platform alike.
    let mut tenths = bytes.saturating_add(50) / 100;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1_000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("PB");
    if tenths >= 100 {
        format!("{} {name}", (tenths + 5) / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_have_two_digits_or_so() {
        for (bytes, words) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 KB"),
            (3_449, "3.4 KB"),
            (12_345, "12 KB"),
            (999_949, "1000 KB"),
            (1_500_000, "1.5 MB"),
            (300_000_000, "300 MB"),
        ] {
            assert_eq!(super::size(bytes), words);
        }
    }
}
