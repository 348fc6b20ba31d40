//! The network interfaces of a computer, as a person chooses among them.

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// As the system calls it.
    pub name: String,
    /// At which others could reach this computer.
    pub addresses: Vec<String>,
    /// Whether it leads to programs, virtual machines or containers on this computer alone.
    pub technical: bool,
}
