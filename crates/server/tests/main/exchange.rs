//! Import and export: from a git repository on disk and back to one.

use std::{fs, path::Path};

use crate::support::{World, assert_same, fsck, git, history, run_git, text};

fn import(world: &World, path: &Path, name: &str) {
    world.run(&["repo", "import", path.to_str().unwrap(), name]);
}

fn export(world: &World, name: &str, folder: &str) -> std::path::PathBuf {
    let path = world.path(folder);
    world.run(&["repo", "export", name, path.to_str().unwrap()]);
    fsck(&path);
    path
}

#[test]
fn loose_objects_go_in_and_out() {
    let world = World::new();
    let work = history(world.folder.path());
    import(&world, &work, "ada/demo");
    let exported = export(&world, "ada/demo", "exported");
    assert_same(&exported, &work);
    assert_eq!(run_git(&exported, ["symbolic-ref", "HEAD"]), "refs/heads/main\n");
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &world.url("ada/demo"), "clone"]);
    assert_same(&world.path("clone"), &work);
    world.run(&["repo", "verify", "ada/demo"]);
}

#[test]
fn packs_with_deltas_go_in_and_out() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    run_git(&work, ["pack-refs", "--all"]);
    fs::write(work.join("loose"), "beside the pack\n").unwrap();
    crate::support::commit(&work, "loose beside packed");
    import(&world, &work.join(".git"), "ada/demo");
    let exported = export(&world, "ada/demo", "exported");
    assert_same(&exported, &work);
    let packs = fs::read_dir(exported.join("objects/pack")).unwrap().count();
    assert_eq!(packs, 2, "one pack and its index");
    let deltas = run_git(&exported, ["cat-file", "--batch-all-objects", "--batch-check=%(deltabase)"]);
    assert!(deltas.lines().any(|base| base != "0".repeat(40)), "deltas survive");
}

#[test]
fn alternates_are_followed() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(world.folder.path(), ["clone", "-q", "--shared", "work", "borrower"]);
    fs::write(world.path("borrower/own"), "own\n").unwrap();
    crate::support::commit(&world.path("borrower"), "own");
    import(&world, &world.path("borrower"), "ada/demo");
    let exported = export(&world, "ada/demo", "exported");
    let tip = |path: &Path| run_git(path, ["rev-parse", "refs/heads/main"]);
    assert_eq!(tip(&exported), tip(&world.path("borrower")));
    assert_ne!(tip(&exported), tip(&work));
    // What a checkout knows of others stays there.
    assert_eq!(run_git(&exported, ["for-each-ref", "refs/remotes"]), "");
}

#[test]
fn linked_worktrees_and_other_heads() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["worktree", "add", "-q", "../linked", "topic"]);
    import(&world, &world.path("linked"), "ada/demo");
    let exported = export(&world, "ada/demo", "exported");
    assert_same(&exported, &work);
    assert_eq!(run_git(&exported, ["symbolic-ref", "HEAD"]), "refs/heads/topic\n");
}

#[test]
fn symbolic_links_among_refs() {
    let world = World::new();
    let work = history(world.folder.path());
    let refs = work.join(".git/refs");
    std::os::unix::fs::symlink("refs/heads/main", refs.join("heads/alias")).unwrap();
    std::os::unix::fs::symlink("..", refs.join("heads/round")).unwrap();
    std::os::unix::fs::symlink("/nowhere", refs.join("heads/dangling")).unwrap();
    import(&world, &work, "ada/links");
    let listed = run_git(&work, ["ls-remote", &world.url("ada/links")]);
    let main = run_git(&work, ["rev-parse", "main"]);
    assert!(listed.contains(&format!("{}\trefs/heads/alias\n", main.trim())), "{listed}");
    assert!(!listed.contains("round") && !listed.contains("dangling"), "{listed}");
}

#[test]
fn empty_repositories() {
    let world = World::new();
    world.run(&["repo", "create", "ada/empty"]);
    let exported = export(&world, "ada/empty", "exported");
    assert_eq!(run_git(&exported, ["symbolic-ref", "HEAD"]), "refs/heads/main\n");
    run_git(world.folder.path(), ["init", "-q", "--bare", "-b", "trunk", "bare.git"]);
    import(&world, &world.path("bare.git"), "ada/imported");
    let exported = export(&world, "ada/imported", "exported2");
    assert_eq!(run_git(&exported, ["symbolic-ref", "HEAD"]), "refs/heads/trunk\n");
}

#[test]
fn many_refs() {
    let world = World::new();
    let work = history(world.folder.path());
    let head = run_git(&work, ["rev-parse", "HEAD"]);
    let mut packed = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    for n in 0..12_000 {
        packed.push_str(&format!("{} refs/tags/many/{n:05}\n", head.trim()));
    }
    fs::write(work.join(".git/packed-refs"), packed).unwrap();
    import(&world, &work, "ada/demo");
    let exported = export(&world, "ada/demo", "exported");
    assert_same(&exported, &work);
}

#[test]
fn what_cannot_be_imported_is_told_and_leaves_nothing() {
    let world = World::new();
    let work = history(world.folder.path());
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    assert!(world.fail(&["repo", "import", &path("nothing"), "ada/x"]).contains("not a git repository"));
    assert!(world.fail(&["repo", "import", work.to_str().unwrap(), "eve/x"]).contains("no account 'eve'"));
    let shallow = format!("file://{}", work.display());
    run_git(world.folder.path(), ["clone", "-q", "--depth=1", &shallow, "shallow"]);
    assert!(world.fail(&["repo", "import", &path("shallow"), "ada/x"]).contains("shallow"));
    run_git(world.folder.path(), ["init", "-q", "--object-format=sha256", "sha256"]);
    assert!(world.fail(&["repo", "import", &path("sha256"), "ada/x"]).contains("SHA-1"));
    run_git(world.folder.path(), ["init", "-q", "--ref-format=reftable", "reftable"]);
    assert!(world.fail(&["repo", "import", &path("reftable"), "ada/x"]).contains("reftable"));
    run_git(world.folder.path(), ["clone", "-q", "--bare", "work", "damaged.git"]);
    let blob = run_git(&work, ["rev-parse", "HEAD:topic"]);
    let (folder, file) = blob.trim().split_at(2);
    let object = world.path("damaged.git/objects").join(folder).join(file);
    if object.exists() {
        fs::remove_file(object).unwrap();
        assert!(world.fail(&["repo", "import", &path("damaged.git"), "ada/x"]).contains(blob.trim()));
    }
    assert_eq!(world.run(&["repo", "list"]), "");
    import(&world, &work, "ada/full");
    assert!(world.fail(&["repo", "import", work.to_str().unwrap(), "ada/full"]).contains("not empty"));
}

#[test]
fn objects_that_fsck_refuses_are_refused() {
    let world = World::new();
    let work = history(world.folder.path());
    let output = git(&work).args(["hash-object", "-w", "README.md"]).output().unwrap();
    let tree = format!("100644 blob {}\t.git\n", text(&output.stdout).trim());
    fs::write(work.join("listing"), tree).unwrap();
    let listing = fs::File::open(work.join("listing")).unwrap();
    let tree = git(&work).arg("mktree").stdin(listing).output().unwrap();
    let tree = text(&tree.stdout);
    let commit = run_git(&work, ["commit-tree", "-m", "bad", tree.trim()]);
    run_git(&work, ["update-ref", "refs/heads/bad", commit.trim()]);
    let line = world.fail(&["repo", "import", work.to_str().unwrap(), "ada/bad"]);
    assert!(line.contains("hasDotgit"), "{line}");
    assert_eq!(world.run(&["repo", "list"]), "");
}

#[test]
fn an_export_needs_a_new_folder() {
    let world = World::new();
    world.run(&["repo", "create", "ada/demo"]);
    fs::create_dir(world.path("there")).unwrap();
    let there = world.path("there");
    let line = world.fail(&["repo", "export", "ada/demo", there.to_str().unwrap()]);
    assert!(line.ends_with("/there exists already"), "{line}");
    assert!(world.fail(&["repo", "export", "ada/none", "x"]).contains("no repository ada/none"));
}
