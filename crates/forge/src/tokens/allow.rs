//! What a token allows: areas, and how far.

use std::{collections::BTreeMap, fmt};

use gitflare_db::{FromColumn, ValueRef};

use crate::{
    Error, Result,
    access::{Area, Level},
};

/// Which areas a token may do something in, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allow {
    /// All its owner may, except the area `site`.
    EverythingButSite,
    /// All its owner may.
    Everything,
    /// These areas. `metadata:read` always comes with it.
    Listed(BTreeMap<Area, Level>),
}

impl Allow {
    /// Reads `contents:write,issues:read`.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |what: &str| {
            let known: Vec<_> = Area::ALL.into_iter().map(Area::name).collect();
            Error::invalid(
                "allow",
                format!("'{what}' is not AREA:read or AREA:write with an area of {}", known.join(", ")),
            )
        };
        let mut areas = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (area, level) = part.split_once(':').ok_or_else(|| bad(part))?;
            let area = Area::ALL.into_iter().find(|known| known.name() == area).ok_or_else(|| bad(part))?;
            let level = match level {
                "read" => Level::Read,
                "write" => Level::Write,
                _ => return Err(bad(part)),
            };
            areas.insert(area, level);
        }
        if areas.is_empty() { Err(bad(text)) } else { Ok(Self::Listed(areas)) }
    }

    /// Whether it allows this much in this area. To write includes to read; everybody may read metadata.
    pub fn allows(&self, area: Area, level: Level) -> bool {
        match self {
            Self::Everything => true,
            Self::EverythingButSite => area != Area::Site,
            Self::Listed(_) if (area, level) == (Area::Metadata, Level::Read) => true,
            Self::Listed(areas) => areas.get(&area).is_some_and(|allowed| *allowed >= level),
        }
    }

    /// Whether it allows all that `other` allows.
    pub fn includes(&self, other: &Self) -> bool {
        let levels = [Level::Read, Level::Write];
        let all = Area::ALL.into_iter().flat_map(|area| levels.map(|level| (area, level)));
        all.into_iter().all(|(area, level)| !other.allows(area, level) || self.allows(area, level))
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::EverythingButSite => f.write_str("-site"),
            Self::Listed(areas) => {
                for (i, (area, level)) in areas.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{}:{}", area.name(), level.name())?;
                }
                Ok(())
            }
        }
    }
}

impl FromColumn for Allow {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        match String::from_column(value)?.as_str() {
            "*" => Ok(Self::Everything),
            "-site" => Ok(Self::EverythingButSite),
            text => Self::parse(text).map_err(|error| gitflare_db::Error::Shape(error.message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions() {
        let listed = Allow::parse("contents:write, issues:read").unwrap();
        assert_eq!(listed.to_string(), "contents:write,issues:read");
        assert!(listed.allows(Area::Contents, Level::Read) && listed.allows(Area::Contents, Level::Write));
        assert!(listed.allows(Area::Issues, Level::Read) && !listed.allows(Area::Issues, Level::Write));
        assert!(listed.allows(Area::Metadata, Level::Read) && !listed.allows(Area::Site, Level::Read));
        assert!(!Allow::EverythingButSite.allows(Area::Site, Level::Read));
        assert!(Allow::Everything.includes(&Allow::EverythingButSite));
        assert!(!Allow::EverythingButSite.includes(&Allow::Everything));
        assert!(Allow::EverythingButSite.includes(&listed) && !listed.includes(&Allow::EverythingButSite));
        for bad in ["", "contents", "contents:admin", "code:read"] {
            assert!(Allow::parse(bad).is_err(), "{bad}");
        }
    }
}
