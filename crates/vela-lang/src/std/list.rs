//! Package `list`.

use super::args::{
    Outcome, clamped, elements, failed, function, int, int64, list, members, not_a_list, number,
    number_elements, text_elements,
};
use super::host::{Fault, Host, Kind, Member, Package, Param, Val};
use crate::number::{ArithmeticError, Number};
use std::cmp::Ordering;

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "list",
    members: &[
        function("Drop", &[X, N], Kind::LIST, drop),
        function("FlattenN", &[XS_ANY, DEPTH], Kind::LIST, flatten_n),
        function("Repeat", &[X, Param::new("count", Kind::INT)], Kind::LIST, repeat),
        function("Concat", &[A], Kind::LIST, concat),
        function("Take", &[X, N], Kind::LIST, take),
        function("Slice", &[X, I, J], Kind::LIST, slice),
        function("Reverse", &[X], Kind::LIST, reverse),
        function("MinItems", &[LIST, N], Kind::BOOL, min_items),
        function("MaxItems", &[LIST, N], Kind::BOOL, max_items),
        function("UniqueItems", &[A], Kind::BOOL, unique_items),
        function("Contains", &[A, Param::new("v", Kind::TOP)], Kind::BOOL, contains),
        function("MatchN", &[LIST, LAX_N, MATCH], Kind::BOOL, match_n),
        function("Avg", &[XS], Kind::NUMBER, avg),
        function("Max", &[XS], Kind::NUMBER, max),
        function("Min", &[XS], Kind::NUMBER, min),
        function("Product", &[XS], Kind::NUMBER, product),
        function("Range", &[START, LIMIT, STEP], Kind::LIST, range),
        function("Sum", &[XS], Kind::NUMBER, sum),
        function("Sort", &[LIST, CMP], Kind::LIST, sort),
        function("SortStable", &[LIST, CMP], Kind::LIST, sort),
        function("SortStrings", &[A], Kind::LIST, sort_strings),
        function("IsSorted", &[LIST, CMP], Kind::BOOL, is_sorted),
        function("IsSortedStrings", &[A], Kind::BOOL, is_sorted_strings),
        Member::Definition("Comparer", "{T: _, x: T, y: T, less: bool}"),
        Member::Definition("Ascending", ASCENDING),
        Member::Definition("Descending", DESCENDING),
    ],
};

const ASCENDING: &str = "{T: number | string, x: T, y: T, less: bool & x < y}";
const DESCENDING: &str = "{T: number | string, x: T, y: T, less: bool & x > y}";

const A: Param = Param::new("a", Kind::LIST);
const CMP: Param = Param::new("cmp", Kind::TOP);
const DEPTH: Param = Param::new("depth", Kind::INT);
const I: Param = Param::new("i", Kind::INT);
const J: Param = Param::new("j", Kind::INT);
const LAX_N: Param = Param::lax("n", Kind::TOP);
const LIMIT: Param = Param::new("limit", Kind::NUMBER);
const LIST: Param = Param::new("list", Kind::LIST);
const MATCH: Param = Param::lax("matchValue", Kind::TOP);
const N: Param = Param::new("n", Kind::INT);
const START: Param = Param::new("start", Kind::NUMBER);
const STEP: Param = Param::new("step", Kind::NUMBER);
const X: Param = Param::new("x", Kind::LIST);
const XS: Param = Param::new("xs", Kind::LIST);
const XS_ANY: Param = Param::new("xs", Kind::TOP);

/// The most that `Repeat` repeats.
const MAX_REPEAT: i64 = 1_000_000;

/// What an element of a list is charged for.
const ELEMENT: usize = 32;

/// The deepest that `FlattenN` goes where no depth is given.
const MAX_FLATTEN: i64 = 1000;

fn made(host: &mut dyn Host, elements: Vec<Val>) -> Outcome {
    host.charge(elements.len().saturating_mul(ELEMENT))?;
    Ok(host.list(elements))
}

fn arithmetic(error: ArithmeticError) -> Fault {
    Fault::Failed(error.to_string())
}

/// A result of decimal arithmetic: an int where it is whole.
pub(super) fn whole_as_int(value: Number) -> Val {
    match value.trunc() {
        Ok(int) if value.is_integer() => Val::Number(int),
        _ => Val::Number(value),
    }
}

fn index(args: &[Val], at: usize) -> Result<usize, Fault> {
    usize::try_from(int64(args, at)?).or_else(|_| failed("negative index"))
}

fn drop(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let n = index(args, 1)?;
    let elements = members(host, args, 0)?.into_iter().skip(n).collect();
    made(host, elements)
}

fn take(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let n = index(args, 1)?;
    let elements = members(host, args, 0)?.into_iter().take(n).collect();
    made(host, elements)
}

fn slice(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (low, high) = (index(args, 1)?, index(args, 2)?);
    if low > high {
        return failed(format!("invalid index: {low} > {high}"));
    }
    let elements = members(host, args, 0)?;
    match elements.get(low..high) {
        Some(slice) => made(host, slice.to_vec()),
        None => failed("slice bounds out of range"),
    }
}

fn reverse(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let mut elements = members(host, args, 0)?;
    elements.reverse();
    made(host, elements)
}

fn repeat(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let count = int64(args, 1)?;
    if count > MAX_REPEAT {
        return failed(format!("count {count} exceeds limit of {MAX_REPEAT}"));
    }
    let Ok(count) = usize::try_from(count) else { return failed("negative count") };
    let elements = members(host, args, 0)?;
    host.charge(elements.len().saturating_mul(count).saturating_mul(ELEMENT))?;
    let repeated = std::iter::repeat_n(elements, count).flatten().collect();
    Ok(host.list(repeated))
}

fn concat(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let mut all = Vec::new();
    for element in elements(host, args, 0)? {
        let Val::List(inner) = element else { return not_a_list(host, &element) };
        all.extend(host.members(inner)?);
    }
    made(host, all)
}

fn flatten_n(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let Some(Val::List(outer)) = args.first() else {
        return not_a_list(host, args.first().unwrap_or(&Val::Null));
    };
    let depth = clamped(args, 1)?;
    let depth = if depth < 0 { MAX_FLATTEN } else { depth.min(MAX_FLATTEN) };
    // Elements that are still to be placed, the next one last, with the depth left below them.
    let mut pending: Vec<(Val, i64)> =
        host.elements(*outer)?.into_iter().rev().map(|element| (element, depth)).collect();
    let mut flat = Vec::new();
    while let Some((element, depth)) = pending.pop() {
        match element {
            Val::List(inner) if depth > 0 => {
                let inner = host.elements(inner)?;
                host.charge(inner.len().saturating_mul(ELEMENT))?;
                pending.extend(inner.into_iter().rev().map(|element| (element, depth - 1)));
            }
            element => flat.push(element),
        }
    }
    made(host, flat)
}

fn length(host: &mut dyn Host, args: &[Val]) -> Result<i64, Fault> {
    Ok(i64::try_from(elements(host, args, 0)?.len()).unwrap_or(i64::MAX))
}

fn min_items(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (length, n) = (length(host, args)?, int64(args, 1)?);
    if length >= n {
        return Ok(Val::Bool(true));
    }
    let detail = Some(format!("len(list) < MinItems({n}) ({length} < {n})"));
    Err(if host.is_open_list(list(args, 0)?) {
        Fault::NotYet(detail)
    } else {
        Fault::Unsatisfied(detail)
    })
}

fn max_items(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (length, n) = (length(host, args)?, int64(args, 1)?);
    if length <= n {
        return Ok(Val::Bool(true));
    }
    Err(Fault::Unsatisfied(Some(format!("len(list) > MaxItems({n}) ({length} > {n})"))))
}

fn unique_items(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let elements = elements(host, args, 0)?;
    // Only what has the same fingerprint is compared.
    let mut seen: rustc_hash::FxHashMap<u64, Vec<usize>> = rustc_hash::FxHashMap::default();
    for (i, element) in elements.iter().enumerate() {
        host.charge(ELEMENT)?;
        let alike = seen.entry(host.fingerprint(element)).or_default();
        let mut found = None;
        for at in alike.iter().rev() {
            host.charge(ELEMENT)?;
            if host.equal(&elements[*at], element) {
                found = Some(*at);
                break;
            }
        }
        alike.push(i);
        let Some(first) = found else { continue };
        let scalar = !matches!(element, Val::List(_) | Val::Struct(_) | Val::Other(_));
        let what = if scalar {
            format!("equal value ({})", host.show(element))
        } else {
            "equal values".to_owned()
        };
        let detail = Some(format!("{what} at position {first} and {i}"));
        let may_change = host.may_change(&elements[first]) || host.may_change(element);
        return Err(if may_change { Fault::NotYet(detail) } else { Fault::Unsatisfied(detail) });
    }
    Ok(Val::Bool(true))
}

fn contains(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let elements = elements(host, args, 0)?;
    host.charge(elements.len())?;
    let found =
        args.get(1).is_some_and(|value| elements.iter().any(|element| host.equal(element, value)));
    Ok(Val::Bool(found))
}

fn match_n(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let [of, n, schema] = args else { return failed("three arguments are needed") };
    let Val::List(handle) = of else { return Err(Fault::Argument(0, Kind::LIST)) };
    let count = host.count_matches(*handle, schema)?;
    if host.unify(n, &int(count)).is_some() {
        return Ok(Val::Bool(true));
    }
    let (shown, wanted) = (host.show(schema), host.show(n));
    let detail = Some(format!("{shown} matches {count} list items, want {wanted}"));
    Err(Fault::Unsatisfied(detail))
}

fn not_empty(host: &mut dyn Host, args: &[Val]) -> Result<(Number, Vec<Number>), Fault> {
    let mut numbers = number_elements(host, args, 0)?.into_iter();
    match numbers.next() {
        Some(first) => Ok((first, numbers.collect())),
        None => failed("empty list"),
    }
}

fn total(numbers: impl IntoIterator<Item = Number>) -> Result<Number, Fault> {
    numbers
        .into_iter()
        .try_fold(Number::Small(0), |sum, number| sum.add(&number))
        .map_err(arithmetic)
}

fn sum(host: &mut dyn Host, args: &[Val]) -> Outcome {
    Ok(whole_as_int(total(number_elements(host, args, 0)?)?))
}

fn avg(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (first, rest) = not_empty(host, args)?;
    let count = Number::from(rest.len() + 1);
    let sum = total(std::iter::once(first).chain(rest))?;
    Ok(whole_as_int(sum.div(&count).map_err(arithmetic)?))
}

fn product(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let mut product = Number::Small(1);
    for number in number_elements(host, args, 0)? {
        product = product.mul(&number).map_err(arithmetic)?;
    }
    Ok(whole_as_int(product))
}

/// The first of the numbers that no other one goes beyond in that direction.
fn extreme(host: &mut dyn Host, args: &[Val], beyond: Ordering) -> Outcome {
    let (mut best, rest) = not_empty(host, args)?;
    for number in rest {
        if number.compare(&best) == beyond {
            best = number;
        }
    }
    Ok(whole_as_int(best))
}

fn max(host: &mut dyn Host, args: &[Val]) -> Outcome {
    extreme(host, args, Ordering::Greater)
}

fn min(host: &mut dyn Host, args: &[Val]) -> Outcome {
    extreme(host, args, Ordering::Less)
}

fn range(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (start, limit, step) = (number(args, 0)?, number(args, 1)?, number(args, 2)?);
    if step.is_zero() {
        return failed("step must be non zero");
    }
    let direction = if step.is_negative() { Ordering::Greater } else { Ordering::Less };
    let order = start.compare(limit);
    if order != Ordering::Equal && order != direction {
        return failed(if step.is_negative() {
            "end must be less than start when step is negative"
        } else {
            "end must be greater than start when step is positive"
        });
    }
    let count = limit.sub(start).and_then(|way| way.div(step)).map_err(arithmetic)?.to_f64();
    host.charge((count.ceil() as usize).saturating_mul(ELEMENT))?;
    let mut elements = Vec::new();
    let mut value = start.clone();
    while value.compare(limit) == direction {
        let next = value.add(step).map_err(arithmetic)?;
        if next.compare(&value) == Ordering::Equal {
            return failed("step is too small");
        }
        elements.push(whole_as_int(value));
        value = next;
    }
    Ok(host.list(elements))
}

fn sort(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let comparator = args.get(1).ok_or(Fault::Argument(1, Kind::TOP))?;
    host.sort(list(args, 0)?, comparator)
}

/// What is no struct has no order that a list could violate.
fn is_sorted(host: &mut dyn Host, args: &[Val]) -> Outcome {
    match args.get(1) {
        Some(comparator @ Val::Struct(_)) => {
            host.is_sorted(list(args, 0)?, comparator).map(Val::Bool)
        }
        _ => Ok(Val::Bool(true)),
    }
}

fn sort_strings(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let mut strings = text_elements(host, args, 0)?;
    strings.sort();
    made(host, strings.into_iter().map(Val::String).collect())
}

fn is_sorted_strings(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let strings = text_elements(host, args, 0)?;
    Ok(Val::Bool(strings.is_sorted()))
}
