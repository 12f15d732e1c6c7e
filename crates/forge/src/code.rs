//! Code: a repository's home, its folders and its files, and how they came about. Asks the port and reads no object
//! itself.

mod address;
pub(crate) mod api;
mod around;
mod blame;
mod blob;
mod branches;
mod clone;
mod commit;
mod commits;
mod compare;
mod delete_branch;
mod empty;
mod excerpt;
mod find;
mod folder;
mod frame;
mod lines;
mod people;
mod picker;
mod refs;
mod rows;
mod submodule;
mod tags;

pub(crate) use address::is_crooked;
pub(crate) use blame::show as blame;
pub(crate) use blob::show as blob;
pub(crate) use branches::show as branches;
pub(crate) use commit::show as commit;
pub(crate) use commits::show as commits;
pub(crate) use compare::{range, show as compare};
pub(crate) use delete_branch::{ask as ask_to_delete_branch, delete as delete_branch};
pub(crate) use excerpt::show as excerpt;
pub(crate) use find::{paths as tree_list, show as find};
pub(crate) use folder::{home, show as tree};
pub(crate) use frame::{Tab, badges, crumbs, tabs, title_row};
pub(crate) use tags::show as tags;
