//! Pages about repositories as such: making one, and its settings. What is in one is shown by [`crate::code`].

pub(crate) mod new;
pub(crate) mod settings;
