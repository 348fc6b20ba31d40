//! X11 and Wayland: which of them is there, whether it answers, and whether the libraries are there that winit opens
//! at run time.

use std::ffi::OsString;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::NoWindow;

/// What the environment says of displays.
#[derive(Debug, PartialEq, Eq)]
enum Display {
    /// The name of a Wayland socket; none where the socket was handed down open.
    Wayland(Option<OsString>),
    /// The name of an X11 display.
    X11(OsString),
}

/// Whether a window can be opened.
pub(in crate::cli) fn check() -> Result<(), NoWindow> {
    let display = display(|name| std::env::var_os(name)).ok_or(NoWindow::NoDisplay)?;
    let missing = missing(&display);
    if !missing.is_empty() {
        return Err(NoWindow::Libraries(missing));
    }
    let (name, answer) = match &display {
        Display::Wayland(None) => return Ok(()),
        Display::Wayland(Some(name)) => (name, reach_wayland(Path::new(name))),
        Display::X11(name) => (name, reach_x11(&name.to_string_lossy())),
    };
    let name = name.to_string_lossy().into_owned();
    answer.map_err(|cause| NoWindow::Unreachable { name, cause: cause.to_string() })
}

/// The display that a window would be opened on, chosen as winit does.
fn display(variable: impl Fn(&str) -> Option<OsString>) -> Option<Display> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let wayland = set("WAYLAND_DISPLAY").map(|name| Display::Wayland(Some(name)));
    let handed_down = || set("WAYLAND_SOCKET").map(|_| Display::Wayland(None));
    wayland.or_else(handed_down).or_else(|| set("DISPLAY").map(Display::X11))
}

/// The libraries that aren't there, by the names that they have and the Debian packages they come in.
fn missing(display: &Display) -> Vec<&'static str> {
    let keyboard = ("libxkbcommon (libxkbcommon0)", xkbcommon_dl::xkbcommon_option().is_some());
    let needed = match display {
        Display::Wayland(_) => {
            vec![keyboard, ("libwayland-client (libwayland-client0)", wayland_sys::client::is_lib_available())]
        }
        Display::X11(_) => vec![
            keyboard,
            ("libxkbcommon-x11 (libxkbcommon-x11-0)", xkbcommon_dl::x11::xkbcommon_x11_option().is_some()),
            ("libX11 (libx11-6)", x11_dl::xlib::Xlib::open().is_ok()),
            ("libX11-xcb (libx11-xcb1)", x11_dl::xlib_xcb::Xlib_xcb::open().is_ok()),
            ("libXcursor (libxcursor1)", x11_dl::xcursor::Xcursor::open().is_ok()),
            ("libXi (libxi6)", x11_dl::xinput2::XInput2::open().is_ok()),
        ],
    };
    needed.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

fn reach_wayland(name: &Path) -> io::Result<()> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
    UnixStream::connect(runtime.join(name)).map(drop)
}

/// Tries a display of this computer (`:0`); one of another (`host:0`) is left to the toolkit.
fn reach_x11(name: &str) -> io::Result<()> {
    let Some(number) = name.strip_prefix("unix").unwrap_or(name).strip_prefix(':') else { return Ok(()) };
    let number = number.split('.').next().unwrap_or(number);
    let path = format!("/tmp/.X11-unix/X{number}");
    UnixStream::connect(&path).or_else(|error| abstract_socket(&path).ok_or(error)).map(drop)
}

/// The socket of this name that has no file, which a container or a sandbox may reach alone.
#[cfg(target_os = "linux")]
fn abstract_socket(path: &str) -> Option<UnixStream> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;
    UnixStream::connect_addr(&SocketAddr::from_abstract_name(path).ok()?).ok()
}

/// Other systems have only those with a file.
#[cfg(not(target_os = "linux"))]
fn abstract_socket(_: &str) -> Option<UnixStream> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<Display> {
        display(|name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_display_is_the_one_that_the_toolkit_takes() {
        let (x11, wayland) = (("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0"));
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("DISPLAY", ""), ("WAYLAND_DISPLAY", "")]), None);
        assert_eq!(with(&[x11]), Some(Display::X11(":0".into())));
        assert_eq!(with(&[x11, wayland]), Some(Display::Wayland(Some("wayland-0".into()))));
        assert_eq!(with(&[x11, ("WAYLAND_SOCKET", "5")]), Some(Display::Wayland(None)));
    }

    #[test]
    fn a_display_that_nobody_serves_is_noticed() {
        assert!(reach_x11(":64999").is_err());
        assert!(reach_x11("unix:64999.0").is_err());
        assert!(reach_x11("elsewhere:0").is_ok());
    }
}
