//! How many calls of all runs of a driver are under way at a kind of target or a cluster at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places at kinds of targets (`kubernetes`) and clusters of them (`kubernetes/east`).
#[derive(Default)]
pub struct Slots(BTreeMap<String, Arc<Semaphore>>);

impl Slots {
    /// So many places at each; a limit of nothing would hold runs for ever, so the least is 1.
    pub fn new(limits: impl IntoIterator<Item = (String, u32)>) -> Slots {
        let places = |most: u32| {
            Arc::new(Semaphore::new((most.max(1) as usize).min(Semaphore::MAX_PERMITS)))
        };
        Slots(limits.into_iter().map(|(lane, most)| (lane, places(most))).collect())
    }

    /// Takes a place at each of these, which are in order: so no two calls wait for each other. What is
    /// full is told before it is waited for.
    pub(super) async fn take(
        &self,
        lanes: &[String],
        full: impl Fn(&str),
    ) -> Vec<OwnedSemaphorePermit> {
        let mut taken = Vec::new();
        for lane in lanes {
            let Some(places) = self.0.get(lane) else { continue };
            let place = match Arc::clone(places).try_acquire_owned() {
                Ok(place) => Some(place),
                Err(_) => {
                    full(lane);
                    // It is never closed.
                    Arc::clone(places).acquire_owned().await.ok()
                }
            };
            taken.extend(place);
        }
        taken
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;
    use std::cell::RefCell;

    #[test]
    fn as_many_as_there_are_places() {
        let slots = Slots::new([("local/east".to_owned(), 2), ("local".to_owned(), 0)]);
        let told = RefCell::new(Vec::new());
        let full = |at: &str| told.borrow_mut().push(at.to_owned());
        let (east, all) =
            (["local/east".to_owned()], ["local".to_owned(), "local/east".to_owned()]);
        let first = crate::finish(slots.take(&east, full)).unwrap();
        let second = crate::finish(slots.take(&all, full)).unwrap();
        assert_eq!((first.len(), second.len()), (1, 2));
        assert!(told.borrow().is_empty());
        assert!(crate::finish(slots.take(&east, full)).is_none(), "there is no third place");
        assert!(crate::finish(slots.take(&all, full)).is_none(), "a limit of nothing is one place");
        assert_eq!(*told.borrow(), ["local/east", "local"]);
        drop((first, second));
        assert!(crate::finish(slots.take(&all, full)).is_some());
        assert!(crate::finish(slots.take(&["other".to_owned()], full)).unwrap().is_empty());
    }
}
