//! A browser without eyes: it keeps cookies, says where its forms come from, and sends back what they hide.

use std::collections::BTreeMap;

use super::{Reply, Request, Site};

/// A browser, with or without somebody signed in.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    site: Site,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What the forms of the last page hide.
    pub(crate) form_token: String,
}

impl Browser {
    pub(crate) fn new(site: &Site) -> Self {
        Self { site: site.clone(), cookies: BTreeMap::new(), form_token: String::new() }
    }

    /// A page, with whatever status.
    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path))
    }

    /// A form.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.form_token.clone();
        let fields = [fields, &[("_token", token.as_str())]].concat();
        let origin = self.site.url("");
        self.send(
            Request::post(path)
                .header("Origin", origin)
                .header("Sec-Fetch-Site", "same-origin")
                .form(&fields),
        )
    }

    /// A form that deletes.
    pub(crate) fn delete(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post(path, &[fields, &[("_method", "DELETE")]].concat())
    }

    /// Any request, with this browser's cookies.
    pub(crate) fn send(&mut self, request: Request) -> Reply {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("Accept", "text/html,*/*;q=0.8");
        let request = if pairs.is_empty() { request } else { request.header("Cookie", pairs.join("; ")) };
        let reply = self.site.send(&request);
        for line in reply.all("set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = hidden(&reply.text(), "_token") {
            self.form_token = token;
        }
        reply
    }

    /// Signs in through the form.
    #[track_caller]
    pub(crate) fn sign_in(&mut self, name: &str, password: &str) {
        self.get("/login").expect(200);
        self.post("/login", &[("name", name), ("password", password)]).expect(303);
        // The form's hidden value belongs to the session, which is new.
        self.get("/settings").expect(200);
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> Option<String> {
    let is_wanted = |element: &String| {
        element.starts_with("input ") && attribute(element, "name").as_deref() == Some(name)
    };
    attribute(&elements(page).into_iter().find(is_wanted)?, "value")
}

/// The opening tags of a page, without their brackets.
pub(crate) fn elements(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut is_quoted = false;
        let end = rest.find(|c| {
            is_quoted ^= c == '"';
            c == '>' && !is_quoted
        });
        let Some(end) = end else { break };
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            found.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
    found
}

/// The value of an attribute of an opening tag.
pub(crate) fn attribute(element: &str, name: &str) -> Option<String> {
    let value = element.split(&format!(" {name}=\"")).nth(1)?;
    Some(value.split('"').next()?.to_owned())
}

/// What a reader sees of a page: its text without markup.
pub(crate) fn shown(page: &str) -> String {
    let mut text = String::new();
    let mut is_markup = false;
    for c in page.chars() {
        match c {
            '<' => is_markup = true,
            '>' => {
                is_markup = false;
                text.push(' ');
            }
            c if !is_markup => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
