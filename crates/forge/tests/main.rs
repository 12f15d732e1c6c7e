//! The site's features, entered as users do: by a request to the site.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod accounts;
mod admin;
mod api;
mod collaborators;
mod downloads;
mod hidden;
mod http;
mod moving;
mod office;
mod pages;
mod pages_branches;
mod pages_code;
mod pages_history;
mod pages_walk;
mod people;
mod push_to_create;
mod repositories;
mod routes;
mod schema;
mod sessions;
mod setup;
mod site;
mod support;
mod tokens;
mod transfer;
