//! What Ctrl+V brings. Words are written at once, as ever. Where the clipboard has none, or what may be the names of copied
//! files, it's looked there for files and pictures, which takes its time.

use std::sync::Arc;

/// How far a paste has come.
#[derive(Debug, Default)]
pub(super) enum Paste {
    /// There's none.
    #[default]
    Idle,
    /// Its words come next, if there are any.
    Begun,
    /// They came, and were written.
    Written,
    /// They came, and may stand for files.
    Held(Arc<String>),
}

impl Paste {
    /// Takes note of words that are to be pasted. Returns whether they aren't to be written yet.
    pub(super) fn holds_back(&mut self, words: &Arc<String>) -> bool {
        match self {
            // What an X server's clipboard gives where it has no words.
            Self::Begun if words.is_empty() => return true,
            Self::Begun if may_name_files(words) => *self = Self::Held(Arc::clone(words)),
            Self::Begun => *self = Self::Written,
            Self::Idle | Self::Written | Self::Held(_) => {}
        }
        matches!(self, Self::Held(_))
    }

    /// Whether something else is to be looked for, and the words that are pasted where there's nothing.
    pub(super) fn sought(self) -> Option<Option<Arc<String>>> {
        match self {
            Self::Begun => Some(None),
            Self::Held(words) => Some(Some(words)),
            Self::Idle | Self::Written => None,
        }
    }
}

/// Whether a file manager may have put these words beside the files that it copied. That of macOS puts their bare names.
fn may_name_files(words: &str) -> bool {
    let names_file = |line: &str| {
        let drive = line.get(1..3).is_some_and(|after| matches!(after, ":\\" | ":/"));
        line.is_empty() || line.starts_with('/') || line.starts_with("file:") || drive
    };
    cfg!(target_os = "macos") || words.lines().all(|line| names_file(line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn words_are_written_at_once_unless_they_may_stand_for_files() {
        for (words, held) in [
            ("hola", false),
            ("see /etc/hosts", false),
            ("/etc/hosts\nand more", false),
            ("https://example.org", false),
            ("/home/ana/año nuevo.pdf\n/home/ana/b", true),
            ("file:///home/ana/b.pdf\r\n", true),
            ("C:\\Users\\ana\\b.pdf", true),
            (" \n", true),
        ] {
            let mut paste = Paste::Begun;
            assert_eq!(paste.holds_back(&Arc::new(words.to_owned())), held, "{words:?}");
            assert_eq!(paste.sought(), held.then(|| Some(Arc::new(words.to_owned()))));
        }
        assert_eq!(Paste::Begun.sought(), Some(None), "there are none");
        let mut empty = Paste::Begun;
        assert!(empty.holds_back(&Arc::default()));
        assert_eq!(empty.sought(), Some(None), "nor are these any");
        let (mut idle, words) = (Paste::Idle, Arc::new("/home/ana/b.pdf".to_owned()));
        assert!(!idle.holds_back(&words), "an emoji, or a middle click");
        assert_eq!(idle.sought(), None);
    }
}
