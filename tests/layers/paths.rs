//! The paths (`a::b::c`) that a source file names, macros' arguments included; comments and strings are none.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, LexError, TokenStream, TokenTree, token_stream};

/// A path as it is named somewhere, made absolute where it began with `self` or `super`.
pub struct Used {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Its segments; the first is `crate` or the name of a crate (or of something local, which nobody minds).
    pub path: Vec<String>,
}

type Tokens = Peekable<token_stream::IntoIter>;

/// The module that a file of this path holds: `src/net/swarm.rs` is `net::swarm`.
pub fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

/// All paths of at least two segments, and all that are imported, in the source of the module `place`.
pub fn used_in(source: &str, place: &[String]) -> Result<Vec<Used>, LexError> {
    let mut used = Vec::new();
    walk(source.parse::<TokenStream>()?, place, &mut used);
    Ok(used)
}

fn walk(tokens: TokenStream, place: &[String], used: &mut Vec<Used>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut imported = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => walk(group.stream(), place, used),
            TokenTree::Ident(ident) if ident == "mod" => walk_module(&mut tokens, place, used),
            TokenTree::Ident(ident) if ident == "use" => imported = true,
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let paths = paths_from(vec![ident.to_string()], &mut tokens);
                let wanted = paths.into_iter().filter(|path| imported || path.len() > 1);
                used.extend(wanted.map(|path| Used { line, path: absolute(path, place) }));
                imported = false;
            }
            // `use {a, b};` begins with no segment.
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// After `mod`: what stands in an inline module's braces is one module deeper.
fn walk_module(tokens: &mut Tokens, place: &[String], used: &mut Vec<Used>) {
    let Some(TokenTree::Ident(name)) = tokens.next() else { return };
    if let Some(TokenTree::Group(body)) = tokens.peek() {
        let inner = [place, &[name.to_string()]].concat();
        let body = body.stream();
        tokens.next();
        walk(body, &inner, used);
    }
}

/// The path that has begun with `path`, or all of them where it ends in braces.
fn paths_from(mut path: Vec<String>, tokens: &mut Tokens) -> Vec<Vec<String>> {
    while takes_separator(tokens) {
        match tokens.peek() {
            Some(TokenTree::Ident(segment)) => {
                path.push(segment.to_string());
                tokens.next();
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let group = group.clone();
                tokens.next();
                return paths_in_braces(&path, &group);
            }
            _ => break,
        }
    }
    vec![path]
}

fn paths_in_braces(prefix: &[String], group: &Group) -> Vec<Vec<String>> {
    let mut tokens = group.stream().into_iter().peekable();
    let mut paths = Vec::new();
    let mut renamed = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "self" => paths.push(prefix.to_vec()),
            TokenTree::Ident(ident) if ident == "as" => renamed = true,
            TokenTree::Ident(_) if renamed => renamed = false,
            TokenTree::Ident(ident) => {
                paths.extend(paths_from([prefix, &[ident.to_string()]].concat(), &mut tokens));
            }
            _ => {}
        }
    }
    paths
}

/// Takes `::` if it comes next.
fn takes_separator(tokens: &mut Tokens) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    let mut ahead = tokens.clone();
    let separator = is_colon(ahead.next().as_ref()) && is_colon(ahead.next().as_ref());
    if separator {
        *tokens = ahead;
    }
    separator
}

/// `path` from the crate's root, named in the module `place`.
fn absolute(path: Vec<String>, place: &[String]) -> Vec<String> {
    let relative = path.iter().take_while(|segment| matches!(segment.as_str(), "self" | "super")).count();
    if relative == 0 {
        return path;
    }
    let up = path.iter().take(relative).filter(|segment| *segment == "super").count();
    let base = &place[..place.len().saturating_sub(up)];
    [&["crate".to_owned()], base, &path[relative..]].concat()
}
