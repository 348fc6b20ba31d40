//! A thread that owns one connection and does one job after the other, each in a transaction of its own.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use super::error::Abort;

/// Jobs that may wait for a thread; one who brings more waits, without holding up their own thread.
const QUEUE: usize = 256;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

enum Order {
    Do(Job),
    Stop(oneshot::Sender<Result<(), Abort>>),
}

/// The way to a thread. The thread ends when it's told to stop, or when the last way to it is gone and its queue is empty.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    orders: mpsc::Sender<Order>,
    path: Arc<Path>,
}

impl Worker {
    /// Starts a thread called `name` that works on the database at `path` through `connection`.
    pub(super) fn start(name: &str, path: Arc<Path>, connection: Connection) -> Result<Self, StoreError> {
        let (orders, queue) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(connection, queue))
            .map_err(|cause| StoreError::io(&path, cause))?;
        Ok(Self { orders, path })
    }

    /// Does `job`, which only reads, and sees one state of the database throughout.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Abort> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.transact(TransactionBehavior::Deferred, job).await
    }

    /// Does `job`, and commits to disk what it wrote, or leaves everything as it was. Once it waits in the queue it's done
    /// even if nobody waits for its result.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Abort> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.transact(TransactionBehavior::Immediate, job).await
    }

    async fn transact<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Abort> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, result) = oneshot::channel();
        let job = Box::new(move |connection: &mut Connection| {
            // Who asked may have gone; what was done stays done.
            let _ = reply.send(transact(connection, behavior, job));
        });
        self.orders.send(Order::Do(job)).await.map_err(|_| StoreError::Closed)?;
        result.await.map_err(|_| StoreError::Closed)?.map_err(|abort| abort.at(&self.path))
    }

    /// Does what is in the queue, moves the write-ahead log into the database where that's the thread's to do, and closes
    /// the connection. Nothing is left to do for one that has stopped.
    pub(super) async fn stop(&self) -> Result<(), StoreError> {
        let (reply, result) = oneshot::channel();
        if self.orders.send(Order::Stop(reply)).await.is_err() {
            return Ok(());
        }
        result.await.unwrap_or(Ok(())).map_err(|abort| abort.at(&self.path))
    }
}

fn work(mut connection: Connection, mut queue: mpsc::Receiver<Order>) {
    while let Some(order) = queue.blocking_recv() {
        match order {
            Order::Do(job) => job(&mut connection),
            Order::Stop(reply) => {
                let _ = reply.send(close(connection));
                return;
            }
        }
    }
}

fn transact<T>(
    connection: &mut Connection,
    behavior: TransactionBehavior,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, Abort>,
) -> Result<T, Abort> {
    let transaction = connection.transaction_with_behavior(behavior)?;
    let result = job(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

fn close(connection: Connection) -> Result<(), Abort> {
    if !connection.is_readonly("main")? {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    connection.close().map_err(|(_, cause)| cause.into())
}
