//! Configurations as people write them: right, wrong, and in several places.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const ANA: &str = "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5";
const TOKEN: &str = "correct-horse-battery";

/// A folder with a `relay.toml` of this content, and what is given by naming it.
fn file(content: &str) -> (TempDir, Given) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("relay.toml");
    write(&path, content);
    (dir, Given { file: Some(path), ..Given::default() })
}

/// Writes a file that its owner alone may read.
fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn from_file(content: &str) -> Config {
    let (_dir, given) = file(content);
    Config::load(&given).unwrap_or_else(|error| panic!("{content}: {error}")).config
}

/// What is said of a file of this content, with its folder's name left out.
fn fault_in(content: &str) -> String {
    let (dir, given) = file(content);
    let error = Config::load(&given).map(drop).expect_err(content).to_string();
    error.replace(&format!("{}/", dir.path().display()), "")
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn flag(name: &str, key: &str, value: &str) -> Flag {
    Flag { name: name.to_owned(), key: key.to_owned(), value: value.to_owned() }
}

#[test]
fn nothing_said_means_the_defaults() {
    let Loaded { config, warnings } = Config::load(&Given::default()).unwrap();
    assert_eq!((config, warnings), (Config::default(), Vec::new()));
    assert_eq!(from_file(""), Config::default());
}

#[test]
fn everything_can_be_said_in_the_file() {
    let config = from_file(&format!(
        "listen = ['/ip4/10.0.0.1/tcp/1', '/ip6/::1/tcp/0']\nport = 5\ndata_dir = '/var/lib/x'\nnickname = 'biblioteca'\n\
         mdns = false\nadvertise = ['192.0.2.7:1', '[2001:db8::7]:2']\naccess = 'list'\nallow = ['{ANA}']\nmembers = 1_000\n\
         members_per_address = 7\ncircuits = 8\ncircuits_per_member = 9\ncircuit_rate = 10\ncircuit_burst = 0xb\n\
         announce_rate = 12\nconnect_rate = 13\nmember_rate = 10_000_000\ntotal_rate = 100_000_000\ncircuit_idle = 30\n\
         drain = 0\nhttp = '[::1]:9'\nlog = 'json'\n"
    ));
    let expected = Config {
        listen: vec!["/ip4/10.0.0.1/tcp/1".parse().unwrap(), "/ip6/::1/tcp/0".parse().unwrap()],
        port: 5,
        data_dir: Some("/var/lib/x".into()),
        nickname: Some(Nickname::new("biblioteca").unwrap()),
        mdns: false,
        advertise: vec!["192.0.2.7:1".parse().unwrap(), "[2001:db8::7]:2".parse().unwrap()],
        access: Access::List([ANA.parse().unwrap()].into()),
        limits: Limits {
            members: 1_000,
            members_per_address: 7,
            circuits: 8,
            circuits_per_member: 9,
            circuit_rate: 10,
            circuit_burst: 11,
            announce_rate: 12,
            connect_rate: 13,
            member_rate: 10_000_000,
            total_rate: 100_000_000,
            circuit_idle: Duration::from_secs(30),
        },
        http: Some("[::1]:9".parse().unwrap()),
        log: LogFormat::Json,
        drain: Duration::ZERO,
    };
    assert_eq!(config, expected);
}

#[test]
fn what_is_wrong_is_said_with_file_line_and_cause() {
    for (content, fault) in [
        ("\nmembrs = 5", "relay.toml:2: membrs: the relay has no such setting; is it “members”?"),
        ("port = 1\n[limits]\nmembers = 5", "relay.toml:2: limits: the relay has no such setting"),
        ("[limits]\nmembers = 5", "relay.toml:1: limits: the relay has no such setting"),
        ("http.port = 5", "relay.toml:1: http: it has to be a text in quotes"),
        ("port = 1\nport = 2", "relay.toml:2: duplicate key"),
        ("port = = 1", "relay.toml:1: "),
        ("port = 1\nnickname = 'a", "relay.toml:2: "),
        ("members = 0", "relay.toml:1: members: it has to be a whole number from 1 to 100000"),
        ("members = -1", "relay.toml:1: members: it has to be a whole number"),
        ("members = 1.5", "relay.toml:1: members: it has to be a whole number"),
        ("members = 'many'", "relay.toml:1: members: it has to be a whole number"),
        ("port = 65536", "relay.toml:1: port: it has to be a whole number from 0 to 65535"),
        ("# a\n# b\ncircuit_idle = 7", "relay.toml:3: circuit_idle: it has to be a whole number from 15 to"),
        ("member_rate = 1_000", "relay.toml:1: member_rate: it has to be at least 65536 bytes a second, or 0"),
        ("mdns = 'yes'", "relay.toml:1: mdns: it has to be true or false"),
        ("nickname = 5", "relay.toml:1: nickname: it has to be a text in quotes"),
        ("nickname = ''", "relay.toml:1: nickname: a nickname needs at least one visible character"),
        ("data_dir = ''", "relay.toml:1: data_dir: it has to be a path"),
        ("listen = '/ip4/1.2.3.4/tcp/1'", "relay.toml:1: listen: it has to be a list of texts in quotes"),
        (
            "listen = [\n'/ip4/1.2.3.4/tcp/1',\n'1.2.3.4:1']",
            "relay.toml:3: listen: it has to be an IP address and a TCP",
        ),
        ("listen = ['/ip4/1.2.3.4/udp/1']", "relay.toml:1: listen: it has to be an IP address and a TCP port"),
        ("advertise = ['0.0.0.0:1']", "relay.toml:1: advertise: it has to be an IP address and a port"),
        ("http = 'no'", "relay.toml:1: http: it has to be an IP address and a port, as “127.0.0.1:48238”, or “off”"),
        ("log = 'xml'", "relay.toml:1: log: it has to be one of: text, json"),
        ("access = 'all'", "relay.toml:1: access: it has to be one of: local, open, list, token"),
        ("access = 'list'\nallow = [\n'ana']", "relay.toml:3: allow: “ana” is not a peer id"),
        ("# closed\naccess = 'list'", "relay.toml:2: access: nobody could use the relay: “allow” names no peer"),
        ("access = 'token'", "relay.toml:1: access: nobody could use the relay: neither “tokens” nor"),
        ("access = 'token'\ntokens = ['short']", "relay.toml:2: tokens: a token has 16 to 64 letters"),
        ("tokens = ['1234567890123456']", "relay.toml:1: tokens: it keeps nobody out unless access is “token”"),
    ] {
        let said = fault_in(content);
        assert!(said.starts_with(fault), "{content:?}: {said}");
        assert!(!said.contains('\n'), "{said}");
    }
    let said = fault_in(&format!("access = 'open'\n\nallow = ['{ANA}']"));
    assert_eq!(said, "relay.toml:3: allow: it keeps nobody out unless access is “list”");
}

#[test]
fn the_first_fault_in_the_file_is_the_one_that_is_named() {
    assert!(fault_in("zzz = 1\naaa = 1").starts_with("relay.toml:1: zzz"));
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("relay.toml");
    let given = Given { file: Some(path.clone()), ..Given::default() };
    let fault = || Config::load(&given).map(drop).unwrap_err().to_string();
    let named = path.display().to_string();
    assert!(fault().starts_with(&named), "{}", fault());
    write(&path, [0xff, 0xfe]);
    assert!(fault().starts_with(&named), "{}", fault());
    write(&path, " ".repeat(5 * 1024 * 1024));
    assert_eq!(fault(), format!("{named}: it's too long for a configuration"));
}

#[test]
fn the_environment_rules_over_the_file_and_flags_over_both() {
    let (_dir, mut given) = file("members = 1\ncircuits = 1\ncircuit_rate = 1\nhttp = 'off'");
    given.variables = variables(&[
        ("VECINO_RELAY_CIRCUITS", "2_000"),
        ("VECINO_RELAY_CIRCUIT_RATE", "2"),
        ("VECINO_RELAY_NICKNAME", "500"),
        ("VECINO_RELAY_LISTEN", "/ip4/10.0.0.1/tcp/1, /ip4/10.0.0.2/tcp/1"),
        ("VECINO_RELAY_HTTP", ""),
        ("VECINO_DATA_DIR", "/elsewhere"),
        ("HOME", "/root"),
    ]);
    given.flags = vec![flag("--set circuit_rate", "circuit_rate", "3"), flag("--no-mdns", "mdns", "false")];
    let Loaded { config, warnings } = Config::load(&given).unwrap();
    let limits = &config.limits;
    assert_eq!((limits.members, limits.circuits, limits.circuit_rate), (1, 2_000, 3));
    assert_eq!((config.nickname.as_ref().map(Nickname::as_str), config.listen.len()), (Some("500"), 2));
    assert_eq!((config.http, config.mdns, config.data_dir), (None, false, None));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn what_is_wrong_elsewhere_is_said_with_its_name() {
    let fault = |given| Config::load(&given).map(drop).unwrap_err().to_string();
    let of = |pairs| Given { variables: variables(pairs), ..Given::default() };
    assert_eq!(
        fault(of(&[("VECINO_RELAY_MEMBERS", "many")])),
        "VECINO_RELAY_MEMBERS: members: it has to be a whole number from 1 to 100000"
    );
    assert_eq!(
        fault(of(&[("VECINO_RELAY_ACCESS", "list")])),
        "VECINO_RELAY_ACCESS: access: nobody could use the relay: “allow” names no peer"
    );
    let flags = vec![flag("--set mebers", "mebers", "1")];
    assert_eq!(
        fault(Given { flags, ..Given::default() }),
        "--set mebers: mebers: the relay has no such setting; is it “members”?"
    );
}

#[test]
fn a_variable_of_no_setting_is_warned_of() {
    let pairs = [("VECINO_RELAY_SERVICE_HOST", "10.0.0.1"), ("VECINO_RELAY_CONFIG", "/etc/relay.toml")];
    let Loaded { config, warnings } =
        Config::load(&Given { variables: variables(&pairs), ..Given::default() }).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(warnings, ["VECINO_RELAY_SERVICE_HOST: the relay has no such setting; it's ignored"]);
}

#[test]
fn the_command_lines_folder_rules_over_the_files() {
    let (_dir, mut given) = file("data_dir = '/var/lib/x'");
    given.data_dir = Some("/var/lib/y".into());
    assert_eq!(Config::load(&given).unwrap().config.data_dir, Some("/var/lib/y".into()));
}

#[test]
fn tokens_come_from_the_file_and_from_one_beside_it() {
    let (dir, given) = file(&format!("access = 'token'\ntokens = ['{TOKEN}']\ntoken_file = 'tokens'"));
    write(&dir.path().join("tokens"), "# the second floor\n1234567890123456\n\n  abcdefghijklmnop  \n");
    let Access::Token(tokens) = Config::load(&given).unwrap().config.access else { panic!("not closed by tokens") };
    for known in [TOKEN, "1234567890123456", "abcdefghijklmnop"] {
        assert_eq!(tokens.iter().filter(|token| token.is(known.as_bytes())).count(), 1, "{known}");
    }
    for unknown in ["", "correct-horse-batterY", "# the second floor", "1234567890123456\n"] {
        assert!(!tokens.iter().any(|token| token.is(unknown.as_bytes())), "{unknown}");
    }
}

#[test]
fn tokens_show_nowhere() {
    let config = from_file(&format!("access = 'token'\ntokens = ['{TOKEN}']"));
    assert!(!format!("{config:?}").contains("horse"));
    let variables = variables(&[("VECINO_RELAY_TOKENS", TOKEN)]);
    let given = Given { variables, flags: vec![flag("--set tokens", "tokens", TOKEN)], ..Given::default() };
    assert!(!format!("{given:?}").contains("horse"));
    let said = fault_in("access = 'token'\ntokens = ['correct horse battery']");
    assert!(!said.contains("horse"), "{said}");
}

#[test]
fn a_bad_token_is_named_by_its_line_alone() {
    let (dir, given) = file("access = 'token'\ntoken_file = 'tokens'");
    let tokens = dir.path().join("tokens");
    write(&tokens, "# ours\n1234567890123456\nsecret\n");
    let said = Config::load(&given).map(drop).unwrap_err().to_string();
    assert!(said.starts_with(&format!("{}:3: token_file: a token has", tokens.display())), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[cfg(unix)]
#[test]
fn secrets_that_everybody_can_read_are_noticed() {
    use std::os::unix::fs::PermissionsExt;
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();

    let (_dir, given) = file(&format!("access = 'token'\ntokens = ['{TOKEN}']"));
    assert_eq!(Config::load(&given).unwrap().warnings.len(), 0);
    open(given.file.as_ref().unwrap());
    assert!(
        Config::load(&given).unwrap().warnings[0].ends_with("everybody on this computer can read the tokens in it")
    );

    let (dir, given) = file("access = 'token'\ntoken_file = 'tokens'");
    let tokens = dir.path().join("tokens");
    fs::write(&tokens, "1234567890123456").unwrap();
    open(&tokens);
    let said = Config::load(&given).map(drop).unwrap_err().to_string();
    assert!(
        said.ends_with(&format!(
            "relay.toml:2: token_file: {} is readable by everybody; close it (chmod 600)",
            tokens.display()
        )),
        "{said}"
    );
}

#[test]
fn a_running_relay_takes_what_it_can_change() {
    let (_dir, given) = file("access = 'open'\nmembers = 5\ndrain = 3\nport = 5\nhttp = 'off'");
    let running = Config::default();
    let Loaded { config, warnings } = running.reload(&given).unwrap();
    let limits = Limits { members: 5, ..Limits::default() };
    assert_eq!(config, Config { access: Access::Open, limits, drain: Duration::from_secs(3), ..running });
    assert_eq!(warnings, ["port", "http"].map(|key| format!("{key}: the new value is taken at the next start")));
}

#[test]
fn a_relay_always_has_a_name() {
    assert!(Nickname::new(NAMELESS).is_ok());
    assert!(!Config::default().name().as_str().is_empty());
    assert_eq!(from_file("nickname = 'biblioteca'").name().as_str(), "biblioteca");
}

/// The file that is shipped: prose after `# `, and every setting that has a default, switched off by `#` alone.
const SHIPPED: &str = include_str!("../../../packaging/relay.toml");

#[test]
fn the_shipped_file_says_nothing_but_the_defaults() {
    assert_eq!(from_file(SHIPPED), Config::default());
    let switched_on: Vec<&str> = SHIPPED
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic)).unwrap_or(line))
        .collect();
    assert_eq!(from_file(&switched_on.join("\n")), Config::default());
}

#[test]
fn the_shipped_file_knows_every_setting() {
    for (key, _) in keys::KEYS {
        let written = [format!("#{key} = "), format!("#   {key} = ")];
        let found = SHIPPED.lines().filter(|line| written.iter().any(|start| line.starts_with(start))).count();
        assert_eq!(found, 1, "{key}");
    }
}

/// What the shipped unit says of `key`.
fn unit(key: &str) -> &'static str {
    let unit = include_str!("../../../packaging/vecino-relay.service");
    unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn the_shipped_unit_leaves_room_for_the_defaults() {
    let number = |key| unit(key).parse::<u64>().unwrap();
    let config = Config::default();
    assert!(number("TimeoutStopSec") > config.drain.as_secs());
    assert!(number("LimitNOFILE") > 512 + config.limits.members as u64);
    assert_eq!(unit("Type"), "notify");
    assert!(unit("ExecReload").contains("-HUP"));
}
