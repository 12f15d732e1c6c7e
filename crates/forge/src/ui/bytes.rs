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

/// A limit with a unit, never more than it is: `4.95 MB`, `990 KB`.
pub(crate) fn at_most(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    let thousandths = format!("{:03}", bytes % unit / (unit / 1_000));
    match thousandths.trim_end_matches('0') {
        "" => format!("{} {name}", bytes / unit),
        part => format!("{}.{part} {name}", bytes / unit),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_limit_is_never_said_to_be_more_than_it_is() {
        for (bytes, words) in [
            (999, "999 B"),
            (990_000, "990 KB"),
            (1_050_999, "1.05 MB"),
            (4_950_000, "4.95 MB"),
            (4_959_999, "4.959 MB"),
            (99_000_000, "99 MB"),
            (1_980_000_000, "1.98 GB"),
        ] {
            assert_eq!(super::at_most(bytes), words);
        }
    }

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
