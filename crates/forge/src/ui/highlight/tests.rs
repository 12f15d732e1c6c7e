//! Tests of colours of code.

use super::{Budget, Class, Highlight, Hint, Span, escape, grammars::Grammars, is_too_much, line};
use crate::statics;

/// The engine with the grammars that are served.
pub(crate) fn engine() -> impl Highlight {
    Grammars::new(statics::embedded(statics::GRAMMARS).unwrap()).unwrap()
}

fn marked(hint: Hint<'_>, text: &str) -> String {
    let lines = engine().lines(hint, text, &mut Budget::default()).unwrap();
    let shown = text.lines().zip(&lines).map(|(text, spans)| line(text, spans).into_string());
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn code_has_its_words_strings_and_comments_marked() {
    let rust = marked(Hint::File("main.rs"), "// Why\nfn main() { let a = \"<b>\" + 12; }\n");
    assert_eq!(
        rust,
        "<span class=c>// Why</span>\n<span class=k>fn</span> <span class=f>main</span>() { <span class=k>let</span> \
         a = <span class=s>&quot;&lt;b&gt;&quot;</span> + <span class=n>12</span>; }"
    );
    let script = marked(Hint::Language("js"), "const a = `x ${b} y`;");
    assert!(
        script.contains("<span class=k>const</span>") && script.contains("`x </span>${b}<span class=s> y`"),
        "{script}"
    );
    assert!(
        marked(Hint::File("run"), "#!/bin/sh\necho hi # there\n").contains("<span class=c># there</span>")
    );
}

#[test]
fn every_language_a_repository_has_is_known() {
    let engine = engine();
    for name in [
        "a.rs",
        "a.c",
        "a.h",
        "a.cpp",
        "a.py",
        "a.js",
        "a.ts",
        "a.tsx",
        "a.go",
        "a.java",
        "a.rb",
        "a.php",
        "a.css",
        "a.html",
        "a.json",
        "a.toml",
        "a.yaml",
        "a.yml",
        "a.sh",
        "a.sql",
        "a.md",
        "a.xml",
        "Makefile",
        "Dockerfile",
        "a.kt",
        "a.swift",
        "a.lua",
        "a.pl",
        "a.diff",
    ] {
        assert!(engine.lines(Hint::File(name), "x\n", &mut Budget::default()).is_some(), "{name}");
    }
    assert!(engine.lines(Hint::File("a.nothing"), "x\n", &mut Budget::default()).is_none());
}

#[test]
fn what_costs_too_much_stays_plain() {
    let engine = engine();
    assert!(is_too_much(&"x".repeat(9_000)) && is_too_much(&"\n".repeat(20_001)));
    let long = include_str!("../../../web/keys.ts");
    let mut little = Budget { steps: 3, ..Budget::default() };
    assert!(engine.lines(Hint::File("a.ts"), long, &mut little).is_none());
    let mut none = Budget { languages: 0, ..Budget::default() };
    assert!(engine.lines(Hint::File("a.py"), "x\n", &mut none).is_none(), "one language more than allowed");
    let mut refused = 0;
    for nasty in ["((((((((((", "<a <a <a <a", "/*/*/*/*", "\"\\\"\\\"\\", "a{b{c{d{"] {
        let text = format!("{}\n", nasty.repeat(150)).repeat(20);
        for name in ["a.js", "a.cpp", "a.rs", "a.md", "a.php", "a.html", "a.tex"] {
            let bounded = engine.lines(Hint::File(name), &text, &mut Budget::default());
            refused += usize::from(bounded.is_none());
        }
    }
    // Without a bound on steps these ran for minutes.
    assert!(refused > 10, "{refused} of 35");
}

#[test]
fn nothing_in_code_is_taken_for_markup() {
    let text = "a<script>\"&\u{202E}é";
    let spans = [Span { class: Class::Text, range: 1..9 }];
    assert_eq!(
        line(text, &spans).into_string(),
        "a<span class=s>&lt;script&gt;</span>&quot;&amp;<span class=odd>‹U+202E›</span>é"
    );
    // Pieces that do not fit the text are left away, not the text.
    let wrong = [Span { class: Class::Text, range: 3..999 }];
    assert_eq!(line("<b>", &wrong).into_string(), "&lt;b&gt;");
    let mut out = String::new();
    escape(&mut out, "<&\">é");
    assert_eq!(out, "&lt;&amp;&quot;&gt;é");
}
