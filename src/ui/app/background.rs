//! Where all runs that isn't the window: a runtime whose threads give way to it, so that a letter doesn't wait for a file.

use std::io;

use iced::Executor;
use tokio::runtime::{Builder, Runtime};

/// How far the threads stand back, as nice(1) counts: a letter is due at once, a file a moment later. Half of the way
/// leaves them a tenth of a core beside another busy program.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// tokio's runtime, whose threads and the threads and programs that are started from them stand back.
pub(super) struct Background(Runtime);

impl Executor for Background {
    fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().on_thread_start(stand_back).build().map(Self)
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(future);
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }

    fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let _entered = self.0.enter();
        f()
    }
}

/// Has this thread stand back. On Linux niceness is a thread's; elsewhere it's the whole program's, and nothing is done.
pub(super) fn stand_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        let back = |now: i32| setpriority_process(None, now.max(NICENESS));
        if let Err(error) = getpriority_process(None).and_then(back) {
            tracing::debug!(%error, "a thread can't stand back");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn what_runs_beside_the_window_gives_way_to_it() {
        let here = getpriority_process(None).unwrap();
        let background = Background::new().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        background.spawn(async move {
            let blocking = tokio::task::spawn_blocking(|| getpriority_process(None)).await.unwrap().unwrap();
            // As the store's threads are.
            let further = thread::spawn(|| getpriority_process(None)).join().unwrap().unwrap();
            tell.send([getpriority_process(None).unwrap(), blocking, further]).unwrap();
        });
        assert_eq!(told.recv().unwrap(), [NICENESS.max(here); 3]);
        assert_eq!(getpriority_process(None).unwrap(), here);
    }
}
