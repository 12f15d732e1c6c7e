//! `site …`: the settings of the site.

use gitflare_forge::{
    access::{self, act},
    site,
};

use super::ADMINISTRATOR;
use crate::{
    app::App,
    cli::Site,
    error::{Failure, Result},
    io::Io,
};

pub(super) fn run(command: &Site, app: &App, io: &mut dyn Io) -> Result<()> {
    match command {
        Site::Set { setting } => {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| Failure::new("a setting is KEY=VALUE, such as registration=open"))?;
            let access = access::site::<act::AdministerSite>(ADMINISTRATOR)?;
            app.wait(site::set(&app.forge, &access, name, value))?;
        }
        Site::Show => {
            let access = access::site::<act::SeeSite>(ADMINISTRATOR)?;
            let settings = app.wait(site::show(&app.forge, &access))?;
            io.line(&format!("registration={}", settings.registration.name()))?;
            io.line(&format!("url={}", settings.url.unwrap_or_default()))?;
        }
    }
    Ok(())
}
