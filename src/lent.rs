//! Things that are lent to other threads and used again once nobody has them any more.
//!
//! What one thread allocates and another one frees makes both wait for the allocator, and with events
//! that come by the thousand they do little else. Here the lender keeps a reference to all it lends:
//! others merely count down, and what comes back is written over where it lies.

use std::collections::VecDeque;
use std::sync::Arc;

/// What is lent, the longest first.
#[derive(Debug)]
pub(crate) struct Lent<T> {
    out: VecDeque<Arc<T>>,
    most: usize,
}

impl<T> Lent<T> {
    /// Keeps track of so many at most; what was lent before those is freed by whoever has it last.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            out: VecDeque::new(),
            most,
        }
    }

    /// What was lent longest ago, if nobody has it any more.
    pub(crate) fn returned(&mut self) -> Option<Arc<T>> {
        Arc::get_mut(self.out.front_mut()?)?;
        self.out.pop_front()
    }

    /// Keeps track of something that others get.
    pub(crate) fn lend(&mut self, item: &Arc<T>) {
        if self.out.len() >= self.most {
            self.out.pop_front();
        }
        self.out.push_back(Arc::clone(item));
    }

    /// Keeps track of nothing any more, and frees what nobody has.
    pub(crate) fn clear(&mut self) {
        self.out = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_is_used_again_in_the_order_it_was_lent() {
        let mut lent = Lent::new(2);
        assert!(lent.returned().is_none());
        let (one, two) = (Arc::new(1), Arc::new(2));
        lent.lend(&one);
        lent.lend(&two);
        drop(two);
        assert!(lent.returned().is_none(), "somebody has the first");
        drop(one);
        assert_eq!(lent.returned().as_deref(), Some(&1));
        assert_eq!(lent.returned().as_deref(), Some(&2));
        assert!(lent.returned().is_none());
    }

    #[test]
    fn one_that_never_comes_back_does_not_hold_up_the_others() {
        let mut lent = Lent::new(2);
        let kept = Arc::new(0);
        lent.lend(&kept);
        for number in 1..=2 {
            lent.lend(&Arc::new(number));
        }
        assert_eq!(lent.returned().as_deref(), Some(&1));
        assert_eq!(Arc::strong_count(&kept), 1);
    }
}
