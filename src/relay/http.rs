//! What a relay tells over HTTP: `/metrics` for Prometheus, `/health` for supervisors, `/` for people. It's read alone,
//! names no member, and listens on loopback unless it's told otherwise. Nobody can hold it up or fill it: few connections
//! at a time, each short.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::debug;

use super::status::page;
use super::{About, Health, Metrics};

/// The format of [`Metrics::render`].
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a browser may do with a page: show it in its own style, and load nothing.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What one is told who comes when as many are served as there may be.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How long to rest when no connection can be accepted, which is for want of something that takes time to come back.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// What all clients together may use up.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Connections at a time.
    connections: usize,
    /// Until a request's head is there.
    head_time: Duration,
    /// From a connection's beginning to its end.
    whole_time: Duration,
    /// Bytes of a request's head, and of what is buffered of a connection.
    buffer: usize,
}

const BOUNDS: Bounds = Bounds {
    connections: 16,
    head_time: Duration::from_secs(5),
    whole_time: Duration::from_secs(15),
    buffer: 16 * 1024,
};

/// What there is to tell.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The relay, as it is now.
    pub about: watch::Receiver<About>,
    /// Whether it's at work.
    pub health: Health,
    /// What it counts.
    pub metrics: Metrics,
}

impl Pages {
    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only to be read\n");
            return with(refused, header::ALLOW, "GET, HEAD");
        }
        match request.uri().path() {
            "/" => self.status(),
            "/health" => match self.health.check(Instant::now()) {
                Ok(()) => plain(StatusCode::OK, "at work\n"),
                Err(why) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            },
            "/metrics" => match self.metrics.render() {
                Ok(text) => with(plain(StatusCode::OK, text), header::CONTENT_TYPE, METRICS_TYPE),
                Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the metrics can't be written\n"),
            },
            _ => plain(StatusCode::NOT_FOUND, "there are /, /health and /metrics\n"),
        }
    }

    fn status(&self) -> Response<Full<Bytes>> {
        let health = self.health.check(Instant::now());
        let page = page(&self.about.borrow(), health, &self.metrics, SystemTime::now());
        let response = with(plain(StatusCode::OK, page), header::CONTENT_TYPE, "text/html; charset=utf-8");
        with(response, header::CONTENT_SECURITY_POLICY, PAGE_POLICY)
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let response = with(response, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    let response = with(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    with(response, header::CACHE_CONTROL, "no-store")
}

fn with(mut response: Response<Full<Bytes>>, name: HeaderName, value: &'static str) -> Response<Full<Bytes>> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

/// Listens at `address`, where metrics and pages are to be served.
///
/// # Errors
///
/// Somebody else listens there, or it's none of this computer's.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves `pages` to whoever connects to `listener`, until `end`. Then it drops who is being served.
pub async fn serve(listener: TcpListener, pages: Pages, end: impl Future<Output = ()>) {
    serve_within(BOUNDS, listener, pages, end).await;
}

async fn serve_within(bounds: Bounds, listener: TcpListener, pages: Pages, end: impl Future<Output = ()>) {
    let pages = Arc::new(pages);
    let mut served = JoinSet::new();
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => return,
            Some(_) = served.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((client, _)) if served.len() < bounds.connections => {
                served.spawn(converse(client, Arc::clone(&pages), bounds));
            }
            Ok((client, _)) => turn_away(client),
            Err(cause) => {
                debug!(%cause, "nobody can be accepted over HTTP");
                sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// Tells a client that it's one too many. Whoever doesn't wait for it may miss it.
fn turn_away(client: TcpStream) {
    // It doesn't block: the socket's buffer is empty, so this much is taken at once, or the client is gone.
    let _ = client.into_std().and_then(|mut client| client.write(BUSY));
}

/// Answers one request.
async fn converse(client: TcpStream, pages: Arc<Pages>, bounds: Bounds) {
    let answer = service_fn(|request: Request<Incoming>| {
        let answer = pages.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_time)
        .max_buf_size(bounds.buffer)
        .keep_alive(false)
        .serve_connection(TokioIo::new(client), answer);
    // Whoever breaks off, sends nonsense or takes too long has had their chance.
    let _ = timeout(bounds.whole_time, connection).await;
}

#[cfg(test)]
mod tests;
