//! Whose objects are: what may be written by whom, and what becomes of an object that is to go.

use super::{Found, LocalTarget, Stored, cluster_of, failed, key};
use crate::executor::{Claim, Deletion, Effect, ExecError};
use crate::object::ObjectRef;
use crate::store::{Table, Transaction, Write, encode};

/// What may be done with an object that is there.
pub(super) enum Access {
    /// It is the application's, from now on if it was not before.
    Write,
    /// It stays as it is.
    Leave,
    /// It stays as it is, with the application among those who share it.
    Join,
}

/// What an application may do with an object that is there.
pub(super) fn access(
    stored: &Stored,
    object: &ObjectRef,
    application: &str,
    claim: Claim,
) -> Result<Access, ExecError> {
    let owner = stored.application.as_str();
    if claim == Claim::ReadOnly {
        return Ok(Access::Leave);
    }
    if owner == application {
        return Ok(Access::Write);
    }
    let refused = |why: String| {
        let owner = (!owner.is_empty()).then(|| owner.to_owned());
        Err(ExecError::Refused { why, owner })
    };
    match (claim, owner) {
        (Claim::Seize, _) | (Claim::TakeOver | Claim::Share, "") => Ok(Access::Write),
        (_, "") => refused(format!(
            "{object} is there and belongs to no application: adopt it with the policy take-over, or for \
             once with `vela up --adopt unowned`"
        )),
        (Claim::Share, _) if !stored.shared_by.is_empty() => Ok(Access::Join),
        (Claim::Share, other) => refused(format!(
            "{object} belongs to the application {other}, which does not share it: give it the policy \
             shared-resource for it too"
        )),
        (_, other) => refused(format!(
            "{object} belongs to the application {other}: rename it, delete it there, share it with the \
             policy shared-resource in both, or take it with `vela up --adopt any`"
        )),
    }
}

impl LocalTarget {
    /// Notes that an application shares an object.
    pub(super) fn join(
        &self,
        effect: &Effect<'_>,
        object: &ObjectRef,
        found: Found,
    ) -> Result<(), ExecError> {
        let (mut stored, before) = found;
        if !stored.shared_by.contains(&effect.owner.application) {
            stored.shared_by.push(effect.owner.application.clone());
            self.replace(effect, object, before, Some(&stored))?;
        }
        Ok(())
    }

    /// Deletes an object, as far as it is the owner's.
    pub(super) fn delete_one(
        &self,
        effect: &Effect<'_>,
        object: &ObjectRef,
        claim: Claim,
    ) -> Result<Deletion, ExecError> {
        let Some((mut stored, before)) =
            self.load(cluster_of(effect.target), object).map_err(failed)?
        else {
            return Ok(Deletion::Missing);
        };
        let application = &effect.owner.application;
        let shared = stored.shared_by.contains(application);
        stored.shared_by.retain(|other| other != application);
        let may = match claim {
            Claim::Seize => true,
            Claim::TakeOver => stored.application.is_empty(),
            Claim::Own | Claim::Share | Claim::ReadOnly => false,
        };
        if stored.application != *application && !may {
            if shared {
                self.replace(effect, object, before, Some(&stored))?;
            }
            let owner = Some(stored.application).filter(|owner| !owner.is_empty());
            return Ok(Deletion::Foreign { owner });
        }
        if let Some(to) = stored.shared_by.first().cloned() {
            stored.application.clone_from(&to);
            stored.component = None;
            self.replace(effect, object, before, Some(&stored))?;
            return Ok(Deletion::PassedOn { to });
        }
        self.replace(effect, object, before, None)?;
        Ok(Deletion::Deleted)
    }

    /// Makes an object nobody's, where it is the owner's.
    pub(super) fn release_one(
        &self,
        effect: &Effect<'_>,
        object: &ObjectRef,
    ) -> Result<(), ExecError> {
        let found = self.load(cluster_of(effect.target), object).map_err(failed)?;
        let Some((mut stored, before)) = found else { return Ok(()) };
        if stored.application != effect.owner.application {
            return Ok(());
        }
        stored.application = String::new();
        stored.component = None;
        self.replace(effect, object, before, Some(&stored))
    }

    fn replace(
        &self,
        effect: &Effect<'_>,
        object: &ObjectRef,
        before: Vec<u8>,
        stored: Option<&Stored>,
    ) -> Result<(), ExecError> {
        let key = key(cluster_of(effect.target), object);
        let mut transaction = Transaction::default();
        transaction.expect.push(Write {
            table: Table::Objects,
            key: key.clone(),
            value: Some(before),
        });
        match stored {
            Some(stored) => {
                transaction.put(Table::Objects, key, encode(stored).map_err(failed)?);
            }
            None => transaction.delete(Table::Objects, key),
        }
        self.store.commit(&transaction).map_err(failed)
    }
}
