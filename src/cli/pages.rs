//! Messages, page by page.

use super::{Failure, Session};
use crate::control::{MAX_HISTORY_PAGE, MessageRecord, Request};

/// Messages asked for at once: the longest still make an answer of bearable size.
const PAGE: u32 = 200;
const _: () = assert!(PAGE <= MAX_HISTORY_PAGE, "a page is what one answer holds");

/// Which messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Of the conversation with this peer; of all without it.
    pub peer: Option<String>,
    /// Holding these words.
    pub search: Option<String>,
    /// The latest so many; all without it.
    pub limit: Option<u32>,
}

/// The messages that are wanted, oldest first.
pub(super) async fn messages(session: &Session, wanted: &Wanted) -> Result<Vec<MessageRecord>, Failure> {
    let mut left = wanted.limit.unwrap_or(u32::MAX);
    let mut pages: Vec<Vec<MessageRecord>> = Vec::new();
    while left > 0 {
        let limit = left.min(PAGE);
        let before = pages.last().and_then(|page| page.first()).map(|oldest| oldest.id);
        let request = Request::History { peer: wanted.peer.clone(), search: wanted.search.clone(), before, limit };
        let page: Vec<MessageRecord> = session.ask(request).await?;
        let count = u32::try_from(page.len()).unwrap_or(u32::MAX);
        left = left.saturating_sub(count);
        pages.push(page);
        if count < limit {
            break;
        }
    }
    Ok(pages.into_iter().rev().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{Fake, message, peer};
    use crate::model::{MessageState, Path};

    #[tokio::test]
    async fn pages_join_without_gap_or_overlap() {
        let mut fake = Fake::new(vec![peer(1, "luis", Path::Direct), peer(2, "melani", Path::None)]);
        let (luis, melani) = (fake.peers[0].id, fake.peers[1].id);
        let all = u64::from(2 * PAGE);
        fake.messages = (0..all).map(|n| message(n, luis, &n.to_string(), MessageState::Read)).collect();
        fake.messages.push(message(all, melani, "hola", MessageState::Queued));
        let (handle, _teller) = fake.start();
        let session = Session::of(handle);
        for (limit, count) in
            [(Some(0), 0), (Some(3), 3), (Some(PAGE), PAGE), (Some(PAGE + 1), PAGE + 1), (None, 2 * PAGE)]
        {
            let wanted = Wanted { peer: Some("luis".to_owned()), limit, ..Wanted::default() };
            let texts: Vec<String> =
                messages(&session, &wanted).await.unwrap().into_iter().map(|message| message.text).collect();
            let expected: Vec<String> = (all - u64::from(count)..all).map(|n| n.to_string()).collect();
            assert_eq!(texts, expected);
        }
        assert_eq!(messages(&session, &Wanted::default()).await.unwrap().len(), all as usize + 1);
    }
}
