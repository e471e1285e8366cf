//! What an application has applied where: recorded before it is applied, so nothing is ever lost sight of.

use super::{StateStore, StoreError, Table, Transaction, decode, encode};
use crate::object::ObjectRef;
use serde::{Deserialize, Serialize};
use vela_dag::plan::Target;
use vela_dag::policy::CollectStrategy;

/// One object of an application.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryEntry {
    /// Namespace and name: `default/shop`.
    pub application: String,
    /// Where it is.
    pub target: Target,
    /// Which object.
    pub object: ObjectRef,
    /// Its component, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The last run that applied it.
    pub run: String,
    /// When it goes, as policies said when it was applied.
    #[serde(default, skip_serializing_if = "Fate::is_default")]
    pub fate: Fate,
}

/// What becomes of an object that its application no longer has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    /// When it goes.
    pub goes: CollectStrategy,
    /// Whether it is left where it is, nobody's, instead of being deleted.
    #[serde(default)]
    pub orphan: bool,
}

impl Fate {
    fn is_default(&self) -> bool {
        *self == Fate::default()
    }
}

impl InventoryEntry {
    /// Its key: the same object has the same.
    #[must_use]
    pub fn key(&self) -> String {
        format!(
            "{}\n{}\n{}\n{}",
            self.application,
            self.target.kind,
            self.target.cluster,
            self.object.key()
        )
    }

    /// Adds it to a transaction.
    ///
    /// # Errors
    /// It can't be encoded.
    pub fn put(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        transaction.put(Table::Inventory, self.key(), encode(self)?);
        Ok(())
    }
}

/// What an application (`default/shop`) has applied, in a stable order.
///
/// # Errors
/// The store does not work, or is damaged.
pub fn inventory(
    store: &dyn StateStore,
    application: &str,
) -> Result<Vec<InventoryEntry>, StoreError> {
    let found = store.scan(Table::Inventory, &format!("{application}\n"))?;
    found.iter().map(|(_, bytes)| decode("an inventory entry", bytes)).collect()
}

/// Forgets an object that is gone.
///
/// # Errors
/// The store does not work.
pub fn remove_entry(store: &dyn StateStore, entry: &InventoryEntry) -> Result<(), StoreError> {
    let mut transaction = Transaction::default();
    transaction.delete(Table::Inventory, entry.key());
    store.commit(&transaction)
}
