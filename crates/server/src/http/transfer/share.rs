//! Places for transfers, of which one client gets a share only: else a single one could keep all others out by asking
//! slowly, without even an account.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of places.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    share: usize,
    clients: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// A place, until it is dropped.
pub(crate) struct Place {
    _all: OwnedSemaphorePermit,
    _own: Option<Own>,
}

/// What a client has of its share.
struct Own {
    places: Arc<Places>,
    network: IpAddr,
    permit: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// `all` places, of which one client gets `share`.
    pub(crate) fn new(all: usize, share: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), share, clients: Mutex::new(HashMap::new()) }
    }

    /// Waits for a place.
    pub(crate) async fn enter(self: Arc<Self>, client: Option<IpAddr>) -> Option<Place> {
        let own = match client.and_then(network) {
            Some(network) => {
                let share = {
                    let mut clients = self.clients();
                    Arc::clone(clients.entry(network).or_insert_with(|| Arc::new(Semaphore::new(self.share))))
                };
                // Made before the wait, so that whoever gives up waiting is forgotten too.
                let mut own = Own { places: Arc::clone(&self), network, permit: None };
                own.permit = Some(share.acquire_owned().await.ok()?);
                Some(own)
            }
            None => None,
        };
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Place { _all: all, _own: own })
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Semaphore>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// A place that is nobody's share.
    pub(super) fn of(all: OwnedSemaphorePermit) -> Self {
        Self { _all: all, _own: None }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.permit = None;
        let mut clients = self.places.clients();
        // Who waits or has a place holds the semaphore too.
        if clients.get(&self.network).is_some_and(|share| Arc::strong_count(share) == 1) {
            clients.remove(&self.network);
        }
    }
}

/// What a client is counted under: its address, or its /64 network. The own machine is not counted, because behind a
/// proxy that is not listed everybody comes from there.
fn network(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))),
        address => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::Places;

    #[tokio::test]
    async fn one_client_leaves_room_for_others() {
        let places = Arc::new(Places::new(3, 2));
        let enter = |address: &str| {
            let entering = Arc::clone(&places).enter(address.parse().ok());
            async { tokio::time::timeout(Duration::from_millis(50), entering).await.ok().flatten() }
        };
        let first = enter("2001:db8::1").await.unwrap();
        let second = enter("2001:db8::2").await.unwrap();
        assert!(enter("2001:db8::3").await.is_none(), "its share is taken");
        let other = enter("192.0.2.1").await.unwrap();
        drop(first);
        let again = enter("2001:db8::3").await.unwrap();
        assert!(enter("198.51.100.1").await.is_none(), "all places are taken");
        drop((second, other, again));
        let own: Vec<_> =
            [enter("127.0.0.1").await, enter("127.0.0.1").await, enter("127.0.0.1").await].into();
        assert_eq!(own.iter().flatten().count(), 3);
        assert!(places.clients().is_empty());
    }
}
