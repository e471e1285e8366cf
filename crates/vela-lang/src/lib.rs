//! CUE in Rust: parser, formatter, evaluator and standard library, made to be embedded.
//!
//! ```
//! use vela_lang::Engine;
//!
//! let engine = Engine::new();
//! let value = engine.eval("service.cue", r#"
//!     #Service: {name: string, port: *80 | int, url: "http://\(name):\(port)"}
//!     web: #Service & {name: "web"}
//! "#).unwrap();
//! let web = value.field("web").unwrap();
//! assert_eq!(web.field("url").unwrap().as_str(), Some("http://web:80"));
//! ```
//!
//! The pipeline is the module list: [`source`] text becomes a tree in [`syntax`], a [`Program`] in
//! [`ir`], a graph in `eval`, and a [`Value`]; [`export`] and [`encoding`] make text of it.

mod combine;
pub mod data;
mod depth;
pub mod diagnostic;
pub mod encoding;
mod engine;
mod eval;
pub mod export;
pub mod format;
pub mod ir;
mod limits;
pub mod module;
mod nearest;
pub mod number;
pub mod source;
pub mod std;
pub mod syntax;
mod value;

pub use self::std::host::Kind;
pub use data::Data;
pub use diagnostic::{Class, Diagnostic, Error};
pub use engine::{DataFormat, Engine, Inputs};
pub use ir::Program;
pub use limits::Limits;
pub use nearest::nearest;
pub use number::Number;
pub use source::{Source, Sources, Span};
pub use value::{Conjunct, Field, LabelKind, Path, Selector, Value, Walk, Which};
