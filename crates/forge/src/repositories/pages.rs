//! The pages about repositories as things with names: lists, a new one, and one's settings.

pub(crate) mod explore;
pub(crate) mod new;
pub(crate) mod rows;
pub(crate) mod settings;
