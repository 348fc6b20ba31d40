//! What may be the matter with a file that is offered or received.

use super::plain::worded;

worded! {
    /// What is the matter with a file, in words that follow its name.
    FileReason {
        /// At its receiver's: it became another while it came.
        ChangedMeanwhile = "was changed while it was being sent",
        /// At its receiver's: its sender can't give it.
        UnreadableThere = "can't be read by its sender",
        /// At its receiver's: something is in its way.
        NoPlace = "can't be made here: its name or that of its folder is taken or too long",
        /// At its sender's: it's no longer what was offered.
        Changed = "was changed after it was offered; offer it again",
        /// At its sender's: it can't be given.
        UnreadableHere = "can't be read; offer it again",
        /// A symbolic link or junction.
        Link = "is a link",
        /// A device, socket, pipe.
        Special = "is neither a file nor a folder",
        /// A name that has no bytes to send. Only Windows has such names.
        NameNotText = "has a name that isn't text",
        /// Longer than an entry may be.
        NameTooLong = "has too long a name",
        /// Others than this user may open a folder that should be theirs alone.
        Exposed = "must be a folder that only you can open: remove it, or set its owner and mode (chmod 700)",
        /// A path that can't stand in a file of the desktop.
        Unnameable = "can't be named there",
        /// The root of a file system, which has no name to offer it by.
        Nameless = "has no name; pick the folders in it instead",
    }
}
