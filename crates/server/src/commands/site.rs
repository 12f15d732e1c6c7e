//! `site …`: the settings of the site.

use gitflare_forge::admin::{ChangeSetting, ShowSite};

use crate::{
    cli::Site,
    error::{Failure, Result},
    io::Io,
    office::Office,
};

pub(super) fn run(command: &Site, office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    match command {
        Site::Set { setting } => {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| Failure::new("a setting is KEY=VALUE, such as registration=open"))?;
            office.call(ChangeSetting { setting: name.to_owned(), value: value.to_owned() })?;
            io.note(&format!("{name} is {value}"))?;
        }
        Site::Show => {
            let settings = office.call(ShowSite {})?;
            io.line(&format!("registration={}", settings.registration))?;
            io.line(&format!("url={}", settings.url.unwrap_or_default()))?;
        }
    }
    Ok(())
}
