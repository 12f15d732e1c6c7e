//! Without armour: what is rendered from a text is shown as it is, and pages say nothing of what may run on them. The
//! attacks of `e2e/browser` have to succeed then, or they prove nothing. No release build can be disarmed.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(debug_assertions)]
static DISARMED: AtomicBool = AtomicBool::new(false);

/// Takes the armour off, until the process ends.
#[cfg(debug_assertions)]
pub fn disarm() {
    DISARMED.store(true, Ordering::Relaxed);
}

/// Whether it is off.
pub(crate) fn is_disarmed() -> bool {
    #[cfg(debug_assertions)]
    return DISARMED.load(Ordering::Relaxed);
    #[cfg(not(debug_assertions))]
    false
}
