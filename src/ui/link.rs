//! Links in what somebody wrote: where they stand, and where each really leads. What a link says of itself is a stranger's
//! word, so it's given as the program that opens it will read it: in ASCII, where no letter looks like another.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use url::Url;

use crate::model::{Invite, InviteError};

/// The longest that counts as one: nobody reads more before they press "Open".
const MAX_BYTES: usize = 2_048;

/// More in one text are words: where each is has to be known at every look.
const MAX_LINKS: usize = 100;

const INVITE: &str = "vecino:";
const MAIL: &str = "mailto:";

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Out of vecino.
    Outside(Outside),
    /// To somebody, or to a relay: an invite.
    Invite(String),
}

/// What another program opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// A page.
    Page {
        /// All of it.
        address: String,
        /// Whose it is.
        host: String,
    },
    /// A letter to this address; what else a link would put into the letter is left out.
    Mail(String),
}

impl Outside {
    /// What the program is given.
    pub fn address(&self) -> String {
        match self {
            Self::Page { address, .. } => address.clone(),
            Self::Mail(address) => format!("{MAIL}{address}"),
        }
    }
}

/// The links in a text, in its order, each with the bytes it takes up there.
pub fn links(text: &str) -> Vec<(Range<usize>, Target)> {
    if !text.contains(':') {
        return Vec::new();
    }
    let mut links = Vec::new();
    for found in LinkFinder::new().kinds(&[LinkKind::Url, LinkKind::Email]).links(text).take(MAX_LINKS) {
        let (start, end) = (found.start(), found.end());
        match found.kind() {
            LinkKind::Url => links.extend(page(found.as_str()).map(|page| (start..end, Target::Outside(page)))),
            LinkKind::Email => {
                let mail = mail(found.as_str()).zip(scheme_before(text, start));
                links.extend(mail.map(|(mail, start)| (start..end, Target::Outside(mail))));
            }
            _ => {}
        }
    }
    let invites = invites(text).filter(|(place, _)| links.iter().all(|(other, _)| !overlap(place, other)));
    let invites: Vec<_> = invites.take(MAX_LINKS).collect();
    links.extend(invites);
    links.sort_by_key(|(place, _)| place.start);
    links
}

fn page(text: &str) -> Option<Outside> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.to_owned();
    let address = String::from(url);
    (address.len() <= MAX_BYTES).then_some(Outside::Page { address, host })
}

/// Of what may stand in an address only that which no program takes for more.
fn mail(text: &str) -> Option<Outside> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '@');
    (text.len() <= MAX_BYTES && text.chars().all(is_plain)).then(|| Outside::Mail(text.to_owned()))
}

/// Where `mailto:` begins, if it stands before the address at `end`.
fn scheme_before(text: &str, end: usize) -> Option<usize> {
    let start = end.checked_sub(MAIL.len())?;
    let is_one = text.get(start..end)?.eq_ignore_ascii_case(MAIL);
    (is_one && begins_word(text, start)).then_some(start)
}

fn begins_word(text: &str, start: usize) -> bool {
    text.get(..start).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
}

fn invites(text: &str) -> impl Iterator<Item = (Range<usize>, Target)> {
    let lower = text.to_ascii_lowercase();
    let starts: Vec<usize> = lower.match_indices(INVITE).map(|(start, _)| start).collect();
    starts.into_iter().filter(|start| begins_word(text, *start)).filter_map(|start| {
        let rest = text.get(start..)?;
        let (_, after) = rest.split_at_checked(INVITE.len())?;
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(after.len());
        let link = rest.get(..INVITE.len() + length)?;
        let is_one = !matches!(link.parse::<Invite>(), Err(InviteError::Damaged));
        is_one.then(|| (start..start + link.len(), Target::Invite(link.to_owned())))
    })
}

const fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InvitedRelay;
    use crate::ui::sample::LUIS;

    #[test]
    fn of_thousands_of_links_some_are_links() {
        assert_eq!(links(&"http://a.example\n".repeat(4_000)).len(), MAX_LINKS);
    }

    /// What of a text is a link, and what a program would be given.
    fn found(text: &str) -> Vec<(&str, String)> {
        let given = |target| match target {
            Target::Outside(outside) => outside.address(),
            Target::Invite(link) => link,
        };
        links(text).into_iter().map(|(place, target)| (&text[place], given(target))).collect()
    }

    #[test]
    fn links_are_found_in_a_text_and_lead_where_they_say() {
        for (text, link, address) in [
            ("see https://example.org/a?b=c#d.", "https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
            ("(http://example.org)", "http://example.org", "http://example.org/"),
            ("¡HTTPS://Example.ORG/Ñ!", "HTTPS://Example.ORG/Ñ", "https://example.org/%C3%91"),
            ("http://192.168.1.20:8080/x, yes", "http://192.168.1.20:8080/x", "http://192.168.1.20:8080/x"),
            ("http://printer/", "http://printer/", "http://printer/"),
            ("👍https://example.org\nmore", "https://example.org", "https://example.org/"),
            ("write to mailto:ana.b+c@example.org, please", "mailto:ana.b+c@example.org", "mailto:ana.b+c@example.org"),
        ] {
            assert_eq!(found(text), [(link, address.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_looks_like_another_host_shows_as_what_it_is() {
        for (text, host) in [
            ("https://аpple.com/", "xn--pple-43d.com"),
            ("https://bank.com@evil.example/", "evil.example"),
            ("https://exämple.org", "xn--exmple-cua.org"),
        ] {
            let links = links(text);
            let [(_, Target::Outside(Outside::Page { host: shown, address }))] = links.as_slice() else {
                panic!("{text}: {links:?}")
            };
            assert_eq!(shown, host);
            assert!(address.is_ascii() && address.contains(host), "{address}");
        }
    }

    #[test]
    fn other_schemes_and_bare_names_are_no_links() {
        let long = format!("https://example.org/{}", "x".repeat(MAX_BYTES));
        for text in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "smb://example.org/share",
            "ms-msdt:/id",
            "example.org",
            "www.example.org",
            "ana@example.org",
            "at 10:30: ana@example.org",
            "mailto:ana%0aBcc:luis@example.org",
            "mailto:añá@example.org",
            "xmailto:ana@example.org",
            "https://",
            "vecino:",
            "vecino:damaged",
            &long,
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_link_puts_nothing_into_a_letter() {
        let text = "mailto:ana@example.org?attach=/etc/passwd";
        assert_eq!(found(text), [("mailto:ana@example.org", "mailto:ana@example.org".to_owned())]);
    }

    #[test]
    fn invites_are_links_and_several_stand_in_order() {
        let relay = InvitedRelay { peer: LUIS, addresses: vec!["10.0.0.1:48237".parse().unwrap()], token: None };
        let invite = Invite::of_relay(relay).to_string();
        let text = format!("here: {invite}, or https://example.org/{invite} or mailto:ana@example.org");
        let page = format!("https://example.org/{invite}");
        assert_eq!(
            found(&text),
            [
                (invite.as_str(), invite.clone()),
                (page.as_str(), page.clone()),
                ("mailto:ana@example.org", "mailto:ana@example.org".to_owned()),
            ]
        );
        assert_eq!(found(&format!("x{invite}")), []);
    }
}
