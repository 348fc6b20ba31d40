//! Holds the table of layers in the design against the source: who may use which modules of ours, and which crates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod paths;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use paths::Used;
use table::{CLOCKS_AND_FILES, CRATES, LAYERS, Layer};

/// Every breach of the table in one file: where, and of which rule.
fn breaches(file: &str, source: &str, dependencies: &BTreeSet<String>) -> Vec<String> {
    let place = paths::module_of(file);
    let name = place.first().map_or("lib", String::as_str);
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
        return vec![format!("{file}: the module `{name}` has no row in the table of layers")];
    };
    let used = paths::used_in(source, &place).unwrap_or_else(|error| panic!("{file}: {error}"));
    let breach = |used: &Used| {
        let rule = forbidden_by(layer, &used.path, dependencies)?;
        Some(format!("{file}:{}: `{}`: {rule}", used.line, used.path.join("::")))
    };
    used.iter().filter_map(breach).collect()
}

/// The rule that keeps `layer` from using `path`, if one does.
fn forbidden_by(layer: &Layer, path: &[String], dependencies: &BTreeSet<String>) -> Option<String> {
    let (root, rest) = path.split_first()?;
    if root == "crate" || root == "vecino" {
        let module = rest.first()?;
        let ours = LAYERS.iter().any(|layer| layer.name == module);
        let allowed = module == layer.name || layer.modules.contains(&module.as_str());
        return (ours && !allowed).then(|| format!("`{}` may use of ours only {:?}", layer.name, layer.modules));
    }
    if let Some(crates) = layer.crates {
        if CLOCKS_AND_FILES.iter().any(|forbidden| path.join("::").starts_with(forbidden)) {
            return Some(format!("`{}` has no clock, no files, no network and no threads", layer.name));
        }
        let external = dependencies.contains(root);
        return (external && !crates.contains(&root.as_str()))
            .then(|| format!("`{}` is plain: {crates:?}", layer.name));
    }
    let (_, layers) = CRATES.iter().find(|(name, _)| name == root)?;
    (!layers.contains(&layer.name)).then(|| format!("`{root}` stops at {layers:?}"))
}

/// The names under which the crates in `Cargo.toml` stand in the source.
fn dependencies() -> BTreeSet<String> {
    fn collect(table: &toml::Table, names: &mut BTreeSet<String>) {
        for (key, value) in table {
            let Some(inner) = value.as_table() else { continue };
            if matches!(key.as_str(), "dependencies" | "dev-dependencies") {
                names.extend(inner.keys().map(|name| name.replace('-', "_")));
            } else {
                collect(inner, names);
            }
        }
    }
    let mut names = BTreeSet::new();
    collect(&include_str!("../../Cargo.toml").parse().unwrap(), &mut names);
    names
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_source_keeps_to_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dependencies = dependencies();
    let files = sources(&root.join("src"));
    let found: Vec<String> = files
        .iter()
        .flat_map(|path| {
            let file = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            breaches(&file, &fs::read_to_string(path).unwrap(), &dependencies)
        })
        .collect();
    assert!(files.len() > 10, "the source was not found: {files:?}");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_speaks_of_crates_and_layers_that_there_are() {
    let known = dependencies();
    let layers: BTreeSet<&str> = LAYERS.iter().map(|layer| layer.name).collect();
    for (name, stands_in) in CRATES {
        assert!(known.contains(*name), "{name} is not in Cargo.toml");
        assert!(stands_in.iter().all(|layer| layers.contains(layer)), "{name}: {stands_in:?}");
    }
    for layer in LAYERS {
        assert!(layer.modules.iter().all(|module| layers.contains(module)), "{}: {:?}", layer.name, layer.modules);
    }
}

/// The lines of the breaches in a file of this name.
fn lines_of(file: &str, source: &str) -> Vec<String> {
    let found = breaches(file, source, &dependencies());
    found.iter().map(|breach| breach.split(": ").next().unwrap().rsplit(':').next().unwrap().to_owned()).collect()
}

#[test]
fn a_breach_is_found_however_it_is_written() {
    for (file, source) in [
        ("src/model.rs", "use crate::engine::Handle;"),
        ("src/model/id.rs", "use libp2p::PeerId;"),
        ("src/net.rs", "use super::store::Store;"),
        ("src/net/swarm/dial.rs", "use super::super::super::{model, store};"),
        ("src/ui.rs", "use crate::{engine::Handle, net::{self}};"),
        ("src/ui/screen.rs", "fn f(row: rusqlite::Row<'_>) {}"),
        ("src/store/sql.rs", "fn f() { crate::engine::start() }"),
        ("src/store.rs", "mod tests { mod deeper { use super::super::super::engine::Handle; } }"),
        ("src/cli/send.rs", "#[cfg(test)] mod tests { use crate::protocol; }"),
        ("src/protocol/lane.rs", "use tokio;"),
        ("src/protocol/lane.rs", "fn f() { debug!(\"{}\", ::std::time::Instant::now()); }"),
        ("src/protocol/wire.rs", "use std::{fmt, fs::File};"),
        ("src/engine.rs", "type Rows = Vec<Option<rusqlite::Row>>;"),
        ("src/main.rs", "use vecino::store;"),
    ] {
        assert_eq!(lines_of(file, &format!("\n{source}\n")), ["2"], "{file}: {source}");
    }
}

#[test]
fn what_is_allowed_is_no_breach() {
    for (file, source) in [
        ("src/model/id.rs", "use std::fmt; use serde::Serialize; use super::Peer; use uuid::Uuid;"),
        ("src/net/swarm.rs", "use crate::{model::PeerId, protocol::wire}; use libp2p::Swarm; use super::hint;"),
        ("src/engine.rs", "//! See crate::ui.\n/// Or crate::cli.\nconst WORDS: &str = \"crate::ui\"; // crate::ui"),
        ("src/store/sql.rs", "use self::rows::Row; mod tests { use super::super::open; use super::*; }"),
        ("src/protocol/lane.rs", "fn f(tokio: u8) -> std::time::Duration { x.libp2p }"),
        ("src/main.rs", "fn main() { vecino::cli::run() }"),
    ] {
        assert_eq!(lines_of(file, source), [""; 0], "{file}: {source}");
    }
}

#[test]
fn a_module_without_a_row_is_a_breach() {
    let found = breaches("src/util/text.rs", "", &dependencies());
    assert_eq!(found, ["src/util/text.rs: the module `util` has no row in the table of layers"]);
}
