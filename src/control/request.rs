//! What can be asked of a node, and the asking.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, MessageRecord, RequestError};
use crate::engine::{Handle, HistoryQuery};
use crate::model::{MessageId, MessageState, Nickname, PeerId, Text, TransferId, find_transfer};

/// Most messages in one answer to [`Request::History`]; more is asked for with `before`.
pub const MAX_HISTORY_PAGE: u32 = 1_000;

/// Longest time that a request may wait for something.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3_600);

/// One request. A `peer` is a nickname, `nickname#tag`, or a peer id or a prefix of one; a `transfer` an id or an end of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Oneself. Answer: [`Me`](crate::model::Me).
    Me,
    /// Everybody known. Answer: a list of [`Peer`](crate::model::Peer).
    Peers,
    /// Whom a name means. Answer: the [`Peer`](crate::model::Peer).
    FindPeer {
        /// The name.
        peer: String,
    },
    /// Write to somebody. Answer: the [`MessageRecord`], queued on disk.
    Send {
        /// To whom.
        peer: String,
        /// What.
        text: Text,
    },
    /// One message. Answer: the [`MessageRecord`], or null.
    Message {
        /// Its id.
        message: MessageId,
    },
    /// Wait until a sent message is in `state` or further, or has failed. Answer: the [`MessageRecord`].
    WaitMessage {
        /// Its id.
        message: MessageId,
        /// How far it should get.
        state: MessageState,
        /// How long to wait at most, in milliseconds.
        timeout_ms: u64,
    },
    /// The latest messages, oldest first. Answer: a list of [`MessageRecord`].
    History {
        /// Of the conversation with this peer; of all without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
        /// Holding these words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search: Option<String>,
        /// Before this message in shown order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<MessageId>,
        /// So many; at most [`MAX_HISTORY_PAGE`].
        #[serde(default = "default_limit")]
        limit: u32,
    },
    /// All that was received from somebody has been seen. Answer: null.
    MarkRead {
        /// From whom.
        peer: String,
    },
    /// One writes to somebody just now, or no longer. Answer: null.
    Typing {
        /// To whom.
        peer: String,
        /// Whether one does.
        typing: bool,
    },
    /// All transfers, the latest first. Answer: a list of [`Transfer`](crate::model::Transfer).
    Transfers,
    /// Offer files and folders. Answer: the [`Shared`](crate::model::Shared), once the offer is on disk.
    Share {
        /// To whom.
        peer: String,
        /// Which: absolute paths.
        paths: Vec<PathBuf>,
        /// With these words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<Text>,
    },
    /// Take what is offered. Answer: the [`Transfer`](crate::model::Transfer).
    Accept {
        /// Which.
        transfer: String,
        /// Into this folder (an absolute path) instead of the one set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<PathBuf>,
    },
    /// Refuse what is offered. Answer: the [`Transfer`](crate::model::Transfer).
    Decline {
        /// Which.
        transfer: String,
    },
    /// Hold a transfer up. Answer: the [`Transfer`](crate::model::Transfer).
    Pause {
        /// Which.
        transfer: String,
    },
    /// Go on with a transfer, or try it again. Answer: the [`Transfer`](crate::model::Transfer).
    Resume {
        /// Which.
        transfer: String,
    },
    /// End a transfer. Answer: the [`Transfer`](crate::model::Transfer).
    Cancel {
        /// Which.
        transfer: String,
    },
    /// Connect to an address and remember it. Answer: the [`Peer`](crate::model::Peer) who is there.
    Add {
        /// A multiaddr, `host:port`, or an invite.
        address: String,
        /// How long to try at most, in milliseconds.
        timeout_ms: u64,
    },
    /// Use a relay that was added no longer. Answer: null.
    ForgetRelay {
        /// Which.
        relay: PeerId,
    },
    /// How others can reach this node. Answer: the [`InviteLink`].
    Invite,
    /// Be called something else. Answer: [`Me`](crate::model::Me).
    SetNickname {
        /// What.
        nickname: Nickname,
    },
}

/// The answer to [`Request::Invite`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteLink {
    /// The link, for `vecino add` at somebody else's. Whoever has it can use the relays in it.
    pub invite: String,
}

fn default_limit() -> u32 {
    HistoryQuery::default().limit
}

impl Request {
    /// Whether it changes something. Such requests of one connection are carried out in the order in which they were
    /// written, each when the one before is done; others run beside them.
    pub(super) const fn changes(&self) -> bool {
        match self {
            Self::Send { .. }
            | Self::MarkRead { .. }
            | Self::Typing { .. }
            | Self::Share { .. }
            | Self::Accept { .. }
            | Self::Decline { .. }
            | Self::Pause { .. }
            | Self::Resume { .. }
            | Self::Cancel { .. }
            | Self::ForgetRelay { .. }
            | Self::SetNickname { .. } => true,
            Self::Me
            | Self::Peers
            | Self::FindPeer { .. }
            | Self::Message { .. }
            | Self::WaitMessage { .. }
            | Self::History { .. }
            | Self::Transfers
            | Self::Add { .. }
            | Self::Invite => false,
        }
    }
}

/// Asks the node behind `handle`; the answer is what [`Request`] says of each, as JSON.
pub async fn dispatch(handle: &Handle, request: Request) -> Result<Value, RequestError> {
    match request {
        Request::Me => json(handle.me().await?),
        Request::Peers => json(handle.peers().await?),
        Request::FindPeer { peer } => find_peer(handle, peer).await,
        Request::Send { peer, text } => {
            let peer = handle.find_peer(peer).await?;
            json(MessageRecord::from(&handle.send(peer, text).await?))
        }
        Request::Message { message } => {
            json(handle.message(message).await?.map(|message| MessageRecord::from(&message)))
        }
        Request::WaitMessage { message, state, timeout_ms } => {
            json(MessageRecord::from(&handle.wait_message(message, state, timeout(timeout_ms)).await?))
        }
        Request::History { peer, search, before, limit } => {
            let peer = match peer {
                Some(name) => Some(handle.find_peer(name).await?),
                None => None,
            };
            let query = HistoryQuery { peer, search, span: before.into(), limit: limit.min(MAX_HISTORY_PAGE) };
            history(handle, query).await
        }
        Request::MarkRead { peer } => {
            let peer = handle.find_peer(peer).await?;
            json(handle.mark_read(peer).await?)
        }
        Request::Typing { peer, typing } => {
            let peer = handle.find_peer(peer).await?;
            json(handle.typing(peer, typing).await?)
        }
        Request::Transfers => json(handle.transfers().await?),
        Request::Share { peer, paths, caption } => {
            let peer = handle.find_peer(peer).await?;
            json(handle.share(peer, paths, caption).await?)
        }
        Request::Accept { transfer, to } => {
            let transfer = transfer_id(handle, &transfer).await?;
            json(handle.accept(transfer, to).await?)
        }
        Request::Decline { transfer } => {
            let transfer = transfer_id(handle, &transfer).await?;
            json(handle.decline(transfer).await?)
        }
        Request::Pause { transfer } => json(handle.pause(transfer_id(handle, &transfer).await?).await?),
        Request::Resume { transfer } => json(handle.resume(transfer_id(handle, &transfer).await?).await?),
        Request::Cancel { transfer } => json(handle.cancel_transfer(transfer_id(handle, &transfer).await?).await?),
        Request::Add { address, timeout_ms } => json(handle.add(address, timeout(timeout_ms)).await?),
        Request::ForgetRelay { relay } => json(handle.forget_relay(relay).await?),
        Request::Invite => json(InviteLink { invite: handle.invite().await?.to_string() }),
        Request::SetNickname { nickname } => {
            handle.set_nickname(nickname).await?;
            json(handle.me().await?)
        }
    }
}

async fn find_peer(handle: &Handle, name: String) -> Result<Value, RequestError> {
    let id: PeerId = handle.find_peer(name).await?;
    let peer = handle.peers().await?.into_iter().find(|peer| peer.id == id);
    json(peer.ok_or(crate::engine::Error::UnknownPeer(id))?)
}

async fn history(handle: &Handle, query: HistoryQuery) -> Result<Value, RequestError> {
    let messages = handle.history(query).await?;
    json(messages.iter().map(MessageRecord::from).collect::<Vec<_>>())
}

async fn transfer_id(handle: &Handle, text: &str) -> Result<TransferId, RequestError> {
    let transfers = handle.transfers().await?;
    Ok(find_transfer(text, transfers.iter().map(|transfer| transfer.id))?)
}

fn timeout(millis: u64) -> Duration {
    Duration::from_millis(millis).min(MAX_TIMEOUT)
}

fn json(answer: impl Serialize) -> Result<Value, RequestError> {
    serde_json::to_value(answer).map_err(|error| RequestError::new(Kind::Failed, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_documented() {
        let read = |text: &str| serde_json::from_str::<Request>(text).map_err(|error| error.to_string());
        assert_eq!(
            read(r#"{"id":1,"op":"send","peer":"luis","text":"hola"}"#),
            Ok(Request::Send { peer: "luis".to_owned(), text: Text::new("hola").unwrap() })
        );
        assert_eq!(
            read(r#"{"id":1,"op":"history"}"#),
            Ok(Request::History { peer: None, search: None, before: None, limit: 100 })
        );
        assert_eq!(read(r#"{"op":"me","something":"new"}"#), Ok(Request::Me));
        for (text, says) in [
            (r#"{"op":"shutdown"}"#, "unknown variant `shutdown`"),
            (r#"{"op":"send","peer":"luis"}"#, "missing field `text`"),
            (r#"{"op":"send","peer":"luis","text":" "}"#, "the message is empty"),
            (r#"{"op":"set_nickname","nickname":"a\nb"}"#, "line breaks"),
            (r#"{"op":"wait_message","message":"x","state":"read","timeout_ms":1}"#, "UUID"),
        ] {
            assert!(read(text).is_err_and(|error| error.contains(says)), "{text}");
        }
    }

    #[test]
    fn a_wait_has_an_end() {
        assert_eq!(timeout(5), Duration::from_millis(5));
        assert_eq!(timeout(u64::MAX), MAX_TIMEOUT);
    }
}
