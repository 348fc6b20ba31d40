//! scp and rsync between two hosts, over an OpenSSH server of the bench's own with keys of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::scale::alone;
use super::stream::Outcome;
use crate::host::Host;
use crate::support::process::Process;

const PORT: u16 = 2222;
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A server at one host, and how to reach it from the other.
pub struct Ssh<'a> {
    client: &'a Host,
    address: String,
    settings: PathBuf,
    has_rsync: bool,
    // Ends with this.
    _server: Process,
}

impl<'a> Ssh<'a> {
    /// Starts the server. `None` where it isn't wanted, or where there can't be one, which is said.
    pub fn start([client, server]: &'a [Host; 2]) -> Outcome<Option<Self>> {
        if alone() {
            return Ok(None);
        }
        for (tool, package) in [("sshd", "openssh-server"), ("ssh", "openssh-client"), ("scp", "openssh-client")] {
            if !is_there(tool, package) {
                return Ok(None);
            }
        }
        let folder = Path::new("/run/vecino/ssh");
        let address = server.address();
        make_keys(folder)?;
        write_settings(folder, &address)?;
        // It insists on this folder, and on being called by its full path.
        fs::create_dir_all("/run/sshd")?;
        let mut command = server.command_of(find("sshd").ok_or("no sshd")?);
        command.args(["-D", "-e", "-f"]).arg(folder.join("sshd_config"));
        let settings = folder.join("ssh_config");
        let has_rsync = is_there("rsync", "rsync");
        let ssh = Self { client, address, settings, has_rsync, _server: Process::start("sshd", command) };
        if ssh.answers()? {
            return Ok(Some(ssh));
        }
        println!("LEFT OUT: scp and rsync: sshd doesn't let its own user in here:\n{}", ssh._server.stderr());
        Ok(None)
    }

    fn answers(&self) -> Outcome<bool> {
        let start = Instant::now();
        while start.elapsed() < READY_WITHIN {
            let tried = self.command("ssh").arg(&self.address).arg("true").stderr(Stdio::null()).status()?;
            if tried.success() {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(false)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.client.command_of(program);
        command.env_remove("SSH_AUTH_SOCK").arg("-F").arg(&self.settings);
        command
    }

    /// How long `scp -r` takes to copy what is at `from` into the folder `to`.
    pub fn scp(&self, from: &Path, to: &Path) -> Outcome<Duration> {
        let mut command = self.command("scp");
        command.args(["-q", "-r"]).arg(from).arg(self.place(to)?);
        timed(command)
    }

    /// How long `rsync -a` takes to copy what is at `from` into the folder `to`; `None` where there's no rsync.
    pub fn rsync(&self, from: &Path, to: &Path) -> Outcome<Option<Duration>> {
        if !self.has_rsync {
            return Ok(None);
        }
        let mut command = self.client.command_of("rsync");
        command.arg("-a").arg("-e").arg(format!("ssh -F {}", self.settings.display()));
        command.env_remove("SSH_AUTH_SOCK").arg(from).arg(self.place(to)?);
        timed(command).map(Some)
    }

    /// The folder as a place at the server's host.
    fn place(&self, folder: &Path) -> Outcome<String> {
        fs::create_dir_all(folder)?;
        Ok(format!("{}:{}/", self.address, folder.display()))
    }
}

fn timed(mut command: Command) -> Outcome<Duration> {
    let start = Instant::now();
    let ended = command.status()?;
    let took = start.elapsed();
    if ended.success() { Ok(took) } else { Err(format!("{command:?} failed").into()) }
}

fn make_keys(folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    for key in ["host", "user"] {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.join(key));
        timed(command)?;
    }
    Ok(())
}

fn write_settings(folder: &Path, address: &str) -> Outcome<()> {
    let at = folder.display();
    let server = format!(
        "Port {PORT}
         ListenAddress {address}
         HostKey {at}/host
         AuthorizedKeysFile {at}/user.pub
         PidFile none
         StrictModes no
         UsePAM no
         PasswordAuthentication no
         PermitRootLogin prohibit-password
         Subsystem sftp internal-sftp
        "
    );
    let client = format!(
        "Port {PORT}
         IdentityFile {at}/user
         IdentitiesOnly yes
         BatchMode yes
         StrictHostKeyChecking no
         UserKnownHostsFile /dev/null
         LogLevel ERROR
        "
    );
    fs::write(folder.join("sshd_config"), server)?;
    Ok(fs::write(folder.join("ssh_config"), client)?)
}

/// Whether `tool` is installed. Where it isn't, what can't be measured without it is named with its Debian package.
pub fn is_there(tool: &str, package: &str) -> bool {
    let found = find(tool).is_some();
    if !found {
        println!("LEFT OUT: what is measured by {tool}, which is missing; install {package}");
    }
    found
}

/// The full path of `tool`. Servers are often where only root looks.
fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(tool)).find(|path| path.exists())
}
