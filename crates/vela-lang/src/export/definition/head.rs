//! What stands above the declarations of a printed file: comments, the package clause, imports.

use super::scope::{Import, implied_name};
use crate::syntax::ast::{CommentGroup, Comments, Decl, File, Text};
use crate::syntax::literal;

/// The package clause and the comments around it, of all files together.
#[derive(Default)]
pub(super) struct Head {
    package: Option<String>,
    /// Comments that stand apart, above the package clause.
    above: Vec<Vec<Text>>,
    /// What documents the package.
    docs: Vec<Vec<Text>>,
    /// Behind the package clause.
    line: Option<Vec<Text>>,
    /// Comments that stand apart, below the package clause.
    below: Vec<Vec<Text>>,
}

impl Head {
    pub(super) fn of_files(files: &[&File], package: Option<&str>) -> Head {
        let mut head = Head { package: package.map(str::to_owned), ..Head::default() };
        let named = |file: &&&File| clause(file).is_some();
        for file in files.iter().filter(named).chain(files.iter().filter(|file| !named(file))) {
            head.add(file);
        }
        head
    }

    fn add(&mut self, file: &File) {
        let written = clause(file);
        if let Some((name, comments)) = written {
            self.package = Some(name.to_owned());
            let mut groups = comments.doc.clone();
            let is_doc = groups.last().is_some_and(|group| !group.blank_after);
            let doc = if is_doc { groups.pop() } else { None };
            self.docs.extend(doc.map(lines));
            self.above.extend(groups.into_iter().map(lines));
            if self.line.is_none() {
                self.line = comments.line.clone().map(lines);
            }
        }
        let apart = first_comments(file).into_iter().filter(|group| group.blank_after);
        let mut apart = apart.map(lines);
        if written.is_some() {
            self.below.extend(apart);
        } else {
            self.docs.extend(apart.next());
            self.above.extend(apart);
        }
    }

    /// The text, with an empty line after each part.
    pub(super) fn text(&self, imports: &[Import]) -> String {
        let mut out = String::new();
        let mut part = |text: String| {
            if !text.is_empty() {
                out.push_str(&text);
                out.push_str("\n\n");
            }
        };
        let docs: Vec<String> = self.docs.iter().map(|lines| lines.join("\n")).collect();
        let docs = docs.join("\n//\n");
        let above = self.above.iter().map(|lines| lines.join("\n"));
        match &self.package {
            None => {
                part(docs);
                above.for_each(&mut part);
            }
            Some(name) => {
                above.for_each(&mut part);
                let line =
                    self.line.as_ref().map_or(String::new(), |l| format!(" {}", l.join(" ")));
                let docs = if docs.is_empty() { docs } else { docs + "\n" };
                part(format!("{docs}package {name}{line}"));
            }
        }
        self.below.iter().map(|lines| lines.join("\n")).for_each(&mut part);
        part(import_clause(imports));
        out
    }
}

/// The name and the comments of a package clause.
fn clause(file: &File) -> Option<(&str, &Comments)> {
    file.decls.iter().find_map(|decl| match decl {
        Decl::Package(package) if package.name.name != "_" => {
            Some((package.name.name.as_str(), &package.comments))
        }
        _ => None,
    })
}

/// The comments above the first declaration that is no package clause.
fn first_comments(file: &File) -> Vec<CommentGroup> {
    let first = file.decls.iter().find_map(|decl| match decl {
        Decl::Package(_) | Decl::Bad(_) => None,
        Decl::Import(import) => Some(&import.comments),
        Decl::Attribute(_, comments) => Some(comments),
        Decl::Field(field) => Some(&field.comments),
        Decl::Let(clause) => Some(&clause.comments),
        Decl::Ellipsis(rest) => Some(&rest.comments),
        Decl::Embed(embed) => Some(&embed.comments),
        Decl::Comprehension(inner) => Some(&inner.comments),
    });
    first.map_or_else(|| file.trailing.clone(), |comments| comments.doc.clone())
}

fn lines(group: CommentGroup) -> Vec<Text> {
    group.lines
}

fn import_clause(imports: &[Import]) -> String {
    let spec = |import: &Import| {
        let path = literal::quote_string(&import.path);
        if implied_name(&import.path) == import.name {
            path
        } else {
            format!("{} {path}", import.name)
        }
    };
    match imports {
        [] => String::new(),
        [only] => format!("import {}", spec(only)),
        several => {
            let specs: String = several.iter().map(|i| format!("\t{}\n", spec(i))).collect();
            format!("import (\n{specs})")
        }
    }
}
