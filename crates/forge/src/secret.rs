//! Secrets: random values shown once, of which only a hash is stored, and password hashes.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};
use sha2::{Digest as _, Sha256};

use crate::{Error, Forge, Result};

/// The lower-case hexadecimal form.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is stored of a random secret. It has enough entropy that a fast hash is a safe one.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A value derived from a secret for one purpose; the secret cannot be told from it.
pub fn derive(secret: &str, purpose: &str) -> String {
    hash(&format!("gitflare {purpose}\0{secret}"))
}

/// Compares without telling by its time where two values differ.
pub fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

/// 256 random bits as text.
pub fn random(forge: &Forge) -> String {
    hex(&forge.random::<32>())
}

/// argon2id with 19 MiB and two passes, the first row of OWASP's advice: 20 ms on either host.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Refuses passwords outside 8 to 128 characters.
pub fn check_password(password: &str) -> Result<()> {
    match password.chars().count() {
        8..=128 => Ok(()),
        _ => Err(Error::invalid("password", "A password has 8 to 128 characters")),
    }
}

/// Hashes a password for storing.
pub async fn hash_password(forge: &Forge, password: &str) -> Result<String> {
    check_password(password)?;
    let salt = forge.random::<16>();
    let password = password.to_owned();
    compute(forge, move || {
        let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
    })
    .await?
}

/// Whether a password is the one hashed. Without a hash it takes the same time to say no, so that nobody learns
/// which accounts exist.
pub async fn verify_password(forge: &Forge, password: &str, stored: Option<String>) -> Result<bool> {
    if password.chars().count() > 128 {
        return Ok(false);
    }
    let password = password.to_owned();
    compute(forge, move || {
        let argon2 = argon2()?;
        let Some(stored) = stored else {
            let _ = argon2.hash_password_with_salt(password.as_bytes(), b"nobody's account");
            return Ok(false);
        };
        let stored = PasswordHash::new(&stored).map_err(|error| Error::internal(error.to_string()))?;
        Ok(argon2.verify_password(password.as_bytes(), &stored).is_ok())
    })
    .await?
}

/// Runs heavy work where the host wants it, and brings back what it answers.
pub(crate) async fn compute<T: Send + 'static>(
    forge: &Forge,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let slot = Arc::new(Mutex::new(None));
    let inner = Arc::clone(&slot);
    let work = Box::new(move || *inner.lock().unwrap_or_else(PoisonError::into_inner) = Some(work()));
    forge.host().compute(work).await;
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.take().ok_or_else(|| Error::internal("heavy work did not finish"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(equal("ab", "ab") && !equal("ab", "ac") && !equal("ab", "abc"));
        assert_ne!(derive("a", "form"), derive("a", "other"));
    }
}
