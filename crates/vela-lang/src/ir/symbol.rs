//! Interned labels.
//!
//! A [`Symbol`] is four bytes: an index and the kind of label, so that the evaluator can tell a
//! definition from a regular field without looking anything up. Hidden labels of different packages
//! are different symbols.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An interned label of a [`SymbolTable`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol(u32);

/// What a label says about its field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SymbolKind {
    /// `x`, `"x"`
    Regular,
    /// `#x`
    Definition,
    /// `_x`
    Hidden,
    /// `_#x`
    HiddenDefinition,
}

impl Symbol {
    /// What the label says about its field.
    pub fn kind(self) -> SymbolKind {
        match self.0 & 3 {
            0 => SymbolKind::Regular,
            1 => SymbolKind::Definition,
            2 => SymbolKind::Hidden,
            _ => SymbolKind::HiddenDefinition,
        }
    }

    /// Whether it names a regular field: one that is exported.
    pub fn is_regular(self) -> bool {
        self.0 & 3 == 0
    }

    /// Whether it names a definition, hidden or not.
    pub fn is_definition(self) -> bool {
        self.0 & 1 == 1
    }

    /// Which entry of the table it is.
    pub(super) fn index(self) -> usize {
        (self.0 >> 2) as usize
    }
}

#[derive(Clone, Debug)]
struct Entry {
    text: Arc<str>,
    package: u32,
    kind: SymbolKind,
}

/// Labels by symbol and back.
#[derive(Clone, Default, Debug)]
pub struct SymbolTable {
    entries: Vec<Entry>,
    index: HashTable<u32>,
}

fn hash(text: &str, kind: SymbolKind, package: u32) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    kind.hash(&mut hasher);
    package.hash(&mut hasher);
    hasher.finish()
}

/// The kind of an identifier as a label.
fn kind_of_identifier(name: &str) -> SymbolKind {
    if name.starts_with("_#") {
        SymbolKind::HiddenDefinition
    } else if name.starts_with('#') {
        SymbolKind::Definition
    } else if name.starts_with('_') {
        SymbolKind::Hidden
    } else {
        SymbolKind::Regular
    }
}

impl SymbolTable {
    /// The symbol of a regular field with that name.
    pub fn regular(&mut self, text: &str) -> Symbol {
        self.intern(text, SymbolKind::Regular, 0)
    }

    /// The symbol of an identifier used as a label in that package.
    pub fn identifier(&mut self, name: &str, package: u32) -> Symbol {
        let kind = kind_of_identifier(name);
        let hidden = matches!(kind, SymbolKind::Hidden | SymbolKind::HiddenDefinition);
        self.intern(name, kind, if hidden { package } else { 0 })
    }

    fn intern(&mut self, text: &str, kind: SymbolKind, package: u32) -> Symbol {
        let hash = hash(text, kind, package);
        let entries = &mut self.entries;
        let same = |i: &u32| {
            let e = &entries[*i as usize];
            &*e.text == text && e.kind == kind && e.package == package
        };
        let index = match self.index.find(hash, same) {
            Some(i) => *i,
            None => {
                let i = entries.len() as u32;
                entries.push(Entry { text: text.into(), package, kind });
                let rehash = |i: &u32| {
                    let e = &entries[*i as usize];
                    self::hash(&e.text, e.kind, e.package)
                };
                self.index.insert_unique(hash, i, rehash);
                i
            }
        };
        Symbol(index << 2 | kind as u32)
    }

    /// The symbol of a regular field, if some field has that name.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.find_kind(text, SymbolKind::Regular)
    }

    /// The symbol of a label of that kind, of the main package if it is hidden.
    fn find_kind(&self, text: &str, kind: SymbolKind) -> Option<Symbol> {
        let hash = hash(text, kind, 0);
        let same = |i: &u32| {
            let e = &self.entries[*i as usize];
            e.kind == kind && e.package == 0 && &*e.text == text
        };
        self.index.find(hash, same).map(|i| Symbol(*i << 2 | kind as u32))
    }

    /// The text of a label, with `#` and `_` but without quotes.
    pub fn text(&self, symbol: Symbol) -> &Arc<str> {
        &self.entries[symbol.index()].text
    }

    /// The package of a hidden label.
    pub fn package(&self, symbol: Symbol) -> u32 {
        self.entries[symbol.index()].package
    }
}

/// A table of a program with the labels that one evaluation adds.
#[derive(Debug)]
pub struct Overlay<'a> {
    base: &'a SymbolTable,
    added: SymbolTable,
}

impl<'a> Overlay<'a> {
    /// Nothing added yet.
    pub fn new(base: &'a SymbolTable) -> Overlay<'a> {
        Overlay { base, added: SymbolTable::default() }
    }

    /// The symbol of a regular field with that name.
    pub fn regular(&mut self, text: &str) -> Symbol {
        match self.base.find(text) {
            Some(symbol) => symbol,
            None => {
                let added = self.added.regular(text);
                Symbol(added.0 + ((self.base.entries.len() as u32) << 2))
            }
        }
    }

    /// The symbol of an identifier as a label of the main package.
    pub fn identifier(&mut self, name: &str) -> Symbol {
        let kind = kind_of_identifier(name);
        match self.base.find_kind(name, kind) {
            Some(symbol) => symbol,
            None => {
                let added = self.added.identifier(name, 0);
                Symbol(added.0 + ((self.base.entries.len() as u32) << 2))
            }
        }
    }

    /// The text of a label.
    pub fn text(&self, symbol: Symbol) -> &Arc<str> {
        let base = self.base.entries.len();
        match symbol.index() < base {
            true => self.base.text(symbol),
            false => &self.added.entries[symbol.index() - base].text,
        }
    }
}
