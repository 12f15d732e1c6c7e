//! Splits a file of SQL into statements: no host takes more than one per call.

/// The statements of `sql`, without their closing semicolons and without comments around them.
/// A trigger's body stays in one piece.
pub fn split(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        loop {
            rest = skip_blank(rest);
            if rest.is_empty() {
                return None;
            }
            let end = statement_end(rest);
            let statement = rest.get(..end).unwrap_or(rest).trim_end();
            rest = rest.get(end + 1..).unwrap_or("");
            if !statement.is_empty() {
                return Some(statement);
            }
        }
    })
}

/// Without the white space and comments it begins with.
fn skip_blank(mut sql: &str) -> &str {
    loop {
        sql = sql.trim_start();
        match token(sql) {
            (Token::Comment, length) => sql = sql.get(length..).unwrap_or(""),
            _ => return sql,
        }
    }
}

#[derive(PartialEq, Eq)]
enum Token<'a> {
    Comment,
    Word(&'a str),
    Semicolon,
    Other,
}

/// The token `sql` begins with, and its length, at least one unless `sql` is empty.
fn token(sql: &str) -> (Token<'_>, usize) {
    let until = |from: usize, end: &str| {
        sql.get(from..).and_then(|body| body.find(end)).map_or(sql.len(), |at| from + at + end.len())
    };
    let Some(first) = sql.chars().next() else { return (Token::Other, 0) };
    match first {
        ';' => (Token::Semicolon, 1),
        '-' if sql.starts_with("--") => (Token::Comment, until(2, "\n")),
        '/' if sql.starts_with("/*") => (Token::Comment, until(2, "*/")),
        // A doubled quote inside is read as the end of one literal and the start of the next.
        '\'' | '"' | '`' => (Token::Other, until(1, first.encode_utf8(&mut [0; 4]))),
        '[' => (Token::Other, until(1, "]")),
        c if is_word(c) => {
            let length = sql.find(|c| !is_word(c)).unwrap_or(sql.len());
            (Token::Word(sql.get(..length).unwrap_or(sql)), length)
        }
        c => (Token::Other, c.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}

/// Where the first statement's semicolon is, or the end.
fn statement_end(sql: &str) -> usize {
    let mut at = 0;
    let mut words = 0;
    let mut creates = false;
    let mut trigger = false;
    let mut depth = 0_u32;
    while at < sql.len() {
        let (token, length) = token(sql.get(at..).unwrap_or(""));
        match token {
            Token::Semicolon if depth == 0 => return at,
            Token::Word(word) => {
                let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
                words += 1;
                creates |= words == 1 && is("create");
                // CREATE [TEMP] TRIGGER
                trigger |= creates && words <= 3 && is("trigger");
                if trigger && (is("begin") || is("case")) {
                    depth += 1;
                } else if trigger && is("end") {
                    depth = depth.saturating_sub(1);
                }
            }
            _ => {}
        }
        at += length.max(1);
    }
    sql.len()
}

#[cfg(test)]
mod tests {
    use super::split;

    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(split(sql).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn splits_at_semicolons() {
        check("", &[]);
        check(" ; ;\n", &[]);
        check("a; b;", &["a", "b"]);
        check("a;\nb", &["a", "b"]);
    }

    #[test]
    fn skips_comments_between_and_keeps_those_inside() {
        check("-- one; two\na; /* x; y */ b -- c;\n;-- end", &["a", "b -- c;"]);
        check("/* open", &[]);
    }

    #[test]
    fn leaves_quotes_alone() {
        check("a 'x;''y;' b; c \";\" `;` [;]; d", &["a 'x;''y;' b", "c \";\" `;` [;]", "d"]);
        check("a 'open; b", &["a 'open; b"]);
        check("é ';ü'; ß", &["é ';ü'", "ß"]);
    }

    #[test]
    fn keeps_a_trigger_in_one_piece() {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON x WHEN CASE new.a WHEN 1 THEN 1 ELSE 0 END BEGIN\n\
            UPDATE y SET z = CASE WHEN 1 THEN 2 END; -- END;\nDELETE FROM q;\nEND";
        check(&format!("a; {trigger};\nb"), &["a", trigger, "b"]);
        check("CREATE TABLE t (begin_at INTEGER); b", &["CREATE TABLE t (begin_at INTEGER)", "b"]);
    }
}
