//! Writes a conversation into a file, page by page, beside the window. Until all of it is there, the file is another's: a
//! temporary one beside it, readable by its owner alone.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::engine::{Error, Handle, HistoryQuery};
use crate::model::{Message, PeerId, Span, Transcript};

/// Messages held at a time.
const PAGE: u32 = 200;

/// Saves the conversation with `peer` at `path`, in place of what is there. Returns the path.
pub(super) async fn save(
    handle: Handle,
    peer: PeerId,
    path: PathBuf,
    transcript: Transcript,
) -> Result<PathBuf, Error> {
    let refused = |cause: io::Error| Error::File { path: path.clone(), cause: cause.into() };
    let target = path.clone();
    let mut sheet = blocking(move || Sheet::begin(&target, transcript, peer)).await?.map_err(refused)?;
    let mut span = Span::Earliest;
    loop {
        let query = HistoryQuery { peer: Some(peer), search: None, span, limit: PAGE };
        let page = handle.history(query).await?;
        let (last, count) = (page.last().map(|message| message.id), page.len());
        sheet = blocking(move || sheet.add(&page)).await?.map_err(refused)?;
        match last {
            Some(id) if count == PAGE as usize => span = Span::After(id),
            _ => break,
        }
    }
    let target = path.clone();
    blocking(move || sheet.end(&target)).await?.map_err(refused)?;
    Ok(path)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)
}

/// What is written so far. Dropped before its end, nothing of it stays.
struct Sheet {
    file: NamedTempFile,
    transcript: Transcript,
}

impl Sheet {
    fn begin(path: &Path, transcript: Transcript, peer: PeerId) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".vecino-").tempfile_in(folder)?;
        file.write_all(transcript.head(peer).as_bytes())?;
        Ok(Self { file, transcript })
    }

    fn add(mut self, page: &[Message]) -> io::Result<Self> {
        for message in page {
            self.file.write_all(self.transcript.message(message)?.as_bytes())?;
        }
        Ok(self)
    }

    fn end(mut self, path: &Path) -> io::Result<()> {
        self.file.write_all(self.transcript.tail().as_bytes())?;
        self.file.as_file().sync_all()?;
        self.file.persist(path).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::fake::{Fake, message, peer};
    use crate::model::{Form, MessageState, Path as Way};
    use crate::ui::locale::Language;
    use crate::ui::sample::locale;

    fn transcript(form: Form) -> Transcript {
        locale(Language::English).transcript(form, "luis")
    }

    /// Luis and Melani are known; with Luis three pages were said and some.
    fn node() -> (Handle, crate::engine::fake::Teller, PeerId) {
        let mut fake = Fake::new(vec![peer(1, "luis", Way::Direct), peer(2, "melani", Way::None)]);
        let (luis, melani) = (fake.peers[0].id, fake.peers[1].id);
        let of = |number| if number % 10 == 9 { melani } else { luis };
        let said = |number| message(number, of(number), &format!("number {number}"), MessageState::Read);
        fake.messages = (0..u64::from(PAGE) * 4).map(said).collect();
        let (handle, teller) = fake.start();
        (handle, teller, luis)
    }

    #[tokio::test]
    async fn all_of_a_conversation_is_saved_and_nothing_else() {
        let (handle, _teller, luis) = node();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("luis.jsonl");
        fs::write(&path, "what was there").unwrap();
        let saved = save(handle.clone(), luis, path.clone(), transcript(Form::of(&path))).await;
        assert_eq!(saved, Ok(path.clone()));
        let texts: Vec<String> = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
            .collect();
        let expected = (0..PAGE * 4).filter(|number| number % 10 != 9).map(|number| format!("number {number}"));
        assert_eq!(texts, expected.collect::<Vec<_>>());

        let path = folder.path().join("luis.txt");
        save(handle, luis, path.clone(), transcript(Form::of(&path))).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&format!("Conversation with luis\n{luis}\n\n2025-11-22\n\n")), "{text}");
        assert!(text.ends_with(" Me\n    number 798\n"), "{text}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[tokio::test]
    async fn where_it_cannot_be_saved_nothing_stays() {
        let (handle, teller, luis) = node();
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("gone").join("luis.txt");
        let saved = save(handle.clone(), luis, nowhere.clone(), transcript(Form::Text)).await;
        assert!(matches!(saved, Err(Error::File { path, .. }) if path == nowhere));
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        let saved = save(handle.clone(), luis, taken, transcript(Form::Text)).await;
        assert!(matches!(saved, Err(Error::File { .. })), "{saved:?}");
        handle.shutdown().await.unwrap();
        drop(teller);
        let path = folder.path().join("luis.txt");
        assert_eq!(save(handle, luis, path, transcript(Form::Text)).await, Err(Error::Stopped));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
