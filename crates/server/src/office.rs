//! Where administration is done: in the data folder, or at the address of a running site. The operations are the same.

use std::time::Duration;

use gitflare_forge::{
    actor::Actor,
    admin::{self, Operation, Page},
};

use crate::{app::App, error::Result, remote::Remote};

/// How long it is waited for what may pass.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10), Duration::from_secs(30)];

/// Whoever may use the data folder may do everything.
pub(crate) const ADMINISTRATOR: &Actor = &Actor::LocalAdministrator;

/// Where.
pub(crate) enum Office<'a> {
    /// In the data folder.
    Here(&'a App),
    /// At an address.
    There(&'a Remote),
}

impl Office<'_> {
    /// Does an operation. Blocks.
    pub(crate) fn call<O: Operation>(&self, operation: O) -> Result<O::Reply> {
        match self {
            Self::Here(app) => Ok(app.wait(admin::run(&app.forge, ADMINISTRATOR, operation))?),
            Self::There(remote) => remote.call(&operation),
        }
    }

    /// The same for operations that may be done twice: what may pass is waited for.
    pub(crate) fn insist<O: Operation + Clone>(&self, operation: O) -> Result<O::Reply> {
        for wait in WAITS {
            match self.call(operation.clone()) {
                Err(failure) if failure.is_passing() => std::thread::sleep(wait),
                outcome => return outcome,
            }
        }
        self.call(operation)
    }

    /// Shows every item of a list that comes in pages.
    pub(crate) fn each<T, O: Operation<Reply = Page<T>> + Clone>(
        &self,
        page: impl Fn(Option<String>) -> O,
        mut show: impl FnMut(T) -> std::io::Result<()>,
    ) -> Result<()> {
        let mut cursor = None;
        loop {
            let found = self.insist(page(cursor))?;
            found.items.into_iter().try_for_each(&mut show)?;
            cursor = found.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}
