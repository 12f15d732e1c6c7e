//! Time and randomness. The clock stands still while code runs: it moves at awaits.

use worker::{
    js_sys::{Date, Uint8Array},
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
};

#[wasm_bindgen(wasm_bindgen = ::worker::wasm_bindgen)]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(out: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// Unix seconds.
pub(crate) fn now() -> i64 {
    let now = (Date::now() / 1000.0) as i64;
    #[cfg(feature = "contract")]
    let now = now + crate::testing::later();
    now
}

/// Unpredictable bytes. At most 64 KiB at a time are there to be had, which is plenty.
pub(crate) fn random(out: &mut [u8]) {
    let bytes = Uint8Array::new_with_length(out.len() as u32);
    if get_random_values(&bytes).is_err() {
        // Secrets are made of this: no answer is better than a guessable one.
        crate::log::error("random", "there is no randomness");
        std::process::abort();
    }
    bytes.copy_to(out);
}

/// What a repository is handed with each call.
pub(crate) fn env() -> gitflare_repo::Env {
    let mut seed = [0; 8];
    random(&mut seed);
    gitflare_repo::Env { now: now(), seed: u64::from_le_bytes(seed) }
}
