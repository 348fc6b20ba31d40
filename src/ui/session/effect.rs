//! What a session wants done in the world.

use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::Id;
use iced::window;

use crate::model::{Draft, Made, PeerId, Presence, Settings, Text, TransferId};
use crate::ui::focus::Way;
use crate::ui::history::Page;
use crate::ui::pictures::Job;
use crate::ui::search::Query;

/// One thing to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the engine.
    Ask(Request),
    /// Look for files on the clipboard, and where it has no words for a picture; say what there is.
    SeekPaste(PeerId, Option<Arc<String>>),
    /// Have it chosen where to save the conversation with this peer, who is called so.
    ChooseExport(PeerId, String),
    /// Save it there.
    Export(PeerId, String, PathBuf),
    /// Have files chosen to offer to this peer.
    ChooseFiles(PeerId),
    /// Have folders chosen to offer to this peer.
    ChooseFolders(PeerId),
    /// Have a folder chosen for what this peer offers.
    ChooseTarget(PeerId, TransferId),
    /// Have a folder chosen for what is received.
    ChooseFolder,
    /// Show everything as it's set.
    Show(Box<Settings>),
    /// Look whether the desktop starts vecino when the person signs in.
    SeeAutostart,
    /// Have it do so, or no longer.
    SetAutostart(bool),
    /// Look which network interfaces there are.
    SeeInterfaces,
    /// Have the desktop tell of what came from this peer.
    Notify(PeerId),
    /// Say when it's time to keep what is being written.
    AwaitDrafts,
    /// Say when the files that were dropped together will all have come.
    AwaitDrops,
    /// Say when something offered to this peer takes long to look through.
    AwaitLook(PeerId),
    /// Decode a picture.
    Decode(Job),
    /// Open a file or folder with the program for it.
    OpenPath(PathBuf),
    /// Open an address with the program for it. The person has read it.
    OpenLink(String),
    /// Put text on the clipboard.
    Copy(String),
    /// Put the cursor into a field.
    Focus(Id),
    /// To the next thing in a window that the keyboard reaches, or another way; within what is called so, if that's set.
    Step(window::Id, Option<Id>, Way),
    /// Scroll what is called so in a window by so many times what is in view.
    Scroll(window::Id, Id, f32),
    /// Open a window for a conversation.
    OpenWindow(PeerId),
    /// Open the main window anew, with this conversation.
    OpenMain(Option<PeerId>),
    /// Bring a window to the front.
    Raise(window::Id),
    /// Close a window.
    CloseWindow(window::Id),
    /// Say goodbye and end.
    Quit,
}

/// What the engine is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Keep and send a message.
    Send(PeerId, Text),
    /// Load messages of a conversation.
    LoadPage(Page),
    /// Find messages for a window, or for the sidebar.
    Search(Option<window::Id>, Query),
    /// Load everything else.
    Reload,
    /// The conversation has been seen.
    MarkRead(PeerId),
    /// The person writes to this peer, or no longer.
    Typing(PeerId, bool),
    /// Keep what is being written to these peers; with `None` nothing is.
    KeepDrafts(Vec<(PeerId, Option<Draft>)>),
    /// Offer files and folders, with these words.
    Share(PeerId, Vec<PathBuf>, Option<Text>),
    /// Offer a file that lies nowhere yet, with these words.
    ShareMade(PeerId, Made, Option<Text>),
    /// Hold a transfer with this peer up.
    Pause(PeerId, TransferId),
    /// Go on with it, or try it again.
    Resume(PeerId, TransferId),
    /// End it.
    Cancel(PeerId, TransferId),
    /// Take what this peer offers, into a folder or the one set.
    Accept(PeerId, TransferId, Option<PathBuf>),
    /// Refuse what this peer offers.
    Decline(PeerId, TransferId),
    /// Look for somebody at an address.
    Add(String),
    /// Add whom a link leads to.
    AddLink(String),
    /// Use this relay no longer.
    ForgetRelay(PeerId),
    /// Make an invite for others.
    Invite,
    /// Show oneself so.
    SetPresence(Presence),
    /// Set things so.
    ChangeSettings(Box<Settings>),
}

impl From<Request> for Effect {
    fn from(request: Request) -> Self {
        Self::Ask(request)
    }
}
