//! What goes on, told on standard error as it happens.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::relay::config::LogFormat;

/// What strangers can have libp2p and yamux complain of as often as they like, and what wgpu misses of drivers that it gets on
/// without. Where something comes of it, it's told here.
const QUIET: &str = "libp2p_request_response=error,libp2p_swarm=error,libp2p_connection_limits=error,\
                     libp2p_relay=error,yamux=off,wgpu_hal=error";

/// Tells warnings alone, or where it's `verbose` what goes on; `RUST_LOG` rules where it's set.
pub fn start(verbose: bool) {
    begin(LogFormat::Text, verbose, &format!("warn,{QUIET}"));
}

/// The same for a service, whose log is what there is to see of it: what goes on is told in any case.
pub fn start_service(format: LogFormat, verbose: bool) {
    begin(format, verbose, &format!("warn,vecino=info,{QUIET}"));
}

fn begin(format: LogFormat, verbose: bool, usual: &str) {
    let usual = if verbose { "info,vecino=debug" } else { usual };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    subscriber(format, filter, io::stderr().is_terminal(), io::stderr).init();
}

fn subscriber<W>(format: LogFormat, filter: EnvFilter, colours: bool, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    match format {
        LogFormat::Text => Box::new(builder.with_ansi(colours).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_current_span(false).finish()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    /// What is logged in this format of the same two events.
    fn logged(format: LogFormat) -> String {
        let log = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&log);
        let writer = move || Shared(Arc::clone(&shared));
        let subscriber = subscriber(format, EnvFilter::new("info"), false, writer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(members = 3, "a \"quoted\"\nmessage");
            tracing::debug!("not told");
        });
        String::from_utf8(log.lock().unwrap().clone()).unwrap()
    }

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_person_reads_lines() {
        let log = logged(LogFormat::Text);
        assert!(log.contains("INFO") && log.contains("members=3") && !log.contains("not told"), "{log}");
    }

    #[test]
    fn a_program_reads_an_object_a_line() {
        let log = logged(LogFormat::Json);
        assert_eq!(log.lines().count(), 1, "{log}");
        let event: Value = serde_json::from_str(&log).unwrap();
        assert_eq!((&event["level"], &event["members"]), (&"INFO".into(), &3.into()));
        assert_eq!(event["message"], "a \"quoted\"\nmessage");
        assert!(event["timestamp"].is_string() && event["target"].is_string(), "{event}");
    }
}
