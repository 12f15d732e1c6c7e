//! `move --from`: a site from a host elsewhere into an empty data folder, which is then verified as a restored one is.

use gitflare_forge::host::Settings;

use super::{moving::Departure, restore};
use crate::{
    app::App,
    data::Folder,
    error::{Failure, Result},
    io::Io,
    office::Office,
    remote::Remote,
};

/// Fills `folder` with the site at `url`. What an interrupted run has brought is not brought again.
pub(crate) fn run(folder: &Folder, url: &str, io: &mut dyn Io) -> Result<u8> {
    let remote = Remote::new(url)?;
    let refuse = || {
        Failure::new(format_args!(
            "{} is not empty; a site moves into an empty folder",
            folder.path().display()
        ))
    };
    // With a site in it, it may be what an interrupted run left: the import looks.
    if !folder.is_empty()? && !folder.site().exists() {
        return Err(refuse());
    }
    folder.create()?;
    let lock = folder.lock()?.ok_or_else(refuse)?;
    let outcome = arrive(folder, &remote, io);
    drop(lock);
    outcome
}

fn arrive(folder: &Folder, remote: &Remote, io: &mut dyn Io) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let app = App::open(folder, Settings::default(), runtime.handle().clone())?;
    let departure = Departure {
        from: &Office::There(remote),
        to: &Office::Here(&app),
        token: String::new(),
        notice: "the site is moving to another host".into(),
        moved: Some("the site has moved to another host: ask its administrator where to push".into()),
        url: None,
    };
    let outcome = departure.run(io).and_then(|moved| {
        if restore::examine(&app, io)? != 0 {
            return Err(Failure::new("what arrived holds damaged repositories"));
        }
        Ok(moved)
    });
    drop(app);
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    let moved = outcome?;
    io.note(&format!("{moved} are in {}", folder.path().display()))?;
    let url = remote.url();
    io.note(&format!("{url} takes no more changes; `gitflare --url {url} move --cancel` lets it again"))?;
    Ok(0)
}
