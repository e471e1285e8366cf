//! A target of one's own: objects become lines. `cargo run -p vela --example custom_executor`
#![allow(clippy::print_stdout, reason = "that is its target")]
use serde_json::Value as Json;
use std::{future::ready, sync::Arc};
use vela::dag::plan::{PlanOptions, Target};
use vela::exec::{driver::Watch, executor::*, object::ObjectRef};
use vela::{Bundle, Runtime};

struct Printer;
type Answer<'a, T> = BoxFuture<'a, Result<T, ExecError>>;
fn created(target: &Target, objects: &[Json]) -> Result<Vec<Change>, ExecError> {
    let name = |o| ObjectRef::of(o, &target.namespace).map_err(ExecError::Invalid);
    let change = |object| Change { object, action: ChangeAction::Create, fields: vec![] };
    objects.iter().map(|object| name(object).map(change)).collect()
}

impl Executor for Printer {
    fn kind(&self) -> &str {
        "printer"
    }
    fn validate<'a>(&'a self, t: &'a Target, objects: &'a [Json]) -> Answer<'a, ()> {
        Box::pin(ready(created(t, objects).map(drop)))
    }
    fn diff<'a>(&'a self, t: &'a Target, objects: &'a [Json]) -> Answer<'a, Vec<Change>> {
        Box::pin(ready(created(t, objects)))
    }
    fn apply<'a>(&'a self, e: &'a Effect<'a>, o: &'a [Json]) -> Answer<'a, PerObject<Change>> {
        o.iter().for_each(|object| println!("{object}"));
        Box::pin(ready(created(e.target, o).map(|done| done.into_iter().map(Ok).collect())))
    }
    fn observe<'a>(&'a self, _: &'a Effect<'a>, o: &'a [ObjectRef]) -> Answer<'a, Vec<Observed>> {
        Box::pin(ready(Ok(o.iter().map(Observed::healthy).collect())))
    }
    fn delete<'a>(
        &'a self,
        _: &'a Effect<'a>,
        o: &'a [ObjectRef],
    ) -> Answer<'a, PerObject<Deletion>> {
        Box::pin(ready(Ok(o.iter().map(|_| Ok(Deletion::Deleted)).collect())))
    }
    fn list<'a>(&'a self, _: &'a Effect<'a>, _: &'a Filter) -> Answer<'a, Vec<Json>> {
        Box::pin(ready(Ok(vec![])))
    }
    fn clusters(&self) -> Vec<String> {
        vec!["local".to_owned()]
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), vela::Error> {
    let app = Bundle::new("app.yaml", include_str!("../../../examples/first-app/app.yaml"));
    let opened = app.read()?;
    let plan = opened.plan(&PlanOptions { target: "printer".into(), ..Default::default() })?;
    let runtime = Runtime::in_memory().with_target(Arc::new(Printer));
    let ended = runtime.up_planned(&app, &opened, &plan, Watch::default()).await?;
    println!("{}", vela::phase_name(ended.view.phase));
    Ok(())
}
