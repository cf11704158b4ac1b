//! Things that are lent to other threads and used again once nobody has them any more.
//!
//! What one thread allocates and another one frees makes both wait for the allocator, and with events
//! that come by the thousand they do little else. Here the lender keeps a reference to all it lends:
//! others merely count down, and what comes back is written over where it lies.

use std::collections::VecDeque;
use std::sync::Arc;

/// What is lent, the longest first.
#[derive(Debug)]
pub(super) struct Lent<T> {
    out: VecDeque<Arc<T>>,
    most: usize,
}

impl<T: Default> Lent<T> {
    /// Keeps track of so many at most; what was lent before those is freed by whoever has it last.
    pub(super) fn new(most: usize) -> Self {
        Self {
            out: VecDeque::new(),
            most,
        }
    }

    /// Lends something that was written: over what was lent longest ago, if nobody has that any more,
    /// else over something new. With it comes what the writer says.
    pub(super) fn lend<R>(&mut self, write: impl FnOnce(&mut T) -> R) -> (Arc<T>, R) {
        let said = match self.out.front_mut().and_then(Arc::get_mut) {
            Some(returned) => {
                let said = write(returned);
                self.out.rotate_left(1);
                said
            }
            None => {
                if self.out.len() >= self.most {
                    self.out.pop_front();
                }
                let mut item = T::default();
                let said = write(&mut item);
                self.out.push_back(Arc::new(item));
                said
            }
        };
        // It is the last one now.
        (Arc::clone(&self.out[self.out.len() - 1]), said)
    }

    /// Keeps track of nothing any more, and frees what nobody has.
    pub(super) fn clear(&mut self) {
        self.out = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lends a number; the one that it is written over, where that is not 0.
    fn lend(lent: &mut Lent<u32>, number: u32) -> (Arc<u32>, u32) {
        lent.lend(|place| std::mem::replace(place, number))
    }

    #[test]
    fn what_nobody_has_is_used_again_in_the_order_it_was_lent() {
        let mut lent = Lent::new(2);
        let (one, _) = lend(&mut lent, 1);
        let (two, _) = lend(&mut lent, 2);
        drop((one, two));
        let (three, before) = lend(&mut lent, 3);
        assert_eq!((*three, before), (3, 1));
        let (four, before) = lend(&mut lent, 4);
        assert_eq!((*four, before), (4, 2));
        drop(four);
        let (five, before) = lend(&mut lent, 5);
        assert_eq!((*five, before), (5, 0), "somebody has the first");
        assert_eq!((*three, Arc::strong_count(&three)), (3, 1), "forgotten");
    }

    #[test]
    fn one_that_never_comes_back_does_not_hold_up_the_others() {
        let mut lent = Lent::new(2);
        let (kept, _) = lend(&mut lent, 9);
        for number in 1..=2 {
            lend(&mut lent, number);
        }
        let (three, before) = lend(&mut lent, 3);
        assert_eq!((*three, before), (3, 1));
        assert_eq!((*kept, Arc::strong_count(&kept)), (9, 1));
    }
}
