//! The table of layers, as data.

/// What a top-level module may use.
pub struct Layer {
    /// The module.
    pub name: &'static str,
    /// The modules of ours that it may use besides itself.
    pub modules: &'static [&'static str],
    /// The only crates that it may use, where it is plain data or a pure machine.
    pub crates: Option<&'static [&'static str]>,
}

/// Crates of plain data, and of texts.
const PLAIN: &[&str] = &[
    "blake3",
    "bs58",
    "cbor4ii",
    // In tests, with a seed.
    "fastrand",
    "jiff",
    "proptest",
    "serde",
    "serde_bytes",
    "serde_json",
    "thiserror",
    "unicode_normalization",
    "unicode_security",
    "unicode_segmentation",
    "unicode_width",
    "uuid",
];

/// Every top-level module.
pub const LAYERS: &[Layer] = &[
    Layer { name: "model", modules: &[], crates: Some(PLAIN) },
    Layer { name: "protocol", modules: &["model"], crates: Some(PLAIN) },
    Layer { name: "store", modules: &["model"], crates: None },
    Layer { name: "net", modules: &["model", "protocol"], crates: None },
    Layer { name: "engine", modules: &["model", "protocol", "net", "store"], crates: None },
    Layer { name: "relay", modules: &["model", "protocol", "net", "store"], crates: None },
    Layer { name: "control", modules: &["model", "engine"], crates: None },
    Layer { name: "ui", modules: &["model", "engine"], crates: None },
    // The command line picks a face and speaks to a running node.
    Layer { name: "cli", modules: &["model", "engine", "control", "relay", "ui"], crates: None },
    Layer { name: "main", modules: &["cli"], crates: None },
    Layer { name: "lib", modules: &[], crates: None },
];

/// What a plain layer doesn't touch, though the standard library has it.
pub const CLOCKS_AND_FILES: &[&str] = &[
    "fastrand::Rng::new",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Crates that stop at some layers, with those.
pub const CRATES: &[(&str, &[&str])] = &[
    ("anyhow", &["cli", "main"]),
    ("arboard", &["ui"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("fluent_bundle", &["ui"]),
    ("futures_rustls", &["net"]),
    ("http_body_util", &["relay"]),
    ("hyper", &["relay"]),
    ("hyper_util", &["relay"]),
    ("iced", &["ui"]),
    ("iced_test", &["ui"]),
    ("if_addrs", &["net"]),
    ("if_watch", &["net"]),
    ("image", &["ui"]),
    ("indicatif", &["cli"]),
    ("interprocess", &["control"]),
    ("libp2p", &["net", "relay"]),
    ("libp2p_tls", &["net"]),
    ("linkify", &["ui"]),
    ("yamux", &["net"]),
    ("ksni", &["ui"]),
    ("lucide_icons", &["ui"]),
    ("mdns_sd", &["net"]),
    ("open", &["ui"]),
    ("prometheus_client", &["relay"]),
    ("prost", &["relay"]),
    ("rfd", &["ui"]),
    ("rusqlite", &["store"]),
    ("rusqlite_migration", &["store"]),
    ("rustls", &["net"]),
    ("sd_notify", &["relay"]),
    ("strsim", &["relay"]),
    ("sys_locale", &["ui"]),
    ("unic_langid", &["ui"]),
    ("url", &["ui"]),
    ("zbus", &["ui"]),
];
