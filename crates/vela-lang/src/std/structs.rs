//! Package `struct`.

use super::args::{Outcome, function, int64};
use super::host::{Fault, Host, Kind, Package, Param, Val};

/// The package.
pub(super) const PACKAGE: Package = Package {
    path: "struct",
    members: &[
        function("MinFields", &[OBJECT, N], Kind::BOOL, min_fields),
        function("MaxFields", &[OBJECT, N], Kind::BOOL, max_fields),
    ],
};

const N: Param = Param::new("n", Kind::INT);
const OBJECT: Param = Param::new("object", Kind::STRUCT);

fn count(host: &mut dyn Host, args: &[Val]) -> Result<i64, Fault> {
    match args.first() {
        Some(Val::Struct(handle)) => {
            Ok(i64::try_from(host.fields(*handle)?.len()).unwrap_or(i64::MAX))
        }
        _ => Err(Fault::Argument(0, Kind::STRUCT)),
    }
}

/// Too few fields are an error only where no more can come.
fn min_fields(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (count, n) = (count(host, args)?, int64(args, 1)?);
    if count >= n {
        return Ok(Val::Bool(true));
    }
    let detail = Some(format!("len(fields) < MinFields({n}) ({count} < {n})"));
    let room = match args.first() {
        Some(Val::Struct(handle)) => host.room(*handle),
        _ => None,
    };
    let most = room.map(|room| count.saturating_add_unsigned(room as u64));
    Err(if most.is_some_and(|most| most < n) {
        Fault::Unsatisfied(detail)
    } else {
        Fault::NotYet(detail)
    })
}

fn max_fields(host: &mut dyn Host, args: &[Val]) -> Outcome {
    let (count, n) = (count(host, args)?, int64(args, 1)?);
    if count <= n {
        return Ok(Val::Bool(true));
    }
    Err(Fault::Unsatisfied(Some(format!("len(fields) > MaxFields({n}) ({count} > {n})"))))
}
