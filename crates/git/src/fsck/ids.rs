//! The message ids of git 2.47 and which of them a site may ignore.

use std::fmt;

/// What a finding does to a push. git's FATAL, ERROR and (under `--strict`) WARN refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Shown to the user; the object is accepted.
    Info,
    /// The object is refused.
    Refuse,
}

/// What a message does, and whether a site may switch it off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Refuses, always: a client that received such an object could be attacked or confused by it.
    Protects,
    /// Refuses unless ignored: the object is malformed but harmless.
    Refuses,
    /// Is shown unless ignored.
    Informs,
    /// Never reported, like git without an explicit setting.
    Silent,
}

macro_rules! messages {
    ($($variant:ident $name:literal $rule:ident,)*) => {
        /// Everything git's object checks can say.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Message { $($variant,)* }

        const TABLE: &[(Message, &str, Rule)] = &[$((Message::$variant, $name, Rule::$rule),)*];

        impl Message {
            /// The id as git prints it.
            pub(super) const fn id(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            const fn rule(self) -> Rule {
                match self { $(Self::$variant => Rule::$rule,)* }
            }
        }
    };
}

messages! {
    NulInHeader "nulInHeader" Protects,
    UnterminatedHeader "unterminatedHeader" Protects,
    BadDate "badDate" Refuses,
    BadDateOverflow "badDateOverflow" Protects,
    BadEmail "badEmail" Refuses,
    BadName "badName" Refuses,
    BadObjectSha1 "badObjectSha1" Protects,
    BadParentSha1 "badParentSha1" Protects,
    BadRefFiletype "badRefFiletype" Refuses,
    BadRefName "badRefName" Refuses,
    BadTimezone "badTimezone" Refuses,
    BadTree "badTree" Protects,
    BadTreeSha1 "badTreeSha1" Protects,
    BadType "badType" Refuses,
    DuplicateEntries "duplicateEntries" Protects,
    MissingAuthor "missingAuthor" Protects,
    MissingCommitter "missingCommitter" Protects,
    MissingEmail "missingEmail" Refuses,
    MissingNameBeforeEmail "missingNameBeforeEmail" Refuses,
    MissingObject "missingObject" Refuses,
    MissingSpaceBeforeDate "missingSpaceBeforeDate" Refuses,
    MissingSpaceBeforeEmail "missingSpaceBeforeEmail" Refuses,
    MissingTag "missingTag" Refuses,
    MissingTagEntry "missingTagEntry" Refuses,
    MissingTree "missingTree" Protects,
    MissingType "missingType" Refuses,
    MissingTypeEntry "missingTypeEntry" Refuses,
    MultipleAuthors "multipleAuthors" Protects,
    TreeNotSorted "treeNotSorted" Protects,
    UnknownType "unknownType" Refuses,
    ZeroPaddedDate "zeroPaddedDate" Refuses,
    GitmodulesMissing "gitmodulesMissing" Protects,
    GitmodulesBlob "gitmodulesBlob" Protects,
    GitmodulesLarge "gitmodulesLarge" Protects,
    GitmodulesName "gitmodulesName" Protects,
    GitmodulesSymlink "gitmodulesSymlink" Protects,
    GitmodulesUrl "gitmodulesUrl" Protects,
    GitmodulesPath "gitmodulesPath" Protects,
    GitmodulesUpdate "gitmodulesUpdate" Protects,
    GitattributesMissing "gitattributesMissing" Protects,
    GitattributesLarge "gitattributesLarge" Protects,
    GitattributesLineLength "gitattributesLineLength" Protects,
    GitattributesBlob "gitattributesBlob" Protects,
    EmptyName "emptyName" Protects,
    FullPathname "fullPathname" Protects,
    HasDot "hasDot" Protects,
    HasDotdot "hasDotdot" Protects,
    HasDotgit "hasDotgit" Protects,
    NullSha1 "nullSha1" Protects,
    ZeroPaddedFilemode "zeroPaddedFilemode" Refuses,
    NulInCommit "nulInCommit" Refuses,
    LargePathname "largePathname" Protects,
    BadFilemode "badFilemode" Informs,
    GitmodulesParse "gitmodulesParse" Informs,
    GitignoreSymlink "gitignoreSymlink" Informs,
    GitattributesSymlink "gitattributesSymlink" Informs,
    MailmapSymlink "mailmapSymlink" Informs,
    BadTagName "badTagName" Informs,
    MissingTaggerEntry "missingTaggerEntry" Informs,
    ExtraHeaderEntry "extraHeaderEntry" Silent,
}

/// Why a policy cannot be changed as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// git has no such message id.
    Unknown,
    /// The message protects those who fetch, so no site may ignore it.
    Protected,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such fsck message id",
            Self::Protected => "this fsck message protects clients and cannot be ignored",
        })
    }
}

/// Which messages are ignored.
///
/// By default the three that old but honest histories are full of: `badTimezone`,
/// `missingSpaceBeforeDate` and `zeroPaddedFilemode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A bit for each [`Message`].
    ignored: u64,
}

impl Default for Policy {
    fn default() -> Self {
        let mut policy = Self::strict();
        for message in [Message::BadTimezone, Message::MissingSpaceBeforeDate, Message::ZeroPaddedFilemode] {
            policy.ignored |= 1 << message as u32;
        }
        policy
    }
}

impl Policy {
    /// Ignores nothing, like `git fsck --strict` without settings.
    pub const fn strict() -> Self {
        Self { ignored: 0 }
    }

    /// Ignores one more message id, in any case, as git's `fsck.<id> = ignore`.
    pub fn ignore(&mut self, id: &str) -> Result<(), PolicyError> {
        let message = find(id).ok_or(PolicyError::Unknown)?;
        if message.rule() == Rule::Protects {
            return Err(PolicyError::Protected);
        }
        self.ignored |= 1 << message as u32;
        Ok(())
    }

    /// Stops ignoring a message id.
    pub fn enforce(&mut self, id: &str) -> Result<(), PolicyError> {
        let message = find(id).ok_or(PolicyError::Unknown)?;
        self.ignored &= !(1 << message as u32);
        Ok(())
    }

    /// The ids that are ignored.
    pub fn ignored(&self) -> impl Iterator<Item = &'static str> + '_ {
        TABLE.iter().filter(|row| self.ignored & (1 << row.0 as u32) != 0).map(|row| row.1)
    }

    /// What `message` does here; `None` if it is not reported at all.
    pub(super) fn severity(&self, message: Message) -> Option<Severity> {
        if self.ignored & (1 << message as u32) != 0 {
            return None;
        }
        match message.rule() {
            Rule::Protects | Rule::Refuses => Some(Severity::Refuse),
            Rule::Informs => Some(Severity::Info),
            Rule::Silent => None,
        }
    }
}

fn find(id: &str) -> Option<Message> {
    TABLE.iter().find(|row| row.1.eq_ignore_ascii_case(id)).map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_its_own_bit() {
        assert!(TABLE.len() <= 64);
        for (bit, row) in TABLE.iter().enumerate() {
            assert_eq!((row.0 as usize, row.0.id()), (bit, row.1));
        }
    }

    #[test]
    fn what_protects_clients_cannot_be_ignored() {
        let mut policy = Policy::default();
        let default: Vec<_> = policy.ignored().collect();
        assert_eq!(default, ["badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode"]);
        assert_eq!(policy.ignore("hasdotgit"), Err(PolicyError::Protected));
        assert_eq!(policy.ignore("noSuchThing"), Err(PolicyError::Unknown));
        assert_eq!(policy.ignore("nulincommit"), Ok(()));
        assert_eq!(policy.enforce("badTimezone"), Ok(()));
        assert_eq!(policy.severity(Message::BadTimezone), Some(Severity::Refuse));
        assert_eq!(policy.severity(Message::NulInCommit), None);
        assert_eq!(policy.severity(Message::BadFilemode), Some(Severity::Info));
    }
}
