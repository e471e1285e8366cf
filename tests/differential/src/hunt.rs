//! The hunt: programs in a row, their disagreements made small and grouped.

use crate::compare::{Answer, Aspect, Difference, differences};
use crate::generate::{Options, program};
use crate::ours::{self, Form};
use crate::peer::Peer;
use crate::program::Program;
use crate::random::Random;
use std::collections::BTreeMap;
use std::io;

/// What to hunt.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The series.
    pub seed: u64,
    /// The first program.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// What counts as a disagreement.
    pub aspects: Vec<Aspect>,
    /// How many disagreements are made small at most.
    pub shrinks: usize,
    /// The kind of programs.
    pub options: Options,
}

/// A disagreement, made small.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its number in the series.
    pub index: u64,
    /// The small program.
    pub program: Program,
    /// How the answers differ.
    pub difference: Difference,
}

/// What a hunt found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Programs compared.
    pub compared: u64,
    /// Programs that failed to load for both.
    pub unloadable: u64,
    /// Programs without any error for both.
    pub valid: u64,
    /// Programs on which the peer contradicts itself when they are written in another order, and
    /// agrees with us in one of the orders.
    pub fickle: u64,
    /// Disagreements by aspect.
    pub disagreements: BTreeMap<Aspect, u64>,
    /// The longest row of programs without one.
    pub longest: u64,
    /// The row at the end.
    pub last: u64,
    /// Small ones.
    pub found: Vec<Found>,
}

const BATCH: u64 = 128;

/// Compares the programs of a series.
///
/// # Errors
/// The peer cannot be started.
pub fn hunt(peer: &mut dyn Peer, plan: &Plan) -> io::Result<Report> {
    let mut report = Report::default();
    let mut open = Vec::new();
    let end = plan.from + plan.count;
    for start in (plan.from..end).step_by(BATCH as usize) {
        let indices: Vec<u64> = (start..end.min(start + BATCH)).collect();
        let programs: Vec<Program> =
            indices.iter().map(|index| program(plan.seed, *index, &plan.options)).collect();
        let texts: Vec<Vec<String>> = programs.iter().map(Program::texts).collect();
        let theirs = peer.answers(&texts)?;
        for (((index, program), texts), theirs) in
            indices.iter().zip(programs).zip(&texts).zip(&theirs)
        {
            report.compared += 1;
            match theirs {
                Answer::Tree { tree, .. } => {
                    report.unloadable += u64::from(tree["e"] == "load");
                    report.valid += u64::from(tree["k"] != "_|_");
                }
                Answer::Text(None) => report.unloadable += 1,
                Answer::Text(Some(text)) => report.valid += u64::from(!text.contains("_|_")),
                Answer::Died(_) => {}
            }
            let ours = ours::answer(texts, peer.form());
            let verdict = judge(peer, &program, &ours, theirs, &plan.aspects)?;
            match verdict {
                Verdict::Differ(difference) => {
                    *report.disagreements.entry(difference.aspect).or_default() += 1;
                    report.last = 0;
                    open.push((*index, program, difference));
                }
                Verdict::Fickle => {
                    report.fickle += 1;
                    report.last += 1;
                }
                Verdict::Agree => report.last += 1,
            }
            report.longest = report.longest.max(report.last);
        }
    }
    for (index, program, difference) in open.into_iter().take(plan.shrinks) {
        report.found.push(shrink(peer, plan, index, program, difference)?);
    }
    Ok(report)
}

enum Verdict {
    Agree,
    Fickle,
    Differ(Difference),
}

/// How many other orders of a program are tried.
const ORDERS: u64 = 6;

/// Whether a difference counts. It does not where the peer depends on the order in which the program
/// is written and says what we say in one of the orders: CUE's values have no order.
fn judge(
    peer: &mut dyn Peer,
    program: &Program,
    ours: &Answer,
    theirs: &Answer,
    aspects: &[Aspect],
) -> io::Result<Verdict> {
    let Some(difference) = worst(ours, theirs, aspects) else { return Ok(Verdict::Agree) };
    if matches!(difference.aspect, Aspect::Order | Aspect::Export | Aspect::Died) {
        return Ok(Verdict::Differ(difference));
    }
    let mut random = Random::new(0, 0);
    let orders: Vec<Vec<String>> =
        (0..ORDERS).map(|_| program.permuted(&mut random).texts()).collect();
    let unordered: Vec<Aspect> =
        aspects.iter().copied().filter(|a| !matches!(a, Aspect::Order | Aspect::Export)).collect();
    // Text is only comparable in one order: whether the peer answers differently shows in a tree.
    if peer.form() == Form::Text {
        return Ok(Verdict::Differ(difference));
    }
    let answers = peer.answers(&orders)?;
    if answers.iter().any(|other| worst(ours, other, &unordered).is_none()) {
        return Ok(Verdict::Fickle);
    }
    Ok(Verdict::Differ(difference))
}

fn worst(ours: &Answer, theirs: &Answer, aspects: &[Aspect]) -> Option<Difference> {
    differences(ours, theirs)
        .into_iter()
        .filter(|difference| aspects.contains(&difference.aspect))
        .min_by_key(|difference| difference.aspect)
}

/// Takes away from a program as long as the answers differ in the same aspect.
fn shrink(
    peer: &mut dyn Peer,
    plan: &Plan,
    index: u64,
    mut program: Program,
    mut difference: Difference,
) -> io::Result<Found> {
    'smaller: loop {
        let candidates = program.smaller();
        for batch in candidates.chunks(48) {
            let texts: Vec<Vec<String>> = batch.iter().map(Program::texts).collect();
            let theirs = peer.answers(&texts)?;
            for ((candidate, texts), theirs) in batch.iter().zip(&texts).zip(&theirs) {
                let ours = ours::answer(texts, peer.form());
                let found = worst(&ours, theirs, &plan.aspects);
                if found.is_none_or(|found| found.aspect != difference.aspect) {
                    continue;
                }
                if let Verdict::Differ(found) =
                    judge(peer, candidate, &ours, theirs, &plan.aspects)?
                {
                    program = candidate.clone();
                    difference = found;
                    continue 'smaller;
                }
            }
        }
        return Ok(Found { index, program, difference });
    }
}
