//! What the pages of several slices share. Components are functions from ready values to markup.

pub(crate) mod assets;
pub(crate) mod avatar;
pub(crate) mod bytes;
pub(crate) mod diff;
pub(crate) mod form;
mod header;
pub(crate) mod highlight;
pub(crate) mod icon;
pub(crate) mod list;
pub(crate) mod markdown;
pub(crate) mod page;
mod sides;
pub(crate) mod styleguide;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod visit;

pub(crate) use page::{Crumb, Frame, Page, Shape, Theme, Viewer};
pub(crate) use sides::sides;
