//! Whether our engine contradicts itself when a program is written in another order.

use crate::compare::{Answer, Aspect, Difference, differences};
use crate::ours::{self, Form};
use crate::program::Program;
use crate::random::Random;

/// A program and another order of it whose values differ.
#[derive(Clone, Debug)]
pub struct Contradiction {
    /// As it was made.
    pub program: Program,
    /// The other order.
    pub other: Program,
    /// How their values differ.
    pub difference: Difference,
}

/// What must not depend on the order. Which of several errors is met first, and so its class, may;
/// and so may, in a program that fails as a whole, what else shows the error.
const UNORDERED: [Aspect; 5] =
    [Aspect::Died, Aspect::Verdict, Aspect::Value, Aspect::Default, Aspect::Closed];

/// Tries some other orders of a program.
pub fn contradiction(program: &Program, orders: u64) -> Option<Contradiction> {
    let first = ours::answer(&program.texts(), Form::Tree);
    (0..orders).find_map(|seed| {
        let other = program.permuted(&mut Random::new(seed, 0));
        let second = ours::answer(&other.texts(), Form::Tree);
        if fails(&first) && fails(&second) {
            return None;
        }
        let difference = differences(&first, &second)
            .into_iter()
            .filter(|difference| UNORDERED.contains(&difference.aspect))
            .min_by_key(|difference| difference.aspect)?;
        Some(Contradiction { program: program.clone(), other, difference })
    })
}

fn fails(answer: &Answer) -> bool {
    matches!(answer, Answer::Tree { tree, .. } if tree["k"] == "_|_")
}

/// Takes away from a program as long as some order contradicts it.
pub fn smallest(mut found: Contradiction, orders: u64) -> Contradiction {
    while let Some(smaller) =
        found.program.smaller().iter().find_map(|program| contradiction(program, orders))
    {
        found = smaller;
    }
    found
}
