//! Work on many things, spread over the cores.

use std::num::NonZero;
use std::thread;

/// Applies `work` to every item on all cores; the results keep the order of the items. Each thread
/// has a value of its own, made by `scratch`, that it can use again for every item. A panic of
/// `work` goes on in the calling thread.
pub fn map_with<S, T: Send, R: Send>(
    items: Vec<T>,
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) -> R + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads);
    let work_through = |batch: Vec<T>| {
        let mut scratch = scratch();
        batch.into_iter().map(|item| work(&mut scratch, item)).collect::<Vec<R>>()
    };
    if threads == 1 || items.len() < 2 {
        return work_through(items);
    }
    let mut rest = items.into_iter();
    let mut batches: Vec<Vec<T>> = (0..threads).map(|_| rest.by_ref().take(share).collect()).collect();
    batches.retain(|batch| !batch.is_empty());
    let own = batches.pop().unwrap_or_default();
    thread::scope(|scope| {
        let workers: Vec<_> = batches.into_iter().map(|batch| scope.spawn(|| work_through(batch))).collect();
        let own = work_through(own);
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .chain(own)
            .collect()
    })
}

/// [`map_with`] without a scratch value.
pub fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    map_with(items, || (), |(), item| work(item))
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps_the_order_whatever_the_number_of_items() {
        for count in [0_u32, 1, 2, 3, 7, 1000] {
            let doubled = super::map((0..count).collect(), |item| item * 2);
            assert_eq!(doubled, (0..count).map(|item| item * 2).collect::<Vec<u32>>());
        }
    }
}
