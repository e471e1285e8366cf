//! Trait patches: how `patch` changes a workload.
//!
//! # The algorithm
//!
//! Base and patch are evaluated values: concrete wherever the value is known, constraints
//! (`*1 | int`, `int`) and incomplete values where it is not, with the comments of the template that
//! made them. A patch is *unified* with its base, so a scalar that differs is a conflict and not an
//! override; comments of the form `+key=word` above a field of the patch change that:
//!
//! | comment | on | effect |
//! |---|---|---|
//! | `+patchKey=k` | a list, or a field around it | elements go to the base element with the same `k` |
//! | `+patchStrategy=retainKeys` | a field | the patch's value takes the place of the base's |
//! | `+patchStrategy=retainKeys`, `+patchKey=k` | a list | matched elements take the place whole |
//! | `+patchStrategy=replace` | a list | the patch's list takes the place of the base's |
//! | `+patchStrategy=jsonPatch` | the patch itself | [`json_patch`]: RFC 6902 |
//! | `+patchStrategy=jsonMergePatch` | the patch itself | [`json_merge_patch`]: RFC 7386 |
//!
//! [`merge`] walks both values at once:
//!
//! 1. *structs*: fields of both are merged, fields of one are kept. A field of the patch hands its
//!    `patchKey` down to everything below it that has none of its own.
//! 2. *lists with a key*: `k` may name alternatives (`a,b`: the first that matches counts) and paths
//!    (`a.b`). Every patch element is merged with the base element whose `k` is the same literal, or
//!    appended; where several of the base have it, that is an error. If one element has no literal `k`, the list counts as a list without key.
//! 3. *lists without a key*: element by element. The base's list takes more elements, the patch's
//!    does not unless it ends in `...`: a patch that is shorter than its base is an error.
//! 4. *everything else*: equal scalars are themselves, different ones a conflict; where one side is
//!    incomplete, so is the result; the rest is unified by the evaluator.
//!
//! What is incomplete in a patch stays so, and only fails when the result is turned into a manifest;
//! but a struct that waits for something and has hidden fields is an error at once. Definitions,
//! hidden and optional fields take no part. Open lists with a type (`[...{x: 1}]`) are lengthened to
//! the base's first: see [`skeleton`].

mod json;
mod merge;
mod tags;

pub use json::{json_merge_patch, json_patch};
pub use merge::{Conflict, merge, skeleton};
pub use tags::{Strategy, Tags};

#[cfg(test)]
mod tests;
