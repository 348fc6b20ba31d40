//! What a person does in a conversation, and what its owner has to do then.

use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::{Id, text_editor};

use super::{Choice, Row, emoji, find, link};
use crate::model::{MessageId, PeerId, Text, TransferId};
use crate::ui::history::Page;
use crate::ui::search::Query;
use crate::ui::transfer::{Press, Wish};
use crate::ui::widget::Seen;

/// What the person did.
#[derive(Debug, Clone)]
pub enum Message {
    /// Wrote.
    Edited(text_editor::Action),
    /// Pressed Ctrl+V: the words that the clipboard has come next.
    PasteBegan,
    /// They have come, or there are none.
    PasteEnded,
    /// Pressed Enter or Send.
    Submitted,
    /// Wants the menu of the header, or no longer.
    MenuPressed,
    /// Wants to be at this entry of it.
    MenuStepped(usize),
    /// Wants nothing of it.
    MenuLeft,
    /// Chose this there.
    MenuChosen(Choice),
    /// Wants to offer something, or no longer.
    AttachPressed,
    /// Files.
    FilesPressed,
    /// Folders.
    FoldersPressed,
    /// Nothing after all.
    AttachLeft,
    /// Wants an emoji, or no longer.
    EmojiPressed,
    /// In the picker of emoji.
    Emoji(emoji::Message),
    /// Scrolled, or what is in view changed.
    Moved(Seen<Row>),
    /// In the bar that finds words.
    Find(find::Message),
    /// Wants to see the latest.
    JumpPressed,
    /// Pressed something on a file's card.
    FilePressed(TransferId, Press),
    /// Sees where the picture that a transfer brought belongs.
    PictureSeen(TransferId, PathBuf),
    /// Wants to see it large.
    PicturePressed(TransferId),
    /// Something with a link in a message.
    Link(link::Message),
    /// Wants the text of a message.
    CopyPressed(MessageId),
    /// Wants a window of its own for this.
    PopOutPressed,
    /// Wants back to the list.
    BackPressed,
    /// Wants to see what the notice is about.
    NoticePressed,
    /// Has read the notice.
    NoticeDismissed,
}

impl Message {
    /// Whether it may change what is being written.
    pub const fn may_write(&self) -> bool {
        matches!(self, Self::Edited(text_editor::Action::Edit(_)) | Self::Emoji(_))
    }

    /// Whether it answers the question about a link, after which one goes on writing.
    pub const fn answers_link(&self) -> bool {
        matches!(self, Self::Link(link::Message::Accepted | link::Message::Copied | link::Message::Declined))
    }
}

/// What the owner has to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Send this.
    Send(PeerId, Text),
    /// Look for files or a picture on the clipboard, and offer them; else these words are pasted.
    SeekPaste(PeerId, Option<Arc<String>>),
    /// Have files chosen, and offer them.
    ChooseFiles(PeerId),
    /// Have folders chosen, and offer them.
    ChooseFolders(PeerId),
    /// Have it chosen where to save the conversation, and do so.
    ChooseExport(PeerId),
    /// Show this folder.
    OpenFolder(PathBuf),
    /// Put the cursor into this field, or the keyboard to this entry.
    Focus(Id),
    /// Load a page of what was said.
    Load(Page),
    /// Look for words here.
    Search(Query),
    /// Do this with a transfer.
    Fulfil(PeerId, TransferId, Wish),
    /// Have the picture that a transfer brought decoded.
    SeePicture(TransferId, PathBuf),
    /// Fill the window with it.
    Enlarge(TransferId),
    /// Open this with the program for it.
    OpenLink(String),
    /// Ask about this invite.
    AskInvite(String),
    /// Put this on the clipboard.
    Copy(String),
    /// Show the conversation in a window of its own.
    PopOut(PeerId),
    /// Leave the conversation.
    Back,
}
