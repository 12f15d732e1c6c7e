//! Times: told as a distance from now, with the exact moment one hover or one attribute away.

use maud::{Markup, html};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
/// Seconds of a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// Year, month (1 to 12) and day of a count of days since 1970, in the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Howard Hinnant's algorithm: eras of 400 years that begin on 1 March, so that the leap day comes last.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A moment in the form of RFC 3339, in UTC.
pub(crate) fn machine(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let second = at.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / HOUR,
        second % HOUR / MINUTE,
        second % MINUTE
    )
}

/// A day as people write it: `3 May 2026`.
pub(crate) fn day(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("");
    format!("{day} {name} {year}")
}

/// The first second of a day in UTC that is written `2026-05-03`, as forms send it.
pub(crate) fn from_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok().filter(|n| *n >= 0));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let known = (1..=9_999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    known.then(|| {
        // The inverse of `civil`.
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) * DAY
    })
}

/// A moment in the form of RFC 3339: `2026-05-03T12:00:00Z`, with a zone or in UTC, or a day alone.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (day, rest) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let day = from_day(day)?;
    if rest.is_empty() {
        return Some(day);
    }
    let zone_at = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    let clock = clock.split('.').next()?;
    let seconds = |text: &str| -> Option<i64> {
        let mut parts = text.split(':').map(|part| part.parse::<i64>().ok().filter(|n| (0..=60).contains(n)));
        let (hours, minutes) = (parts.next()??, parts.next().unwrap_or(Some(0))?);
        Some(hours * HOUR + minutes * MINUTE + parts.next().unwrap_or(Some(0))?)
    };
    // A plus in an address is a space.
    let offset = match zone.chars().next() {
        Some('+' | ' ') => seconds(zone.get(1..)?)?,
        Some('-') => -seconds(zone.get(1..)?)?,
        _ => 0,
    };
    Some(day + seconds(clock)? - offset)
}

fn exact(at: i64) -> String {
    let second = at.rem_euclid(DAY);
    format!("{}, {:02}:{:02} UTC", day(at), second / HOUR, second % HOUR / MINUTE)
}

fn counted(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// How far `at` lies from `now`, in words: `3 hours ago`, `in 5 days`, or a date when that says more.
pub(crate) fn distance(at: i64, now: i64) -> String {
    let ago = now.saturating_sub(at);
    let size = ago.saturating_abs();
    let words = match size {
        0..MINUTE => return if ago >= 0 { "just now".to_owned() } else { "in a moment".to_owned() },
        MINUTE..HOUR => counted(size / MINUTE, "minute"),
        HOUR..DAY => counted(size / HOUR, "hour"),
        _ if size < 60 * DAY => counted(size / DAY, "day"),
        _ => return format!("on {}", day(at)),
    };
    if ago > 0 { format!("{words} ago") } else { format!("in {words}") }
}

/// A moment as an element.
pub(crate) fn time(at: i64, now: i64) -> Markup {
    html! { time datetime=(machine(at)) title=(exact(at)) { (distance(at, now)) } }
}

#[cfg(test)]
mod tests {
    use super::{day, distance, machine, parse};

    #[test]
    fn moments_are_read() {
        for (text, wanted) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-02", Some(86_400)),
            ("2026-11-23T01:50:17Z", Some(1_795_398_617)),
            ("2026-11-23T01:50:17.123Z", Some(1_795_398_617)),
            ("2026-11-23T02:50:17+01:00", Some(1_795_398_617)),
            ("2026-11-23T02:50:17 01:00", Some(1_795_398_617)),
            ("2026-11-22T23:50:17-02:00", Some(1_795_398_617)),
            ("yesterday", None),
            ("2026-11-23Tnoon", None),
            ("", None),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
    }

    #[test]
    fn moments_are_written_like_the_calendar() {
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(machine(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(machine(1_795_398_617), "2026-11-23T01:50:17Z");
        assert_eq!(machine(-1), "1969-12-31T23:59:59Z");
        assert_eq!(day(1_795_398_617), "23 Nov 2026");
        assert_eq!(machine(i64::MAX).len() > 10, machine(i64::MIN).len() > 10);
    }

    #[test]
    fn days_are_read_as_forms_send_them() {
        for at in [0, 951_782_400, 1_795_398_617, 1_709_164_800] {
            let text = machine(at);
            assert_eq!(super::from_day(&text[..10]), Some(at - at.rem_euclid(super::DAY)), "{text}");
        }
        for bad in ["", "2026", "2026-13-01", "2026-00-01", "x-1-1", "2026-1-", "-1-1-1"] {
            assert_eq!(super::from_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn distances_are_told_in_words() {
        let now = 1_795_398_617;
        for (before, words) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_200, "2 hours ago"),
            (86_400, "1 day ago"),
            (59 * 86_400, "59 days ago"),
            (400 * 86_400, "on 19 Oct 2025"),
            (-90, "in 1 minute"),
            (-30 * 86_400, "in 30 days"),
            (-90 * 86_400, "on 21 Feb 2027"),
        ] {
            assert_eq!(distance(now - before, now), words);
        }
    }
}
