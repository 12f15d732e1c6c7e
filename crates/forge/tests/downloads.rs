//! Raw files, archives and patches: who gets them, under which headers, and that nothing in them runs.

use axum::body::Body;
use gitflare_forge::tokens::Allow;
use gitflare_port::{
    diff::DiffRange,
    download::{ArchiveFormat, PatchFormat, Wanted},
};
use http::{Request, StatusCode, header};

use crate::support::{Reply, World, basic, get};

const OID: &str = "e83c5163316f89bfbde7d9ab23ca2e25604af290";
const RAW: &str = "/ada/demo/raw/main/src/main.rs";

impl World {
    async fn asked_with(&self, path: &str, headers: &[(header::HeaderName, &str)]) -> Reply {
        let mut request = get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    fn asked(&self) -> Wanted {
        self.host.downloads.lock().unwrap().last().unwrap().what.clone()
    }
}

#[tokio::test]
async fn a_raw_file_comes_in_any_part_and_only_if_it_is_new() {
    let world = World::new().await;
    let whole = world.get(RAW).await;
    assert_eq!((whole.status, whole.body.as_str()), (StatusCode::OK, "twenty bytes of text"));
    assert_eq!(whole.header("etag"), format!("\"{OID}\""), "a strong tag");
    assert_eq!((whole.header("accept-ranges"), whole.header("content-length")), ("bytes", "20"));
    for (range, status, body, said) in [
        ("bytes=0-5", 206, "twenty", "bytes 0-5/20"),
        ("bytes=16-", 206, "text", "bytes 16-19/20"),
        ("bytes=-4", 206, "text", "bytes 16-19/20"),
        ("bytes=16-99", 206, "text", "bytes 16-19/20"),
        ("bytes=20-", 416, "", "bytes */20"),
        ("bytes=-0", 416, "", "bytes */20"),
        ("bytes=0-1,4-5", 200, "twenty bytes of text", ""),
        ("bytes=5-4", 200, "twenty bytes of text", ""),
        ("pages=1-2", 200, "twenty bytes of text", ""),
    ] {
        let reply = world.asked_with(RAW, &[(header::RANGE, range)]).await;
        let got = (reply.status.as_u16(), reply.body.as_str(), reply.header("content-range"));
        assert_eq!(got, (status, body, said), "{range}");
    }
    let tag = format!("\"{OID}\"");
    let weak = format!("W/{tag}");
    for (condition, status) in [(tag.as_str(), 206), (weak.as_str(), 200), ("\"another\"", 200)] {
        let reply =
            world.asked_with(RAW, &[(header::RANGE, "bytes=0-5"), (header::IF_RANGE, condition)]).await;
        assert_eq!(reply.status.as_u16(), status, "If-Range: {condition}");
    }
    for known in [tag.as_str(), weak.as_str(), &format!("\"x\", {tag}")] {
        let reply = world.asked_with(RAW, &[(header::IF_NONE_MATCH, known)]).await;
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
        assert_eq!(reply.header("etag"), tag);
    }
    let head = Request::head(RAW).header(header::HOST, "git.example.org").body(Body::empty()).unwrap();
    let head = world.send(head).await;
    assert_eq!((head.status, head.header("content-length"), head.body.as_str()), (StatusCode::OK, "20", ""));
}

#[tokio::test]
async fn nothing_from_a_repository_runs() {
    let world = World::new().await;
    for (name, kind, how) in [
        ("page.html", "text/plain; charset=utf-8", "inline"),
        ("page.xhtml", "text/plain; charset=utf-8", "inline"),
        ("code.js", "text/plain; charset=utf-8", "inline"),
        ("image.svg", "image/svg+xml", "attachment"),
        ("paper.pdf", "application/pdf", "attachment"),
        ("image.png", "text/plain; charset=utf-8", "inline"),
    ] {
        let reply = world.get(&format!("/ada/demo/raw/main/{name}")).await;
        assert_eq!(reply.header("content-type"), kind, "{name}");
        assert!(reply.header("content-disposition").starts_with(&format!("{how}; ")), "{name}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.ends_with("sandbox"), "{policy}");
        assert!(!policy.contains("allow-"), "{policy}");
    }
    *world.host.content.lock().unwrap() = b"\x89PNG\r\n\x1a\n\0\0".to_vec();
    assert_eq!(world.get("/ada/demo/raw/main/image.png").await.header("content-type"), "image/png");
    let unknown = world.get("/ada/demo/raw/main/thing").await;
    assert_eq!(unknown.header("content-type"), "application/octet-stream");
    let odd = world.get("/ada/demo/raw/main/%22%0D%0Aset-cookie%3A%20a%E2%80%AE%FF.bin").await;
    assert_eq!(
        odd.header("content-disposition"),
        "attachment; filename=\"___set-cookie:_a__.bin\"; \
         filename*=UTF-8''%22%0D%0Aset-cookie%3A%20a%E2%80%AE%FF.bin"
    );
}

#[tokio::test]
async fn archives_are_named_after_what_is_in_them() {
    let world = World::new().await;
    for (path, name, revision, format) in [
        ("main.zip", "demo-main", "main", ArchiveFormat::Zip),
        ("refs/heads/feature/x.tar.gz", "demo-feature-x", "refs/heads/feature/x", ArchiveFormat::TarGz),
        ("refs/tags/v1.0.zip", "demo-1.0", "refs/tags/v1.0", ArchiveFormat::Zip),
    ] {
        let reply = world.get(&format!("/ada/demo/archive/{path}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        let ending = if format == ArchiveFormat::Zip { "zip" } else { "tar.gz" };
        let saved = format!("attachment; filename=\"{name}.{ending}\"; filename*=UTF-8''{name}.{ending}");
        assert_eq!(reply.header("content-disposition"), saved);
        assert_eq!(reply.header("etag"), format!("W/\"{OID}\""));
        let wanted = Wanted::Archive { revision: Some(revision.into()), format, prefix: name.into() };
        assert_eq!(world.asked(), wanted);
        let again = world
            .asked_with(
                &format!("/ada/demo/archive/{path}"),
                &[(header::IF_NONE_MATCH, reply.header("etag"))],
            )
            .await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }
    for path in ["main", "main.rar", ".zip"] {
        assert_eq!(
            world.get(&format!("/ada/demo/archive/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn patches_are_asked_for_by_their_ending() {
    let world = World::new().await;
    let commit = DiffRange::Commit { revision: Some(OID.into()), parent: 1 };
    let since = DiffRange::Since { base: Some("v1.0".into()), head: "feature/x".into() };
    let between = DiffRange::Between { base: Some("v1.0".into()), head: "main".into() };
    for (path, range, format) in [
        (format!("commit/{OID}.diff"), commit.clone(), PatchFormat::Diff),
        (format!("commit/{OID}.patch"), commit, PatchFormat::Mail),
        ("compare/v1.0...feature/x.patch".into(), since, PatchFormat::Mail),
        ("compare/v1.0..main.diff".into(), between, PatchFormat::Diff),
    ] {
        let reply = world.get(&format!("/ada/demo/{path}")).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (StatusCode::OK, "text/plain; charset=utf-8")
        );
        assert_eq!(world.asked(), Wanted::Patch { range, format }, "{path}");
    }
}

#[tokio::test]
async fn a_token_stands_for_a_session_and_strangers_find_nothing() {
    let world = World::new().await;
    let path = "/ada/secret/raw/main/README.md";
    assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND);
    let own = basic(&world.token("ada").await);
    let strangers = basic(&world.token("linus").await);
    let other_area = basic(&world.token_for("ada", Allow::parse("issues:read").unwrap(), None).await);
    for (token, status) in [
        (own.as_str(), StatusCode::OK),
        (strangers.as_str(), StatusCode::NOT_FOUND),
        (other_area.as_str(), StatusCode::FORBIDDEN),
        ("Bearer nonsense", StatusCode::UNAUTHORIZED),
    ] {
        let reply = world.asked_with(path, &[(header::AUTHORIZATION, token)]).await;
        assert_eq!(reply.status, status, "{token}");
        if status == StatusCode::OK {
            assert_eq!(reply.header("cache-control"), "private, no-cache");
            assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(reply.header("vary"), "Cookie, Authorization");
        }
    }
    let fixed = "0123456789012345678901234567890123456789";
    let public = world.get(&format!("/ada/demo/raw/{fixed}/x")).await;
    assert_eq!(public.header("cache-control"), "private, max-age=86400, immutable");
    let own = [(header::AUTHORIZATION, own.as_str())];
    let private = world.asked_with(&format!("/ada/secret/raw/{fixed}/x"), &own).await;
    assert_eq!(private.header("cache-control"), "private, no-cache");
    for path in ["/ada/demo/raw/main/a/../b", "/ada/demo/raw/main/missing"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
