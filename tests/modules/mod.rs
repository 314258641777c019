//! The modules of the program: what each defines, and which paths it names.
//!
//! Read from Rust tokens, so that comments and strings do not count, and paths inside of macros do. Tests inside
//! the library (`#[cfg(test)]`, files and folders called `tests`) may assemble what they like and are left out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

use crate::files;
use crate::tokens::{is_cfg_test, is_punct, length_of_item};

/// The segments of a module's path or of another one, such as `["store", "writer"]`; the crate itself has none.
pub type Segments = Vec<String>;

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub segments: Segments,
    /// It is imported, and so may be of one segment.
    pub is_import: bool,
    /// It is imported and exported again.
    pub is_reexport: bool,
}

/// One module: a file, or a `mod` with a body inside of one.
#[derive(Debug, Default)]
pub struct Module {
    /// Its file below the project, `src/store/writer.rs`.
    pub file: String,
    items: BTreeSet<String>,
    /// The names that its imports bring in, each with the path behind it.
    imports: BTreeMap<String, Segments>,
    globs: Vec<Segments>,
    pub named: Vec<Named>,
}

/// Modules by their paths.
#[derive(Debug, Default)]
pub struct Program(pub BTreeMap<Segments, Module>);

impl Program {
    /// All files of the program but those that hold tests only.
    pub fn of_this_project() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut program = Self::default();
        for path in files::below("src", "rs") {
            let file = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
            let module = module_of(&file);
            if !module.iter().any(|segment| segment == "tests") {
                let text = fs::read_to_string(&path).expect("a source file can be read");
                program.add(&file, &module, &text);
            }
        }
        program
    }

    /// Reads the text of one file.
    pub fn add(&mut self, file: &str, module: &[String], text: &str) {
        let tokens: TokenStream = text.parse().expect("a source file is made of Rust tokens");
        self.read(file, module, tokens, Level::Module);
    }

    fn read(&mut self, file: &str, module: &[String], tokens: TokenStream, level: Level) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        file.clone_into(&mut self.module(module).file);
        let mut at = 0;
        while at < tokens.len() {
            if is_cfg_test(&tokens[at..]) {
                at += length_of_item(&tokens[at..]);
                continue;
            }
            let word = ident(&tokens[at]);
            let next = tokens.get(at + 1).and_then(ident);
            match (&tokens[at], word.as_deref()) {
                (_, Some("use")) => {
                    let length = length_of_item(&tokens[at..]).max(2);
                    let end = (at + length).min(tokens.len());
                    let is_public = level == Level::Module && is_public(&tokens[..at]);
                    let tree = &tokens[at + 1..end];
                    self.read_use(module, &mut Vec::new(), tree, (level, is_public));
                    at = end;
                    continue;
                }
                (_, Some("mod")) if matches!(tokens.get(at + 2), Some(TokenTree::Group(_))) => {
                    if let (Some(name), Some(TokenTree::Group(body))) = (next, tokens.get(at + 2)) {
                        let inner = [module, &[name]].concat();
                        self.read(file, &inner, body.stream(), level);
                    }
                    at += 3;
                    continue;
                }
                (
                    _,
                    Some(
                        "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" | "fn",
                    ),
                ) if level == Level::Module => {
                    self.module(module).items.extend(next);
                }
                (TokenTree::Ident(_), Some(_)) if is_path_start(&tokens, at) => {
                    let segments = path(&tokens[at..]);
                    let is_extern = at > 0 && ident(&tokens[at - 1]).as_deref() == Some("crate");
                    if segments.len() > 1 || is_extern {
                        at += 3 * (segments.len() - 1);
                        self.module(module).named.push(Named {
                            segments,
                            is_import: is_extern,
                            is_reexport: false,
                        });
                    }
                }
                (TokenTree::Group(group), _) => {
                    let is_macro = at > 0
                        && matches!(&tokens[at - 1], TokenTree::Punct(mark) if mark.as_char() == '!');
                    let inside = if is_macro { level } else { Level::Body };
                    self.read(file, module, group.stream(), inside);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Notes each path of a `use` and, at the level of a module, the name that it brings in.
    fn read_use(
        &mut self,
        module: &[String],
        prefix: &mut Segments,
        tree: &[TokenTree],
        (level, is_public): (Level, bool),
    ) {
        let before = prefix.len();
        let mut alias = None;
        for (at, token) in tree.iter().enumerate() {
            match token {
                TokenTree::Group(branches) => {
                    let branches: Vec<TokenTree> = branches.stream().into_iter().collect();
                    for branch in branches.split(|token| is_punct(token, ',')) {
                        self.read_use(module, prefix, branch, (level, is_public));
                    }
                    prefix.truncate(before);
                    return;
                }
                token if is_punct(token, '*') => {
                    self.module(module).globs.push(prefix.clone());
                    prefix.truncate(before);
                    return;
                }
                token => match ident(token).as_deref() {
                    Some("as") => {
                        alias = tree.get(at + 1).and_then(ident);
                        break;
                    }
                    Some("self") if !prefix.is_empty() => {}
                    Some(segment) => prefix.push(segment.to_owned()),
                    None => {}
                },
            }
        }
        if let Some(last) = prefix.last().filter(|_| !tree.is_empty()) {
            let name = alias.unwrap_or_else(|| last.clone());
            let segments = prefix.clone();
            let module = self.module(module);
            if level == Level::Module {
                module.imports.insert(name, segments.clone());
            }
            module.named.push(Named {
                segments,
                is_import: true,
                is_reexport: is_public,
            });
        }
        prefix.truncate(before);
    }

    fn module(&mut self, module: &[String]) -> &mut Module {
        self.0.entry(module.to_vec()).or_default()
    }

    /// The file that defines what a path leads to; `None` for a module, and for what another crate defines.
    pub fn defined_in(&self, module: &[String], segments: &[String]) -> Option<&str> {
        self.look_up(module, segments, 0)
    }

    fn look_up(&self, module: &[String], segments: &[String], followed: usize) -> Option<&str> {
        /// Names that export one another in a circle lead nowhere.
        const MOST_REEXPORTS: usize = 8;
        if followed > MOST_REEXPORTS {
            return None;
        }
        let (mut here, mut rest, mut is_sure) = match absolute(module, segments) {
            Some(path) => (Vec::new(), path, true),
            None => (module.to_vec(), segments.to_vec(), false),
        };
        while !rest.is_empty() {
            let child = [&here[..], &rest[..1]].concat();
            let module = self.0.get(&here)?;
            // A function may have the name of the module that it is exported from.
            let is_exported = rest.len() == 1 && module.imports.contains_key(&rest[0]);
            if self.0.contains_key(&child) && !is_exported {
                (here, is_sure) = (child, true);
                rest.remove(0);
                continue;
            }
            if module.items.contains(&rest[0]) {
                return Some(&module.file);
            }
            if let Some(target) = module.imports.get(&rest[0]).filter(|it| **it != rest) {
                let target = [&target[..], &rest[1..]].concat();
                return self.look_up(&here, &target, followed + 1);
            }
            let by_glob = module.globs.iter().find_map(|glob| {
                let target = absolute(&here, glob).or_else(|| Some([&here[..], glob].concat()))?;
                self.0.get(&target).filter(|it| it.items.contains(&rest[0]))
            });
            return by_glob.or(is_sure.then_some(module)).map(|it| &*it.file);
        }
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Items here are the module's.
    Module,
    /// Inside of an item.
    Body,
}

/// The path from the root of the crate, of one that begins with `crate`, `self` or `super`.
pub fn absolute(module: &[String], segments: &[String]) -> Option<Segments> {
    let (first, mut rest) = segments.split_first()?;
    let mut base = match first.as_str() {
        "crate" | "kiosk" => return Some(rest.to_vec()),
        "self" => module,
        "super" => &module[..module.len().saturating_sub(1)],
        _ => return None,
    };
    while rest.first().is_some_and(|segment| segment == "super") {
        base = &base[..base.len().saturating_sub(1)];
        rest = &rest[1..];
    }
    Some([base, rest].concat())
}

/// `src/web/attend.rs` is `web::attend`, `src/web/mod.rs` is `web`, `src/lib.rs` the crate.
pub fn module_of(file: &str) -> Segments {
    let path = Path::new(file.trim_start_matches("src/")).with_extension("");
    let segments = path.iter().map(|segment| segment.to_string_lossy());
    let mut segments: Segments = segments.map(Cow::into_owned).collect();
    segments.pop_if(|last| last == "mod" || last == "lib");
    segments
}

/// The segments of a path as far as identifiers follow one another.
fn path(tokens: &[TokenTree]) -> Segments {
    let mut segments: Segments = ident(&tokens[0]).into_iter().collect();
    let mut at = 0;
    while is_colons(tokens, at + 1) {
        at += 3;
        let Some(segment) = tokens.get(at).and_then(ident) else {
            break;
        };
        segments.push(segment);
    }
    segments
}

fn ident(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| tokens.get(at).is_some_and(|token| is_punct(token, ':'));
    colon(at) && colon(at + 1)
}

/// A path starts where no `::` stands before, or where only that stands before (`::rusqlite::Row`).
fn is_path_start(tokens: &[TokenTree], at: usize) -> bool {
    if at < 2 || !is_colons(tokens, at - 2) {
        return true;
    }
    at == 2 || !matches!(&tokens[at - 3], TokenTree::Ident(_)) && !is_punct(&tokens[at - 3], '>')
}

/// Whether what stands before an item makes it public, to all or to some.
fn is_public(before: &[TokenTree]) -> bool {
    let before = match before.split_last() {
        Some((TokenTree::Group(_), before)) => before,
        _ => before,
    };
    before.last().and_then(ident).as_deref() == Some("pub")
}
