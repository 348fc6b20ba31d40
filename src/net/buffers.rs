//! Buffers for units of files, used again and again: fresh memory has to be cleared by the system, page by page, which
//! costs as much as moving what is then put into it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Buffers that are kept. More of them are in use only while several transfers run.
const KEPT: usize = 16;

/// Bytes from which on a buffer is worth keeping.
const WORTH: usize = 64 * 1024;

/// A stock of buffers, shared by all who have a clone.
#[derive(Debug, Clone, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// A buffer of so many bytes; what they are is left over from before.
    pub fn take(&self, length: usize) -> Vec<u8> {
        let kept = if length < WORTH { None } else { self.kept().pop() };
        let mut buffer = kept.unwrap_or_default();
        buffer.resize(length, 0);
        buffer
    }

    /// Gives a buffer back.
    pub fn give(&self, buffer: Vec<u8>) {
        if buffer.len() < WORTH {
            return;
        }
        let mut kept = self.kept();
        if kept.len() < KEPT {
            kept.push(buffer);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_buffers_come_again_and_there_are_never_many() {
        let buffers = Buffers::default();
        for _ in 0..100 {
            buffers.give(vec![7; WORTH]);
        }
        buffers.give(vec![7; WORTH - 1]);
        assert_eq!(buffers.kept().len(), KEPT);
        let again = buffers.take(WORTH + 1);
        assert_eq!((again[0], again[WORTH], again.len()), (7, 0, WORTH + 1));
        assert_eq!(buffers.take(10), [0; 10]);
        assert_eq!(buffers.kept().len(), KEPT - 1);
    }
}
