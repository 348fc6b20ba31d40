//! The status page: what a person wants to know of a relay, on one page without scripts. Nothing on it names a member.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::config::Access;
use super::{Limits, Metrics, Refusal};
use crate::model::{Nickname, PeerId};

/// How often a browser asks for the page again, in seconds.
const REFRESH_SECONDS: u32 = 10;

/// A relay as it introduces itself.
#[derive(Debug, Clone)]
pub struct About {
    /// Its identity.
    pub peer_id: PeerId,
    /// What it's called.
    pub nickname: Nickname,
    /// Multiaddrs at which it can be reached.
    pub addresses: Vec<String>,
    /// Who may use it.
    pub access: Access,
    /// How much it gives.
    pub limits: Limits,
}

/// The page at `now`. `health` says why it isn't at work, if it isn't.
pub(super) fn page(about: &About, health: Result<(), &str>, metrics: &Metrics, now: SystemTime) -> String {
    let Limits { members, circuits, .. } = &about.limits;
    let up = now.duration_since(metrics.started()).unwrap_or_default();
    let state = health.map_or_else(|why| why.to_owned(), |()| "at work".to_owned());
    let relay = [
        ("State", state),
        ("Up for", duration(up)),
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Peer id", about.peer_id.to_string()),
        ("Addresses", about.addresses.join("\n")),
        ("Open to", access(&about.access)),
    ];
    let figures = [
        ("Members", format!("{} of {members}", metrics.members.get())),
        ("Circuits", format!("{} of {circuits}", metrics.circuits.get())),
        ("Reservations", metrics.reservations.get().to_string()),
        ("Connections", metrics.connections.get().to_string()),
        ("Entries of the roster", metrics.roster_entries.get().to_string()),
        ("Circuits since the start", metrics.circuits_opened.get().to_string()),
        ("Carried since the start", bytes(metrics.carried_in_all())),
        ("Routing, half of it within", latency(metrics.routing.quantile(0.5))),
        ("Routing, 99 % of it within", latency(metrics.routing.quantile(0.99))),
    ];
    let refusals = Refusal::ALL.map(|cause| (cause.word(), metrics.refused(cause)));
    let refusals =
        refusals.into_iter().filter(|(_, count)| *count > 0).map(|(cause, count)| (cause, count.to_string()));
    let title = escaped(about.nickname.as_str());
    let mut page = head(&title);
    let _ = write!(page, "<h1>{title}</h1>");
    for (heading, rows) in
        [("The relay", relay.to_vec()), ("Now", figures.to_vec()), ("Refused since the start", refusals.collect())]
    {
        table(&mut page, heading, &rows);
    }
    page.push_str("<p>For programs: <a href=\"/metrics\">metrics</a>, <a href=\"/health\">health</a>.</p>\n");
    page
}

fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta http-equiv=\"refresh\" content=\"{REFRESH_SECONDS}\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}: vecino relay</title>\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse;width:100%}}th,td{{text-align:left;padding:.2rem 0;vertical-align:top}}\
         th{{font-weight:normal;width:40%}}td{{overflow-wrap:anywhere;white-space:pre-line}}h2{{font-size:1.1rem}}\
         </style>\n"
    )
}

/// Nothing where there are no rows.
fn table(page: &mut String, heading: &str, rows: &[(&str, String)]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "<h2>{heading}</h2><table>");
    for (name, value) in rows {
        let _ = writeln!(page, "<tr><th>{name}</th><td>{}</td></tr>", escaped(value));
    }
    page.push_str("</table>\n");
}

/// `text` as it has to be written between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn access(access: &Access) -> String {
    match access {
        Access::Local => "everybody on a local network".to_owned(),
        Access::Open => "everybody".to_owned(),
        Access::List(allowed) => format!("{} peers on a list", allowed.len()),
        Access::Token(_) => "whoever has a token".to_owned(),
    }
}

fn latency(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| format!("{} ms", time.as_secs_f64() * 1_000.0))
}

fn bytes(bytes: u64) -> String {
    let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let unit = units.into_iter().find(|(_, size)| bytes >= *size);
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, size)| format!("{:.1} {unit}", bytes as f64 / size as f64))
}

fn duration(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::relay::metrics::Direction;

    pub(in crate::relay) fn about(nickname: &str) -> About {
        About {
            peer_id: PeerId::from_public_key([7; 32]),
            nickname: Nickname::new(nickname).unwrap(),
            addresses: vec!["/ip4/10.0.0.1/tcp/48237".to_owned()],
            access: Access::Local,
            limits: Limits::default(),
        }
    }

    fn shown(about: &About, metrics: &Metrics) -> String {
        page(about, Ok(()), metrics, metrics.started() + Duration::from_secs(3 * 3_600 + 65))
    }

    #[test]
    fn a_person_can_read_how_it_goes() {
        let metrics = Metrics::new();
        metrics.members.set(812);
        metrics.carried(Direction::ToCalled).inc_by(1_234_567_890);
        metrics.refuse(Refusal::Full);
        metrics.routing.observe(Duration::from_micros(200));
        let about = about("library");
        let page = shown(&about, &metrics);
        for words in [
            "<h1>library</h1>",
            "at work",
            "812 of 4096",
            "1.2 GB",
            "3 h 1 min",
            "0.25 ms",
            "<th>full</th><td>1</td>",
            "/ip4/10.0.0.1/tcp/48237",
            "everybody on a local network",
            &about.peer_id.to_string(),
        ] {
            assert!(page.contains(words), "no “{words}” in\n{page}");
        }
        assert!(!page.contains("too_often"), "what wasn't refused takes no room");
    }

    #[test]
    fn a_relay_that_is_not_at_work_says_why() {
        let metrics = Metrics::new();
        let page = page(&about("library"), Err("stopping"), &metrics, metrics.started());
        assert!(page.contains("<td>stopping</td>") && !page.contains("at work"), "{page}");
    }

    #[test]
    fn a_nickname_is_text_and_nothing_else() {
        let page = shown(&about("<script>&\"'"), &Metrics::new());
        assert!(page.contains("<h1>&lt;script&gt;&amp;&quot;&#39;</h1>"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }

    #[test]
    fn figures_are_short() {
        let read: Vec<String> = [0, 999, 1_000, 1_550_000, 7_000_000_000_000].map(bytes).to_vec();
        assert_eq!(read, ["0 bytes", "999 bytes", "1.0 kB", "1.6 MB", "7.0 TB"]);
        let read: Vec<String> = [59, 3_600, 90_061].map(Duration::from_secs).map(duration).to_vec();
        assert_eq!(read, ["0 min", "1 h 0 min", "1 d 1 h"]);
    }
}
