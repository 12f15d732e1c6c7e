//! `upload-pack` and `receive-pack`: git's conversation over standard input and output, as SSH will have it.

use gitflare_forge::{
    accounts,
    names::{AccountName, FullName},
    transfer,
};
use gitflare_port::Service;

use crate::{app::App, cli::Stdio, error::Result, io::Io, local, office::ADMINISTRATOR};

pub(super) fn run(app: &App, service: Service, args: &Stdio, io: &mut dyn Io) -> Result<()> {
    let name = FullName::parse(args.repository.trim_start_matches('/'))?;
    let grant = app.wait(async {
        let actor = match &args.actor {
            Some(name) => accounts::on_word(&app.forge, &AccountName::parse(name)?).await?,
            None => ADMINISTRATOR.clone(),
        };
        transfer::local(&app.forge, &actor, &name, service, version(&args.protocol)).await
    })?;
    let mut head = grant.head.clone();
    if args.actor.is_none() {
        head.caller = local::administrator();
    }
    match &grant.begun {
        Some(begun) => local::converse_new(app, begun, head, io),
        None => local::converse(app, grant.id.0, head, io).map(drop),
    }
}

/// What `GIT_PROTOCOL` asks for, such as `version=2`.
fn version(protocol: &str) -> u8 {
    let versions = protocol.split(':').filter_map(|part| part.strip_prefix("version="));
    versions.filter_map(|version| version.parse().ok()).filter(|version| *version <= 2).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_highest_known_version_counts() {
        assert_eq!(version(""), 0);
        assert_eq!(version("version=2"), 2);
        assert_eq!(version("foo:version=1"), 1);
        assert_eq!(version("version=9:version=1"), 1);
    }
}
