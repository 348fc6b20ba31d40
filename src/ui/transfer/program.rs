//! Which files are programs.

use crate::model::split_extension;

/// Whether opening a file of this name may run it: a stranger's program isn't one press away.
pub(super) fn is_program(name: &str) -> bool {
    let (_, extension) = split_extension(name);
    matches!(
        extension.to_lowercase().as_str(),
        "appimage"
            | "apk"
            | "app"
            | "application"
            | "bat"
            | "chm"
            | "cmd"
            | "com"
            | "command"
            | "cpl"
            | "deb"
            | "desktop"
            | "dmg"
            | "exe"
            | "flatpakref"
            | "gadget"
            | "hta"
            | "htm"
            | "html"
            | "inf"
            | "ins"
            | "iso"
            | "jar"
            | "js"
            | "jse"
            | "lnk"
            | "msc"
            | "msi"
            | "msp"
            | "pif"
            | "pkg"
            | "ps1"
            | "py"
            | "reg"
            | "rpm"
            | "run"
            | "scf"
            | "scr"
            | "sct"
            | "sh"
            | "svg"
            | "url"
            | "vb"
            | "vbe"
            | "vbs"
            | "ws"
            | "wsc"
            | "wsf"
            | "wsh"
            | "xhtml"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_by_its_name() {
        for name in ["setup.EXE", "photo.jpg.lnk", "run.sh", "a.desktop"] {
            assert!(is_program(name), "{name}");
        }
        for name in ["photo.jpg", "exe", "a.pdf", "archive.tar.gz"] {
            assert!(!is_program(name), "{name}");
        }
    }
}
