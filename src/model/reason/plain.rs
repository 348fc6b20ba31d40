//! Reasons that are always said in the same words.

/// An enum of variants that each have words of their own, a list of all of them, and what is said for each.
macro_rules! worded {
    ($(#[$about:meta])* $name:ident { $($(#[$said:meta])* $variant:ident = $words:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$said])* $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: [Self; [$($words),+].len()] = [$(Self::$variant),+];

            /// What is said, in English.
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.words())
            }
        }
    };
}

worded! {
    /// A reason that needs no more words than these. They're kept in databases: once they're otherwise, older ones are shown
    /// as they stand.
    Plain {
        /// A transfer: its sender doesn't offer it any more, and has said so.
        SenderCancelled = "the sender has cancelled it",
        /// The list of what is offered isn't of the size that was announced.
        OfferMisfit = "the sender offers something else than it had said",
        /// What comes isn't what was asked for.
        OtherContent = "the sender gave something else than it had offered",
        /// A file's piece isn't as long as the list has it.
        FalseSize = "the sender lied about the size of a file",
        /// Pieces don't have the hashes that come with them.
        Damaged = "what arrives is damaged, again and again",
        /// Hardly anything is left to be had.
        TooManyLost = "too many of the files can't be had any more",
        /// The list of what is offered doesn't decode.
        ListUnreadable = "the sender's list of what it offers can't be read",
        /// The sender knows nothing of it.
        NoLongerOffered = "the sender no longer offers it",
        /// The sender calls what was asked wrong.
        NotUnderstood = "the sender did not understand the request",
        /// Somebody else has removed a part that had its name already.
        SomeGone = "some of what had come is gone",
        /// Its receiver has given it up.
        NotReceived = "the other side could not receive it",
        /// What the sender had noted can't be read.
        OfferDamaged = "what was noted of the offer is damaged; offer it again",
        /// In the place of a part that has come is something else.
        NotAPlainFile = "not a plain file",
        /// What comes has more folders in one another than can be made.
        FoldersTooDeep = "folders too deep",
        /// Nobody said where received files go.
        NoDownloads = "this user has no such folder; say where received files go",
        /// The engine has stopped.
        Stopped = "this vecino has stopped",

        /// A message that was withdrawn.
        Cancelled = "cancelled",
        /// A message that was withdrawn too late.
        CancelledLate = "cancelled, but it had arrived already",

        /// Nothing was picked.
        NothingToOffer = "there is nothing to offer",
        /// More bytes than can be counted.
        TooMuch = "the files are too large together",
        /// A list of what is offered has an entry without its folder.
        StrayEntry = "an entry is in no folder of the offer",
        /// A list of what is offered has two of a name.
        TwinItems = "two items have the same name",

        /// An address is this node's own.
        OwnAddress = "that is this computer's own address",
        /// A dial ended without more being known.
        NoAnswer = "no answer",
        /// A connection wasn't made in the time that there is for it. libp2p's words.
        TimedOut = "Timeout has been reached",
        /// No address of whom to dial is known. libp2p's words, as the next two.
        NoAddresses = "Dial error: no addresses for peer.",
        /// A dial was ended from here.
        DialAborted = "Dial error: Pending connection attempt has been aborted.",
        /// A dial isn't allowed here.
        DialDenied = "Dial error",
        /// Another program is there.
        NotAVecino = "what answers there is not a vecino",
        /// No more relays can be given.
        TooManyWays = "there are too many ways through relays",
        /// A vecino is there that is no relay.
        NotARelay = "what answers there is no relay",
        /// Somebody behind a relay isn't its member now.
        NotAtRelay = "whom you look for isn't at that relay now",
        /// A relay can't connect to its member.
        NotThroughRelay = "the relay doesn't get through to whom you look for",
        /// A relay has no room.
        RelayFull = "the relay is full",
        /// A relay doesn't carry this.
        RelayForbids = "the relay doesn't allow it",

        /// A relay breaks a limit of what it may tell.
        TellsTooMuch = "it tells more than it should",
        /// A relay takes its promises back.
        PlacesDontLast = "the places that it gives don't last",
        /// A relay claims more addresses than are believed.
        TooManyAddresses = "it has too many addresses",
        /// A relay's list of members contradicts itself.
        WrongList = "its list of members is not right",

        /// A relay refuses without a word.
        NoReason = "it gives no reason",
        /// A relay doesn't understand what it's asked.
        RelayInvalid = "it doesn't understand this version",
        /// A relay is for others.
        RelayNotAllowed = "it isn't for you",
        /// A relay wants a token.
        RelayToken = "it needs an invitation",
        /// A relay has as many members as it may.
        RelayHasNoRoom = "it's full",
        /// A relay has as many members of one address as it may.
        RelayCrowded = "too many come from your address",
        /// A relay wants to be asked less often.
        RelayTooQuick = "it was asked too often",
        /// A relay is about to end.
        RelayLeaving = "it's going down",
        /// A relay refuses for a cause that isn't known here.
        RelayOther = "it doesn't take you",

        /// A relay's own words, as the next ones: what it was asked doesn't decode.
        SaidInvalid = "that can't be understood here",
        /// It's for others.
        SaidNotAllowed = "this relay isn't for you",
        /// It's for those near to it.
        SaidLocalOnly = "this relay is for people at private addresses",
        /// It has a list.
        SaidListOnly = "this relay has a list of who may use it",
        /// It wants a token.
        SaidWrongToken = "this relay wants a token that it knows",
        /// It has enough members of one address.
        SaidAddressFull = "too many members at your address",
        /// It wants to be asked less often.
        SaidTooOften = "too many requests",
        /// It looks at no more attempts to connect.
        SaidFlood = "too many attempts to connect",
        /// One member has too many connections.
        SaidConnections = "too many connections of one member",
        /// It carries no more.
        SaidCircuits = "too many circuits",
        /// Who asks hasn't said who they are.
        SaidUnannounced = "only members are told of the others",
        /// Who is called isn't there.
        SaidNoMember = "not a member here",
        /// It gave up.
        SaidGivenUp = "given up",
        /// It's about to end.
        SaidLeaving = "the relay is going down",

        /// A text can't be read as an address.
        NoAddress = "neither a multiaddr nor host:port",
        /// An address lacks a part.
        NotTcp = "it needs an IP address and a TCP port",
        /// A way through a relay lacks a part.
        HalfACircuit = "a way through a relay needs the relay's id and the peer's: …/p2p/RELAY/p2p-circuit/p2p/PEER",
        /// An address names somebody of another program.
        ForeignPeer = "the peer id in it is not one of vecino's",
        /// An invite leads to a person alone.
        NamesNoRelay = "this invite names no relay",
        /// A relay can't be behind another.
        LeadsThroughRelay = "it leads through one",
        /// An invite lacks a part.
        InviteDamaged = "the invite is damaged; copy all of it, from “vecino:” to its end",
        /// An invite is of a kind that isn't known here.
        InviteNewer = "the invite is of a newer vecino than this one",
        /// A port is in use.
        PortTaken = "another program listens there",
        /// It can't be listened at an address of such a kind.
        NotListenable = "it has to be an IP address and a TCP port, as /ip4/0.0.0.0/tcp/48237",

        /// The user has no home directory.
        NoHome = "this user has no home directory; name one for vecino with --data-dir",
        /// A settings' file is larger than one can be.
        LongSettings = "it's too long for settings",
        /// A settings' file holds no text.
        NotText = "it isn't UTF-8 text",
    }
}

pub(super) use worded;
