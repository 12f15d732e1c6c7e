//! Serving: what is printed first, what answers requests, and how it ends.

mod requests;

use std::{
    io::{ErrorKind, Write},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use gitflare_forge::{
    host::{Settings, just_below},
    repositories,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    app::App,
    cli::ServeArgs,
    control,
    data::{Folder, Lock},
    error::{Failure, Result},
    host, http,
};

#[cfg(debug_assertions)]
use crate::environment;

const DEFAULT: &str = "127.0.0.1:8420";
/// Seconds between rounds of housekeeping.
const TICK: Duration = Duration::from_secs(30);
/// How long a command that has the folder may take to give it back.
const PATIENCE: Duration = Duration::from_secs(3);

/// Serves until a signal.
pub(crate) fn run(folder: &Folder, args: ServeArgs) -> Result<u8> {
    #[cfg(debug_assertions)]
    if environment::secret(environment::DISARMED).is_some() {
        gitflare_forge::disarm();
    }
    let url = args.url.as_deref().map(check_url).transpose()?;
    let cores = host::cores();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build()?;
    // Before anything is made: an address that is in use leaves no folder behind.
    let listener = runtime.block_on(bind(args.listen.as_deref().unwrap_or(DEFAULT)))?;
    folder.create()?;
    let lock = own(folder)?;
    let settings = Settings { url, body_limit: args.body_limit.map(just_below) };
    let app = App::open(folder, settings, runtime.handle().clone())?;
    let host = Arc::clone(&app.host);
    let outcome = runtime.block_on(serve(app, listener, args.trusted_proxy));
    // Threads that compute for clients who are gone notice at their next step.
    runtime.shutdown_timeout(Duration::from_secs(2));
    host.repositories().close();
    // Nobody else holds it, unless a command is under way: SQLite then leaves one file for the site too.
    drop(host);
    // Nobody is there to take commands any more.
    let _ = std::fs::remove_file(folder.socket());
    drop(lock);
    outcome.map(|()| 0)
}

fn own(folder: &Folder) -> Result<Lock> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(lock) = folder.lock()? {
            return Ok(lock);
        }
        if waited >= PATIENCE {
            let path = folder.path().display();
            return Err(Failure::new(format_args!(
                "{path} is in use by another gitflare; choose another --data"
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

fn check_url(url: &str) -> Result<String> {
    let url = url.trim_end_matches('/');
    let bad = || Failure::new("--url must look like https://git.example.org");
    let uri: ::http::Uri = url.parse().map_err(|_| bad())?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(_)) if uri.query().is_none() && matches!(uri.path(), "" | "/") => {
            Ok(url.to_owned())
        }
        (Some("http" | "https"), Some(_)) => Err(Failure::new(
            "--url cannot have a path: the site is the whole of its host, as https://git.example.org",
        )),
        _ => Err(bad()),
    }
}

async fn serve(app: App, listener: TcpListener, proxies: Vec<IpAddr>) -> Result<()> {
    let address = listener.local_addr()?;
    // Before the first line is read, a signal must already mean a clean end.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // What a crash left between is finished before anybody can see it.
    repositories::recover(&app.forge, 0).await?;
    control::listen(app.host.folder(), app.downgrade())?;
    announce(&app, &format!("http://{address}")).await?;
    host::maintenance::start(&app)?;
    let housekeeping = tokio::spawn(keep_house(app.clone()));
    let requests = Arc::new(requests::Requests::new(app, proxies));
    let handler: http::Handler = Arc::new(move |request, peer| {
        let requests = Arc::clone(&requests);
        Box::pin(async move { requests.answer(request, peer).await })
    });
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };
    http::serve(listener, handler, stop).await;
    housekeeping.abort();
    Ok(())
}

async fn bind(listen: &str) -> Result<TcpListener> {
    let parts = listen.rsplit_once(':');
    if !parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
        let example = "an address and a port, such as 127.0.0.1:8420";
        return Err(Failure::new(format_args!("--listen wants {example}, not {listen}")));
    }
    TcpListener::bind(listen).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            Failure::new(format_args!("{listen} is in use; choose another address with --listen"))
        }
        _ => Failure::during(format_args!("--listen {listen}"), error),
    })
}

/// The lines that scripts read, and one for people.
async fn announce(app: &App, address: &str) -> Result<()> {
    let mut lines = format!("listening on {address}\n");
    let token = requests::setup_token(app).await?;
    // All addresses are none that a browser can open.
    let reachable = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
    if let Some(token) = &token {
        lines.push_str(&format!("setup: {reachable}/setup?token={token}\n"));
    }
    {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(lines.as_bytes())?;
        stdout.flush()?;
    }
    let data = app.host.folder().path().display();
    let note = if token.is_some() { " (no account yet: open the setup link once)" } else { "" };
    tracing::info!("gitflare {} serves {data}{note}", env!("CARGO_PKG_VERSION"));
    if token.is_some() {
        tracing::info!("then, in any project: git push {reachable}/YOU/PROJECT.git HEAD");
    }
    Ok(())
}

/// What happens now and then, whether or not anybody asks.
async fn keep_house(app: App) {
    let first = app.clone();
    let round = tokio::task::spawn_blocking(move || crate::guard::catch(|| host::outbox::catch_up(&first)));
    let _ = round.await;
    loop {
        tokio::time::sleep(TICK).await;
        let app = app.clone();
        let round = tokio::task::spawn_blocking(move || {
            crate::guard::catch(|| {
                app.host.tidy();
                host::outbox::retry(&app);
            })
        });
        // A panic in there was logged by the guard.
        let _ = round.await;
    }
}
