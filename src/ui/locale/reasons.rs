//! Why something failed, waits or isn't taken, in the person's language.

use fluent_bundle::FluentValue;

use super::Locale;
use crate::model::{Fault, FileReason, Plain, Reason, Refusal};
use crate::ui::text::one_line;

impl Locale {
    /// Why, as a part of a sentence. Words of others stay in their language.
    pub fn reason(&self, reason: &Reason) -> String {
        match reason {
            Reason::Plain(plain) => self.tr(plain_key(*plain)),
            Reason::Its(why) => self.tr(file_key(*why)),
            Reason::Unreadable(cause) => self.because("its-unreadable", cause),
            Reason::TooDeep(most) => self.tr_with("its-too-deep", [("most", *most)]),
            Reason::File { name, why } => {
                self.tr_with("why-file", [("name", one_line(name)), ("why", self.reason(why))])
            }
            Reason::Several { lost, files, first } => {
                let values = [("lost", (*lost).into()), ("files", (*files).into())];
                let first = ("first", FluentValue::from(self.reason(first)));
                self.tr_with("why-several", values.into_iter().chain([first]))
            }
            Reason::Unwritable(cause) => self.because("why-unwritable", cause),
            // There's no path to be said.
            Reason::At { cause, .. } if **cause == Reason::Plain(Plain::NoDownloads) => self.reason(cause),
            Reason::At { place, cause } => {
                self.tr_with("error-file", [("path", one_line(place)), ("cause", self.reason(cause))])
            }
            Reason::NoRoom { needed, free } => {
                self.tr_with("why-no-room", [("needed", self.size(*needed)), ("free", self.size(*free))])
            }
            Reason::NoRoomFor(name) => self.tr_with("why-no-room-for", [("name", one_line(name))]),
            Reason::TooLarge { name, most } => {
                let values = [("name", one_line(name)), ("most", self.size(most.saturating_mul(1 << 20)))];
                self.tr_with("why-too-large", values)
            }
            Reason::OfferNotKept(cause) => self.because("why-offer-not-kept", cause),
            Reason::ListNotKept(cause) => self.because("why-list-not-kept", cause),
            Reason::TooManyEntries(most) => self.tr_with("why-too-many-entries", [("most", *most)]),
            Reason::TooManyItems(most) => self.tr_with("why-too-many-items", [("most", *most)]),
            Reason::Denied(cause) => self.tr_with("why-denied", [("cause", *cause)]),
            Reason::Refused(refusal) => self.refusal(*refusal),
            Reason::Silence(time) => self.tr_with("why-silence", [("count", time.as_secs_f64().round() as u64)]),
            Reason::SomebodyElse(peer) => self.tr_with("why-somebody-else", [("peer", peer.to_string())]),
            Reason::OtherPeer { peer, .. } => self.tr_with("why-somebody-else", [("peer", one_line(peer))]),
            Reason::RelayAway(cause) => self.because("why-relay-away", cause),
            Reason::MissingBeside(log) => self.tr_with("why-missing-beside", [("log", one_line(log))]),
            Reason::SchemaVersion(version) => self.tr_with("why-schema", [("version", version.to_string())]),
            Reason::KeyLength { expected, found } => {
                self.tr_with("why-key-length", [("expected", *expected), ("found", *found)])
            }
            Reason::NoRandomness(cause) => self.because("why-no-randomness", cause),
            Reason::System { fault, .. } => self.tr(fault_key(*fault)),
            Reason::Other(words) => one_line(words),
        }
    }

    fn because(&self, key: &str, cause: &Reason) -> String {
        self.tr_with(key, [("cause", self.reason(cause))])
    }

    fn refusal(&self, refusal: Refusal) -> String {
        match refusal {
            Refusal::Invalid => self.tr("refused-invalid"),
            Refusal::Blocked => self.tr("refused-blocked"),
            Refusal::OverBudget => self.tr("refused-over-budget"),
            Refusal::Other(cause) => self.tr_with("refused-other", [("cause", cause)]),
        }
    }
}

const fn plain_key(plain: Plain) -> &'static str {
    match plain {
        Plain::SenderCancelled => "why-sender-cancelled",
        Plain::OfferMisfit => "why-offer-misfit",
        Plain::OtherContent => "why-other-content",
        Plain::FalseSize => "why-false-size",
        Plain::Damaged => "why-damaged",
        Plain::TooManyLost => "why-too-many-lost",
        Plain::ListUnreadable => "why-list-unreadable",
        Plain::NoLongerOffered => "why-no-longer-offered",
        Plain::NotUnderstood => "why-not-understood",
        Plain::SomeGone => "why-some-gone",
        Plain::NotReceived => "why-not-received",
        Plain::OfferDamaged => "why-offer-damaged",
        Plain::NotAPlainFile => "why-not-a-plain-file",
        Plain::FoldersTooDeep => "why-folders-too-deep",
        Plain::NoDownloads => "why-no-downloads",
        Plain::Stopped => "why-stopped",
        Plain::Cancelled => "why-cancelled",
        Plain::CancelledLate => "why-cancelled-late",
        Plain::NothingToOffer => "why-nothing-to-offer",
        Plain::TooMuch => "why-too-much",
        Plain::StrayEntry => "why-stray-entry",
        Plain::TwinItems => "why-twin-items",
        Plain::OwnAddress => "why-own-address",
        Plain::NoAnswer => "why-no-answer",
        Plain::TimedOut => "why-timed-out",
        Plain::NoAddresses => "why-no-addresses",
        Plain::DialAborted => "why-dial-aborted",
        Plain::DialDenied => "why-dial-denied",
        Plain::NotAVecino => "why-not-a-vecino",
        Plain::TooManyWays => "why-too-many-ways",
        Plain::NotARelay => "why-not-a-relay",
        Plain::NotAtRelay => "why-not-at-relay",
        Plain::NotThroughRelay => "why-not-through-relay",
        Plain::RelayFull => "why-relay-full",
        Plain::RelayForbids => "why-relay-forbids",
        Plain::TellsTooMuch => "why-tells-too-much",
        Plain::PlacesDontLast => "why-places-dont-last",
        Plain::TooManyAddresses => "why-too-many-addresses",
        Plain::WrongList => "why-wrong-list",
        Plain::NoReason => "why-no-reason",
        Plain::RelayInvalid => "why-relay-invalid",
        Plain::RelayNotAllowed => "why-relay-not-allowed",
        Plain::RelayToken => "why-relay-token",
        Plain::RelayHasNoRoom => "why-relay-has-no-room",
        Plain::RelayCrowded => "why-relay-crowded",
        Plain::RelayTooQuick => "why-relay-too-quick",
        Plain::RelayLeaving => "why-relay-leaving",
        Plain::RelayOther => "why-relay-other",
        Plain::SaidInvalid => "said-invalid",
        Plain::SaidNotAllowed => "said-not-allowed",
        Plain::SaidLocalOnly => "said-local-only",
        Plain::SaidListOnly => "said-list-only",
        Plain::SaidWrongToken => "said-wrong-token",
        Plain::SaidAddressFull => "said-address-full",
        Plain::SaidTooOften => "said-too-often",
        Plain::SaidFlood => "said-flood",
        Plain::SaidConnections => "said-connections",
        Plain::SaidCircuits => "said-circuits",
        Plain::SaidUnannounced => "said-unannounced",
        Plain::SaidNoMember => "said-no-member",
        Plain::SaidGivenUp => "said-given-up",
        Plain::SaidLeaving => "said-leaving",
        Plain::NoAddress => "why-no-address",
        Plain::NotTcp => "why-not-tcp",
        Plain::HalfACircuit => "why-half-a-circuit",
        Plain::ForeignPeer => "why-foreign-peer",
        Plain::NamesNoRelay => "why-names-no-relay",
        Plain::LeadsThroughRelay => "why-leads-through-relay",
        Plain::InviteDamaged => "why-invite-damaged",
        Plain::InviteNewer => "why-invite-newer",
        Plain::PortTaken => "why-port-taken",
        Plain::NotListenable => "why-not-listenable",
        Plain::NoHome => "why-no-home",
        Plain::LongSettings => "why-long-settings",
        Plain::NotText => "why-not-text",
    }
}

const fn file_key(why: FileReason) -> &'static str {
    match why {
        FileReason::ChangedMeanwhile => "its-changed-meanwhile",
        FileReason::UnreadableThere => "its-unreadable-there",
        FileReason::NoPlace => "its-no-place",
        FileReason::Changed => "its-changed",
        FileReason::UnreadableHere => "its-unreadable-here",
        FileReason::Link => "its-link",
        FileReason::Special => "its-special",
        FileReason::NameNotText => "its-name-not-text",
        FileReason::NameTooLong => "its-name-too-long",
        FileReason::Exposed => "its-exposed",
        FileReason::Unnameable => "its-unnameable",
        FileReason::Nameless => "its-nameless",
    }
}

const fn fault_key(fault: Fault) -> &'static str {
    match fault {
        Fault::NotFound => "system-not-found",
        Fault::NoPermission => "system-no-permission",
        Fault::NoSpace => "system-no-space",
        Fault::ReadOnly => "system-read-only",
        Fault::Exists => "system-exists",
        Fault::NotAFolder => "system-not-a-folder",
        Fault::IsAFolder => "system-is-a-folder",
        Fault::BadName => "system-bad-name",
        Fault::FileTooLarge => "system-file-too-large",
        Fault::Busy => "system-busy",
        Fault::DamagedData => "system-damaged-data",
        Fault::Stale => "system-stale",
        Fault::NoMemory => "system-no-memory",
        Fault::Unsupported => "system-unsupported",
        Fault::Refused => "system-refused",
        Fault::Broken => "system-broken",
        Fault::HostUnreachable => "system-host-unreachable",
        Fault::NetworkUnreachable => "system-network-unreachable",
        Fault::NetworkDown => "system-network-down",
        Fault::AddressTaken => "system-address-taken",
        Fault::NotOurAddress => "system-not-our-address",
        Fault::TimedOut => "system-timed-out",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::locale;
    use super::super::{Language, Locale};
    use crate::model::{FileReason, Reason, sample_reasons};

    /// What stands in every language as it is: names, paths, ids, and words of others.
    fn is_the_same_everywhere(reason: &Reason) -> bool {
        matches!(reason, Reason::Other(_))
    }

    #[test]
    fn every_reason_is_said_in_every_language() {
        let (english, spanish) = (locale(Language::English), locale(Language::Spanish));
        for reason in sample_reasons() {
            let (en, es) = (english.reason(&reason), spanish.reason(&reason));
            for words in [&en, &es] {
                assert!(!words.is_empty() && !words.contains(['$', '{', '}']), "{reason:?}: {words}");
                assert!(!words.ends_with('.'), "it's put into sentences: {words}");
            }
            assert_eq!(en == es, is_the_same_everywhere(&reason), "{reason:?}: {en} / {es}");
            assert_eq!(es == reason.to_string(), is_the_same_everywhere(&reason), "{reason:?}: {es}");
        }
    }

    #[test]
    fn words_that_nobody_here_knows_stand_as_they_are() {
        let old = Reason::from("what an older\nvecino said");
        for language in Language::ALL {
            assert_eq!(locale(language).reason(&old), "what an older vecino said");
        }
    }

    #[test]
    fn a_name_in_it_is_made_safe() {
        let reason = Reason::file("a\n\u{202e}gpj.exe", FileReason::UnreadableThere);
        let said = |locale: &Locale| locale.reason(&reason);
        assert_eq!(said(&locale(Language::English)), "a gpj.exe can't be read by its sender");
        assert_eq!(said(&locale(Language::Spanish)), "a gpj.exe no lo puede leer quien lo envía");
    }
}
