//! The accounts of those who wrote and committed.

use std::collections::HashMap;

use gitflare_port::log::{CommitDetail, Person};
use serde_json::Value;

use super::Question;
use crate::{
    Result, accounts,
    api::json::{code, user},
};

/// Accounts by their addresses, in lower case.
pub(super) struct People(HashMap<String, Value>);

impl People {
    /// Those of these commits, in one question.
    pub(super) async fn of(question: &Question, commits: &[&CommitDetail]) -> Result<Self> {
        let people = commits.iter().flat_map(|commit| [&commit.author, &commit.committer]);
        let mut mails: Vec<String> = people.map(key).filter(|mail| !mail.is_empty()).collect();
        mails.sort();
        mails.dedup();
        let mut known = HashMap::new();
        for account in accounts::by_mails(&question.forge, &mails).await? {
            let json = user::simple(&question.origin, account.id, account.name.as_str());
            known.insert(account.email.unwrap_or_default().to_ascii_lowercase(), json);
        }
        Ok(Self(known))
    }

    /// A commit with the accounts of its people; null stands for nobody who is known here.
    pub(super) fn commit(&self, links: &code::Links, commit: &CommitDetail) -> Value {
        let account = |person| self.0.get(&key(person)).cloned().unwrap_or_default();
        code::commit(links, commit, (account(&commit.author), account(&commit.committer)))
    }
}

fn key(person: &Person) -> String {
    person.mail.trim().to_ascii_lowercase()
}
