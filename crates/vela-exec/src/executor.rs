//! What a target implements: [`Executor`].
//!
//! Everything is idempotent and keyed: an effect carries the [`EffectKey`] of the step that wants it, so
//! that after a crash the target can be asked what became of it. Methods give boxed futures, so that
//! targets are trait objects; nothing here needs a runtime.

use crate::duration::Millis;
use crate::object::{FieldChange, ObjectRef};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use vela_dag::plan::Target;

/// A future behind a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Names one effect of one attempt: the same key is the same effect.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct EffectKey {
    /// The run.
    pub run: String,
    /// The node, with the call in it.
    pub node: String,
    /// Which attempt, from 1.
    pub attempt: u32,
}

impl fmt::Display for EffectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.run, self.node, self.attempt)
    }
}

/// Whose objects are applied.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Owner {
    /// The application's namespace and name: `default/shop`.
    pub application: String,
    /// The component, where the objects are of one.
    pub component: Option<String>,
}

/// What an effect is done with.
#[derive(Clone)]
pub struct Effect<'a> {
    /// Its key.
    pub key: EffectKey,
    /// Where.
    pub target: &'a Target,
    /// Whose.
    pub owner: &'a Owner,
    /// The time.
    pub now: Millis,
    /// By what right each of the objects that are applied is written; [`Claim::Own`] where none is given.
    pub claims: &'a [Claim],
    /// Set when the result does not matter any more.
    pub cancel: &'a Cancel,
    /// Where progress is told.
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Effect<'_> {
    /// The claim to an object by its place among those that are applied.
    #[must_use]
    pub fn claim(&self, index: usize) -> Claim {
        self.claims.get(index).copied().unwrap_or_default()
    }
}

/// By what right an object is written that may be there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Claim {
    /// It is the owner's, or not there; one that is there and is nobody's or another's is refused.
    #[default]
    Own,
    /// One that nobody owns becomes the owner's; another's is refused.
    TakeOver,
    /// It becomes the owner's, whosesoever it was.
    Seize,
    /// It is the first one's who shares it; others who share it too leave it as it is, and are noted.
    Share,
    /// It is never written, and must be there.
    ReadOnly,
}

/// What each object came to, in their order: one that fails keeps no other from its turn.
pub type PerObject<T> = Vec<Result<T, ExecError>>;

/// An error where a target has not answered for each object: what it left out may be in any state.
pub(crate) fn complete(answers: usize, objects: usize) -> Result<(), ExecError> {
    if answers == objects {
        return Ok(());
    }
    let text =
        format!("the target answered for {answers} of {objects} objects: this is a defect of it");
    Err(ExecError::Failed(text))
}

/// What became of an object that was to go.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "deletion", rename_all = "camelCase")]
pub enum Deletion {
    /// It is gone.
    Deleted,
    /// It was not there.
    Missing,
    /// Others share it: it stays, and its owner is now this one.
    PassedOn {
        /// The application: `default/shop`.
        to: String,
    },
    /// It was never the owner's, or is not any more: it stays.
    Foreign {
        /// Whose it is; nobody's if absent.
        owner: Option<String>,
    },
}

/// What a target tells while it works.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "progress", rename_all = "camelCase")]
pub enum Progress {
    /// An object was written, or found as it should be.
    Applied {
        /// Which.
        object: ObjectRef,
        /// What was done.
        action: ChangeAction,
    },
    /// An object's health was looked at.
    Health {
        /// Which.
        object: ObjectRef,
        /// How it is.
        health: Health,
        /// What it says.
        message: String,
    },
    /// An object was deleted.
    Deleted {
        /// Which.
        object: ObjectRef,
    },
    /// An object could not be made what it shall be.
    Failed {
        /// Which.
        object: ObjectRef,
        /// Why.
        why: String,
    },
}

/// What happens to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeAction {
    /// It is new.
    Create,
    /// Some of its fields change.
    Update,
    /// It goes.
    Delete,
    /// It is as it should be: nothing is written.
    Unchanged,
}

/// A difference between what is and what shall be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Which object.
    pub object: ObjectRef,
    /// What would happen to it.
    pub action: ChangeAction,
    /// The fields that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// How an object is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// As it should be.
    Healthy,
    /// On its way.
    Progressing,
    /// Broken.
    Degraded,
    /// Not there.
    Missing,
}

/// What a target sees of an object.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Observed {
    /// Which object.
    pub object: ObjectRef,
    /// How it is.
    pub health: Health,
    /// What it says.
    pub message: String,
    /// The object itself, where it is there.
    pub live: Option<Json>,
    /// The key of the last effect that wrote it, where the target knows.
    pub written_by: Option<EffectKey>,
    /// The application that owns it, where the target knows of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Observed {
    /// An object that is healthy, of which the target knows no more.
    #[must_use]
    pub fn healthy(object: &ObjectRef) -> Observed {
        let (health, message) = (Health::Healthy, String::new());
        Observed {
            object: object.clone(),
            health,
            message,
            live: None,
            written_by: None,
            owner: None,
        }
    }
}

/// Why a target did not do what it should.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExecError {
    /// It is wrong in itself: trying again does not help.
    #[error("{0}")]
    Invalid(String),
    /// It is there, and not ours to write.
    #[error("{why}")]
    Refused {
        /// Why, and what to do.
        why: String,
        /// Whose it is; nobody's if absent.
        owner: Option<String>,
    },
    /// It did not work this time.
    #[error("{0}")]
    Failed(String),
    /// It was cancelled; what had been done by then is done.
    #[error("cancelled")]
    Cancelled,
}

/// What a kind of target can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// It can tell what is there: what became of an effect can be found out after a crash.
    pub observes: bool,
    /// It takes an [`EffectKey`], and does nothing the second time that it gets the same.
    pub keys: bool,
    /// It can tell what applying would change.
    pub diffs: bool,
    /// It deletes.
    pub deletes: bool,
    /// It finds objects by kind and labels.
    pub lists: bool,
}

impl Capabilities {
    /// All of them.
    pub const ALL: Capabilities =
        Capabilities { observes: true, keys: true, diffs: true, deletes: true, lists: true };

    /// Whether an effect can be made again when nobody knows whether it took place.
    #[must_use]
    pub fn can_repeat(self) -> bool {
        self.observes || self.keys
    }
}

/// A kind of target.
///
/// An implementation keeps to these rules:
/// - *idempotent*: applying what is there writes nothing; deleting what is not there succeeds;
/// - *observable*: [`Executor::observe`] never changes anything;
/// - *cancellable*: a method looks at [`Effect::cancel`] between objects and gives [`ExecError::Cancelled`].
pub trait Executor: Send + Sync {
    /// The kind of its targets: `local`, `kubernetes`, …
    fn kind(&self) -> &str;

    /// What it can do. A target that neither observes nor takes keys is never asked for the same effect
    /// twice: a step whose effect was under way when the process died ends as unknown.
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    /// Whether objects could be applied.
    fn validate<'a>(
        &'a self,
        target: &'a Target,
        objects: &'a [Json],
    ) -> BoxFuture<'a, Result<(), ExecError>>;

    /// What applying would change; one entry per object.
    fn diff<'a>(
        &'a self,
        target: &'a Target,
        objects: &'a [Json],
    ) -> BoxFuture<'a, Result<Vec<Change>, ExecError>>;

    /// Makes objects what they shall be, in order, as far as the owner's [`Claim`] to each allows; one
    /// entry per object, with what was done or why not. Where nothing was done at all that is one error.
    fn apply<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [Json],
    ) -> BoxFuture<'a, Result<PerObject<Change>, ExecError>>;

    /// How objects are; one entry per object.
    fn observe<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<Vec<Observed>, ExecError>>;

    /// Tells how objects are, and again whenever that changes, until all are healthy, one is broken, or the
    /// effect is cancelled. A target that has no better way is looked at once.
    fn watch<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
        tell: &'a mut (dyn FnMut(Observed) + Send),
    ) -> BoxFuture<'a, Result<(), ExecError>> {
        Box::pin(async move {
            for observed in self.observe(effect, objects).await? {
                effect.cancel.check()?;
                tell(observed);
            }
            Ok(())
        })
    }

    /// Deletes objects that are the owner's, in order; those that are not there are no error, and those
    /// that are not the owner's stay. One entry per object.
    fn delete<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<PerObject<Deletion>, ExecError>>;

    /// Leaves objects that are the owner's where they are: they are nobody's from now on.
    fn release<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        objects: &'a [ObjectRef],
    ) -> BoxFuture<'a, Result<(), ExecError>> {
        let _ = objects;
        let why = format!("targets of kind {} know no owners", effect.target.kind);
        Box::pin(std::future::ready(Err(ExecError::Invalid(why))))
    }

    /// Objects of a kind, by namespace (all if empty) and labels, in the order of their names.
    fn list<'a>(
        &'a self,
        effect: &'a Effect<'a>,
        filter: &'a Filter,
    ) -> BoxFuture<'a, Result<Vec<Json>, ExecError>>;

    /// The names of the clusters that it knows.
    fn clusters(&self) -> Vec<String>;
}

/// Which objects are meant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`; without regard to case.
    pub kind: String,
    /// All if empty.
    pub namespace: String,
    /// Labels that must be there, with these values.
    pub labels: Vec<(String, String)>,
}

/// Tells work that its result does not matter any more.
#[derive(Clone, Default)]
pub struct Cancel(Arc<CancelState>);

#[derive(Default)]
struct CancelState {
    set: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Cancel {
    /// Sets it, for good.
    pub fn cancel(&self) {
        self.0.set.store(true, Ordering::SeqCst);
        let wakers =
            std::mem::take(&mut *self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in wakers {
            waker.wake();
        }
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.set.load(Ordering::SeqCst)
    }

    /// An error if it is set.
    ///
    /// # Errors
    /// [`ExecError::Cancelled`]
    pub fn check(&self) -> Result<(), ExecError> {
        if self.is_cancelled() { Err(ExecError::Cancelled) } else { Ok(()) }
    }

    /// Waits until it is set.
    pub async fn cancelled(&self) {
        poll_fn(|context| {
            // The waker goes in first: a `cancel` between the two steps would be lost otherwise.
            self.0
                .wakers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(context.waker().clone());
            if self.is_cancelled() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}
