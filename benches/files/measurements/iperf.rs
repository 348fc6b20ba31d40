//! What iperf3 makes of the link between two hosts.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::stream::Outcome;
use crate::host::Host;
use crate::support::process::Process;

const SECONDS: u64 = 10;
const TRIES: usize = 50;

/// MB/s that arrive over one TCP connection.
pub fn measure(from: &Host, to: &Host) -> Outcome<f64> {
    let mut server = to.command_of("iperf3");
    server.args(["--server", "--one-off"]);
    // Ends with this.
    let _server = Process::start("iperf3", server);
    let mut client = from.command_of("iperf3");
    client.args(["--json", "--time", &SECONDS.to_string(), "--client", &to.address()]);
    // The server says nothing to a pipe when it's ready, so it's tried.
    for _ in 0..TRIES {
        let report = client.output()?.stdout;
        // A client that reaches nobody says so in its report; its exit code may be 0.
        let report: Value = serde_json::from_slice(&report).unwrap_or_default();
        if let Some(bits) = report.pointer("/end/sum_received/bits_per_second").and_then(Value::as_f64) {
            return Ok(bits / 8e6);
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("iperf3 doesn't reach its server".into())
}
