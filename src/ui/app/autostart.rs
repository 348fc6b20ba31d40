//! Whether vecino starts when the person signs in. What counts is what the desktop would do: it's read from where the desktop
//! reads it, each time.
//!
//! On Linux that is a file (<https://specifications.freedesktop.org/autostart-spec/latest/>). Windows and macOS have other
//! ways, which vecino doesn't know yet.

use std::fs;
use std::io::{self, Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use directories::BaseDirs;
use iced::Task;
use tempfile::NamedTempFile;

use super::{App, Message};
use crate::engine::Profile;
use crate::model::{FileReason, Reason};
use crate::ui::session;

const FILE: &str = "autostart/vecino.desktop";

impl App {
    /// Looks whether vecino is started; has it started or not before, if so wished.
    pub(super) fn autostart(&self, set: Option<bool>) -> Task<Message> {
        let Some(path) = file() else { return Task::none() };
        let profile = self.profile.clone();
        let seen = tokio::task::spawn_blocking(move || {
            match set {
                Some(true) => write(&path, &entry(&profile)?)?,
                Some(false) => remove(&path)?,
                None => {}
            }
            is_on(&path)
        });
        Task::perform(seen, |seen| {
            let seen = seen.map_err(Error::other).flatten().map_err(Reason::from);
            Message::Session(session::Message::AutostartSeen(seen))
        })
    }
}

/// Where the file is; `None` where the system has another way.
fn file() -> Option<PathBuf> {
    cfg!(target_os = "linux").then(BaseDirs::new).flatten().map(|dirs| dirs.config_dir().join(FILE))
}

/// Whether the desktop acts on the file.
fn is_on(path: &Path) -> io::Result<bool> {
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let says = |key: &str, value: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        lines.into_iter().any(|(name, said)| name.trim() == key && said.trim() == value)
    };
    // So people or settings of the desktop have turned it off.
    Ok(!says("Hidden", "true") && !says("X-GNOME-Autostart-enabled", "false"))
}

/// What the file says to start `profile`.
fn entry(profile: &Profile) -> io::Result<String> {
    let program = quoted(&std::env::current_exe()?)?;
    let data_dir = match profile.is_default() {
        true => String::new(),
        false => format!(" --data-dir {}", quoted(profile.dir())?),
    };
    Ok(format!(
        "[Desktop Entry]\nType=Application\nName=vecino\nExec={program} --hidden{data_dir}\nIcon=vecino\nTerminal=false\n"
    ))
}

/// A path as an argument in a line `Exec`
/// (<https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html>): quoted, and escaped once for
/// the quotes and once for the file.
fn quoted(path: &Path) -> io::Result<String> {
    let unnamed = || {
        Error::new(
            ErrorKind::InvalidInput,
            Reason::file(path.display().to_string(), FileReason::Unnameable).to_string(),
        )
    };
    let text = path.to_str().filter(|text| !text.contains(char::is_control)).ok_or_else(unnamed)?;
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str(r"\\\\"),
            '"' | '`' | '$' => quoted.extend(['\\', '\\', character]),
            '%' => quoted.push_str("%%"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    Ok(quoted)
}

/// Writes the file, as a whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        assert!(!is_on(&path).unwrap());
        write(&path, &entry(&Profile::at(dir.path())).unwrap()).unwrap();
        assert!(is_on(&path).unwrap());
        let text = fs::read_to_string(&path).unwrap();
        let exec = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
        let data_dir = format!(" --hidden --data-dir \"{}\"", dir.path().display());
        assert!(exec.starts_with('"') && exec.ends_with(&data_dir), "{exec}");

        for off in ["Hidden=true\n", "X-GNOME-Autostart-enabled=false\n"] {
            fs::write(&path, format!("{text}{off}")).unwrap();
            assert!(!is_on(&path).unwrap(), "{off}");
        }
        remove(&path).unwrap();
        assert!(!is_on(&path).unwrap());
        remove(&path).unwrap();
        fs::create_dir(&path).unwrap();
        is_on(&path).unwrap_err();
    }

    #[test]
    fn paths_are_named_whole() {
        let quoted = |path: &str| quoted(Path::new(path));
        assert_eq!(quoted("/opt/my apps/vecino").unwrap(), r#""/opt/my apps/vecino""#);
        assert_eq!(quoted(r#"/a"b$c`d\e%f"#).unwrap(), r#""/a\\"b\\$c\\`d\\\\e%%f""#);
        quoted("/a\nb").unwrap_err();
    }
}
