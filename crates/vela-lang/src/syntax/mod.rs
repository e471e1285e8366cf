//! Source text to syntax tree: lexer, grammar, literals.

pub mod ast;
