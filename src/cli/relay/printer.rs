//! Standard output of a relay. When nobody reads it any more the relay goes on.

use std::io::{self, IsTerminal as _};

use tokio::io::{AsyncWriteExt, stdout};
use tokio::sync::mpsc;
use tracing::debug;

use crate::cli::text::printable;
use crate::relay::{INVITE_FILE, Report, Standing, reachable};

/// Prints what happens, as sentences or as JSON.
pub(super) struct Printer {
    json: bool,
    /// Whether a person looks on. What goes into a service's journal names nobody.
    watched: bool,
}

impl Printer {
    /// To standard output.
    pub(super) fn new(json: bool) -> Self {
        Self { json, watched: io::stdout().is_terminal() }
    }

    /// Prints to standard output until there's nothing more to come, or nobody to read it.
    pub(super) async fn print_all(self, mut reports: mpsc::Receiver<Report>) {
        let mut out = stdout();
        while let Some(report) = reports.recv().await {
            let Some(line) = self.line(&report) else { continue };
            let written = async {
                out.write_all(format!("{line}\n").as_bytes()).await?;
                out.flush().await
            };
            if let Err(error) = written.await {
                return debug!(%error, "standard output is gone; the relay goes on without");
            }
        }
    }

    fn line(&self, report: &Report) -> Option<String> {
        if self.json {
            serde_json::to_string(report).inspect_err(|error| debug!(%error, "not to be written as JSON")).ok()
        } else {
            sentence(report).filter(|_| self.watched || !matches!(report, Report::Member { .. }))
        }
    }
}

/// In words for a person. `None`: the log, which people see beside it, says the same.
fn sentence(report: &Report) -> Option<String> {
    match report {
        Report::Ready { nickname, listen, http, .. } => {
            let mut lines =
                vec![format!("The relay “{}” is at work. People use it with one of:", printable(nickname.as_str()))];
            lines.extend(reachable(listen).into_iter().map(|address| format!("  vecino add {address}")));
            lines.push(format!(
                "or with the link in the file “{INVITE_FILE}” of its folder, which has the token if one is asked for"
            ));
            lines.extend(http.map(|http| format!("How it does: http://{http}/")));
            Some(lines.join("\n"))
        }
        Report::Member { peer_id, nickname, state } => {
            let who = nickname.as_ref().map(|nickname| printable(nickname.as_str()));
            let who = who.unwrap_or_else(|| peer_id.to_string());
            Some(format!("{who} {}", if *state == Standing::Here { "is here" } else { "is gone" }))
        }
        Report::Refused { .. } | Report::Reloaded | Report::Stopping | Report::Warning { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nickname, PeerId};

    #[test]
    fn the_first_words_say_how_to_use_it() {
        let peer_id = PeerId::from_public_key([1; 32]);
        let nickname = Nickname::new("library").unwrap();
        let at = format!("/ip4/10.0.0.1/tcp/48237/p2p/{peer_id}");
        let listen = vec![at.clone()];
        let ready = Report::Ready { peer_id, nickname, listen, http: Some(([127, 0, 0, 1], 48_238).into()) };
        let said = Printer { json: false, watched: false }.line(&ready).unwrap();
        for words in ["“library”", &format!("vecino add {at}"), "http://127.0.0.1:48238/"] {
            assert!(said.contains(words), "{said}");
        }
        let json: serde_json::Value =
            serde_json::from_str(&Printer { json: true, watched: false }.line(&ready).unwrap()).unwrap();
        assert_eq!((&json["event"], &json["http"]), (&"ready".into(), &"127.0.0.1:48238".into()));
    }

    #[test]
    fn who_comes_and_goes_is_said_and_what_the_log_says_is_not() {
        let peer_id = PeerId::from_public_key([1; 32]);
        let here = Report::Member { peer_id, nickname: Nickname::new("ana").ok(), state: Standing::Here };
        let gone = Report::Member { peer_id, nickname: None, state: Standing::Gone };
        let printer = Printer { json: false, watched: true };
        assert_eq!(printer.line(&here).as_deref(), Some("ana is here"));
        assert_eq!(printer.line(&gone), Some(format!("{peer_id} is gone")));
        assert_eq!(printer.line(&Report::Stopping), None);
        assert_eq!(Printer { json: false, watched: false }.line(&here), None, "a journal names nobody");
    }
}
