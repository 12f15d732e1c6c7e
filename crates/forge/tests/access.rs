//! The one function that decides, against the table of the product reference.

use gitflare_forge::{
    Actor, Role,
    access::{Access, Action, Archived, Minimum, Reason, Verdict, act, decide, grant},
    access::{IsSubject as _, TheSite},
    accounts::{Account, AccountState},
    actor::By,
    repositories::{Standing, State, Visibility},
    tokens::{Allow, Permissions},
};

use crate::support::World;

/// Rows of the table: anonymous, signed in, read, triage, write, maintain, admin, site administrator.
pub(crate) const TABLE: &[(Action, &str)] = &[
    (Action::See, "yyyyyyyy"),
    (Action::ReadCode, "yyyyyyyy"),
    (Action::ReadIssues, "yyyyyyyy"),
    (Action::ReadPulls, "yyyyyyyy"),
    (Action::Star, "-yyyyyyy"),
    (Action::Fork, "-yyyyyyy"),
    (Action::Participate, "-yyyyyyy"),
    (Action::Propose, "-yyyyyyy"),
    (Action::Review, "-yyyyyyy"),
    (Action::Approve, "----yyyy"),
    (Action::Triage, "---yyyyy"),
    (Action::TriagePulls, "---yyyyy"),
    (Action::Curate, "----yyyy"),
    (Action::Push, "----yyyy"),
    (Action::PostStatus, "----yyyy"),
    (Action::Describe, "-----yyy"),
    (Action::SeeSettings, "------yy"),
    (Action::Manage, "------yy"),
    (Action::ManageHooks, "------yy"),
    (Action::Rename, "------yy"),
    (Action::SetVisibility, "------yy"),
    (Action::Archive, "------yy"),
    (Action::Delete, "------yy"),
];

/// What stays possible on an archived repository for whoever may do it at all.
pub(crate) const ON_ARCHIVED: &[Action] = &[
    Action::See,
    Action::ReadCode,
    Action::ReadIssues,
    Action::ReadPulls,
    Action::Star,
    Action::Fork,
    Action::SeeSettings,
    Action::Archive,
    Action::Delete,
];

/// ada's repository, an account, and the columns of the table.
struct Stage {
    ada: Account,
    columns: Vec<(Actor, Option<Role>)>,
    standing: Standing,
}

async fn stage() -> Stage {
    let world = World::new().await;
    let standing = world.access::<act::See>("ada/demo").await.subject().clone();
    let ada = world.actor("ada").await.account().unwrap().clone();
    let stranger = world.actor("linus").await;
    world.administrator("root-admin").await;
    let administrator = world.actor("root-admin").await;
    let mut columns = vec![(Actor::Anonymous, None), (stranger.clone(), None)];
    columns.extend(Role::ALL.map(|role| (stranger.clone(), Some(role))));
    columns.push((administrator, None));
    Stage { ada, columns, standing }
}

impl Stage {
    fn at(&self, role: Option<Role>, visibility: Visibility, archived: bool) -> Standing {
        let mut standing = self.standing.clone();
        standing.role = role;
        standing.repository.visibility = visibility;
        standing.repository.archived = archived;
        standing
    }
}

fn allowed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allowed { .. })
}

#[tokio::test]
async fn the_table_holds_on_a_public_repository() {
    let stage = stage().await;
    for (action, row) in TABLE {
        for ((actor, role), cell) in stage.columns.iter().zip(row.chars()) {
            let standing = stage.at(*role, Visibility::Public, false);
            let verdict = decide(actor, *action, standing.subject());
            assert_eq!(allowed(verdict), cell == 'y', "{action:?} by {actor:?} with {role:?}: {verdict:?}");
            assert_ne!(verdict, Verdict::Hidden, "{action:?}: a public repository is not hidden");
        }
    }
}

#[tokio::test]
async fn a_private_repository_is_hidden_from_everybody_without_a_role() {
    let stage = stage().await;
    for (action, row) in TABLE {
        for (index, ((actor, role), cell)) in stage.columns.iter().zip(row.chars()).enumerate() {
            let standing = stage.at(*role, Visibility::Private, false);
            let verdict = decide(actor, *action, standing.subject());
            match index {
                0 | 1 => assert_eq!(verdict, Verdict::Hidden, "{action:?}"),
                7 => assert_eq!(verdict, Verdict::Allowed { by_office: true }, "{action:?}"),
                _ => assert_eq!(allowed(verdict), cell == 'y', "{action:?} with {role:?}: {verdict:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_archived_repository_is_read_only_for_everybody() {
    let stage = stage().await;
    for (action, row) in TABLE {
        for ((actor, role), cell) in stage.columns.iter().zip(row.chars()) {
            let standing = stage.at(*role, Visibility::Public, true);
            let verdict = decide(actor, *action, standing.subject());
            let wanted = cell == 'y' && ON_ARCHIVED.contains(action);
            assert_eq!(allowed(verdict), wanted, "{action:?} with {role:?}: {verdict:?}");
        }
        let local =
            decide(&Actor::LocalAdministrator, *action, stage.at(None, Visibility::Public, true).subject());
        assert_eq!(allowed(local), ON_ARCHIVED.contains(action), "{action:?}");
    }
}

#[tokio::test]
async fn what_is_being_made_or_removed_is_hidden_and_suspended_accounts_may_nothing() {
    let stage = stage().await;
    for (action, _) in TABLE {
        for (actor, role) in &stage.columns {
            for state in [State::Creating, State::Deleting] {
                let mut standing = stage.at(*role, Visibility::Public, false);
                standing.repository.state = state;
                assert_eq!(decide(actor, *action, standing.subject()), Verdict::Hidden);
            }
        }
        let suspended = Account { state: AccountState::Suspended, administrator: true, ..stage.ada.clone() };
        let actor = Actor::identified(suspended, By::CommandLine);
        for visibility in [Visibility::Public, Visibility::Private] {
            let standing = stage.at(Some(Role::Admin), visibility, false);
            assert!(!allowed(decide(&actor, *action, standing.subject())), "{action:?}");
        }
    }
}

fn with_token(
    account: &Account,
    allow: Allow,
    repositories: Option<Vec<gitflare_forge::RepositoryId>>,
) -> Actor {
    let permissions = Permissions { id: gitflare_forge::ids::TokenId(1), allow, repositories };
    Actor::identified(account.clone(), By::Token(permissions))
}

#[tokio::test]
async fn a_token_allows_the_least_of_its_permission_and_its_owners_role() {
    let stage = stage().await;
    let levels = [gitflare_forge::Level::Read, gitflare_forge::Level::Write];
    for area in gitflare_forge::Area::ALL {
        for level in levels {
            let text = format!("{}:{}", area.name(), level.name());
            let actor = with_token(&stage.ada, Allow::parse(&text).unwrap(), None);
            for (action, _) in TABLE {
                let rule = action.rule();
                let metadata = rule.area == gitflare_forge::Area::Metadata && rule.level == levels[0];
                let permitted = metadata || (rule.area == area && rule.level <= level);
                let private = stage.at(Some(Role::Admin), Visibility::Private, false);
                assert_eq!(
                    allowed(decide(&actor, *action, private.subject())),
                    permitted,
                    "{action:?} with {text}"
                );
                // What everybody may, a token may too.
                let public = stage.at(Some(Role::Admin), Visibility::Public, false);
                let open = rule.minimum == Minimum::Anyone;
                assert_eq!(
                    allowed(decide(&actor, *action, public.subject())),
                    permitted || open,
                    "{action:?} {text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_token_for_other_repositories_opens_none_but_public_ones() {
    let stage = stage().await;
    let other = gitflare_forge::RepositoryId(99);
    let actor = with_token(&stage.ada, Allow::Everything, Some(vec![other]));
    for (action, _) in TABLE {
        let private = stage.at(Some(Role::Admin), Visibility::Private, false);
        assert_eq!(decide(&actor, *action, private.subject()), Verdict::Hidden, "{action:?}");
        let public = stage.at(Some(Role::Admin), Visibility::Public, false);
        let open = action.rule().minimum == Minimum::Anyone;
        let verdict = decide(&actor, *action, public.subject());
        assert_eq!(allowed(verdict), open, "{action:?}: {verdict:?}");
    }
    let listed = with_token(&stage.ada, Allow::Everything, Some(vec![stage.standing.repository.id]));
    let private = stage.at(Some(Role::Admin), Visibility::Private, false);
    assert!(allowed(decide(&listed, Action::Push, private.subject())));
}

#[tokio::test]
async fn the_office_of_administrator_needs_the_site_permission() {
    let stage = stage().await;
    let administrator = Account { administrator: true, ..stage.columns[7].0.account().unwrap().clone() };
    let private = stage.at(None, Visibility::Private, false);
    let everyday = with_token(&administrator, Allow::EverythingButSite, None);
    assert_eq!(decide(&everyday, Action::ReadCode, private.subject()), Verdict::Hidden);
    let office = with_token(&administrator, Allow::Everything, None);
    assert!(allowed(decide(&office, Action::ReadCode, private.subject())));
    assert!(allowed(decide(&office, Action::AdministerSite, TheSite.subject())));
    assert!(!allowed(decide(&everyday, Action::AdministerSite, TheSite.subject())));
    for (actor, _) in &stage.columns[..7] {
        assert_eq!(decide(actor, Action::AdministerSite, TheSite.subject()), Verdict::Hidden);
    }
}

#[tokio::test]
async fn ones_own_affairs_are_ones_own() {
    let stage = stage().await;
    let (linus, administrator) = (&stage.columns[1].0, &stage.columns[7].0);
    for action in [Action::SeeAccount, Action::ManageAccount] {
        assert_eq!(decide(&Actor::Anonymous, action, stage.ada.subject()), Verdict::Refused(Reason::SignIn));
        assert_eq!(decide(linus, action, stage.ada.subject()), Verdict::Refused(Reason::Self_));
        assert_eq!(decide(administrator, action, stage.ada.subject()), Verdict::Refused(Reason::Self_));
        let own = Actor::identified(stage.ada.clone(), By::CommandLine);
        assert!(allowed(decide(&own, action, stage.ada.subject())));
    }
}

#[test]
fn the_table_has_every_action_about_repositories() {
    let others = [
        Action::CreateRepository,
        Action::PushToCreate,
        Action::SeeAccount,
        Action::ManageAccount,
        Action::SeeSite,
        Action::AdministerSite,
    ];
    for action in Action::ALL {
        let listed = TABLE.iter().any(|(known, _)| known == action);
        assert_ne!(listed, others.contains(action), "{action:?}");
        if listed {
            assert_eq!(
                action.rule().archived == Archived::Allowed,
                ON_ARCHIVED.contains(action),
                "{action:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_proof_carries_what_it_was_asked_for() {
    let world = World::new().await;
    world.collaborator("ada/secret", "linus", Role::Write).await;
    let linus = world.actor("linus").await;
    let standing = world.standing(&linus, "ada/secret").await.unwrap();
    let access: Access<act::Push> = grant(&linus, standing).unwrap();
    assert_eq!(access.repository().full_name().to_string(), "ada/secret");
    assert!(access.may(Action::Triage) && !access.may(Action::Delete) && !access.by_office());
}
