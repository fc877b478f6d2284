//! Settings: flags and environment variables, checked at the start.

use clap::{CommandFactory, FromArgMatches, Parser};
use ipnet::IpNet;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use url::{Origin, Url};

/// Self-hosted real-time team chat that never loses a message.
///
/// Started without arguments it serves the chat at http://127.0.0.1:3000 and keeps its data in ./data. Every setting is a
/// flag or an environment variable; the flag wins. SIGTERM or Ctrl-C stops it: what was accepted is saved, clients are
/// told to come back, and it exits with 0.
#[derive(Debug, Clone, Parser)]
#[command(name = "hubbub", version, max_term_width = 100)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one. Use 0.0.0.0:3000 to be reached from other machines, best
    /// behind a proxy that speaks TLS.
    #[arg(long, env = "HUBBUB_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:3000", value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Folder of the database; created when missing. Back it up with `sqlite3 hubbub.db "VACUUM INTO 'copy.db'"`.
    #[arg(long, env = "HUBBUB_DATA_DIR", value_name = "FOLDER", default_value = "./data")]
    pub data_dir: PathBuf,

    /// What to log: a level (error, warn, info, debug, trace), or levels by module as in `info,server::ws=debug`.
    #[arg(long, env = "HUBBUB_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,

    /// The URL under which people reach the server, when a proxy stands before it, as in https://chat.example.org. With
    /// https the session cookie is limited to TLS. Pages of this origin may open sockets.
    #[arg(long, env = "HUBBUB_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<PublicUrl>,

    /// Folder of the files for the browser [default: `site` beside the program, or one folder further up]
    #[arg(long, env = "HUBBUB_SITE_DIR", value_name = "FOLDER")]
    pub site_dir: Option<PathBuf>,

    /// Days after which a session that nobody uses ends, and its name is free again.
    #[arg(long, env = "HUBBUB_SESSION_IDLE_DAYS", value_name = "DAYS", default_value = "14", value_parser = clap::value_parser!(u16).range(1..=90))]
    pub session_idle_days: u16,

    /// Commands (messages and others) that one user may send per second; twice as many may come at once.
    #[arg(long, env = "HUBBUB_COMMANDS_PER_SECOND", value_name = "COUNT", default_value = "200", value_parser = commands_per_second)]
    pub commands_per_second: NonZeroU32,

    /// Rooms that one user may create per hour; all of them may come at once.
    #[arg(long, env = "HUBBUB_ROOMS_PER_HOUR", value_name = "COUNT", default_value = "120", value_parser = count)]
    pub rooms_per_hour: NonZeroU32,

    /// Pages, parts of pages and rooms on a socket that one user may open per second; twice as many may come at once.
    #[arg(long, env = "HUBBUB_READS_PER_SECOND", value_name = "COUNT", default_value = "50", value_parser = count)]
    pub reads_per_second: NonZeroU32,

    /// Pages that may be read from one address per minute without being signed in; all of them may come at once.
    #[arg(long, env = "HUBBUB_GUEST_READS_PER_MINUTE", value_name = "COUNT", default_value = "3000", value_parser = count)]
    pub guest_reads_per_minute: NonZeroU32,

    /// Times that somebody may try to sign in from one address per minute; all of them may come at once.
    #[arg(long, env = "HUBBUB_SIGN_INS_PER_MINUTE", value_name = "COUNT", default_value = "300", value_parser = count)]
    pub sign_ins_per_minute: NonZeroU32,

    /// Sockets that may be opened from one address per minute; all of them may come at once, as after a restart.
    #[arg(long, env = "HUBBUB_SOCKETS_PER_MINUTE", value_name = "COUNT", default_value = "6000", value_parser = count)]
    pub sockets_per_minute: NonZeroU32,

    /// Connections that may be open in all. Each is an open file.
    #[arg(long, env = "HUBBUB_CONNECTIONS", value_name = "COUNT", default_value = "20000", value_parser = count)]
    pub connections: NonZeroU32,

    /// Connections that may be open from one address. Those of trusted proxies are not counted by address.
    #[arg(long, env = "HUBBUB_CONNECTIONS_PER_ADDRESS", value_name = "COUNT", default_value = "5000", value_parser = count)]
    pub connections_per_address: NonZeroU32,

    /// Proxies that tell the truth about where a request comes from, as addresses or networks separated by commas, as in
    /// 127.0.0.1,10.0.0.0/8. Behind them the last address in `X-Forwarded-For` that is no such proxy counts. Without this
    /// setting everybody behind a proxy shares the limits of one address.
    #[arg(long, env = "HUBBUB_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
}

impl Config {
    /// What these flags say, whatever the environment has: for tests.
    ///
    /// # Panics
    /// When a flag is wrong.
    #[must_use]
    pub fn of_flags<T: Into<OsString> + Clone>(flags: impl IntoIterator<Item = T>) -> Self {
        Self::parse_flags(flags).unwrap_or_else(|error| panic!("{error}"))
    }

    fn parse_flags<T: Into<OsString> + Clone>(
        flags: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        let flags = flags.into_iter().map(Into::into);
        let command = Self::command().mut_args(|arg| arg.env(None::<&str>)).no_binary_name(true);
        command
            .try_get_matches_from(flags)
            .and_then(|mut matches| Self::from_arg_matches_mut(&mut matches))
    }

    #[must_use]
    pub fn session_idle(&self) -> Duration {
        Duration::from_hours(u64::from(self.session_idle_days) * 24)
    }
}

/// Where people reach the server: an `http` or `https` origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// What its pages send as `Origin`.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.origin()
    }
}

fn listen_address(value: &str) -> Result<SocketAddr, String> {
    let resolved = value.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    resolved.ok_or_else(|| "expected an address and a port, as in 127.0.0.1:3000".to_owned())
}

fn log_filter(value: &str) -> Result<String, String> {
    EnvFilter::try_new(value).map_err(|error| error.to_string())?;
    Ok(value.to_owned())
}

fn public_url(value: &str) -> Result<PublicUrl, String> {
    let url = Url::parse(value).map_err(|error| format!("expected a URL: {error}"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err("expected a URL that starts with https:// or http://".to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("expected a URL without a path: Hubbub is served at the root".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("expected a URL without a user name".to_owned());
    }
    Ok(PublicUrl(url))
}

fn commands_per_second(value: &str) -> Result<NonZeroU32, String> {
    count_to(value, 100_000)
}

fn count(value: &str) -> Result<NonZeroU32, String> {
    count_to(value, 1_000_000)
}

fn count_to(value: &str, max: u32) -> Result<NonZeroU32, String> {
    match value.parse::<NonZeroU32>() {
        Ok(count) if count.get() <= max => Ok(count),
        _ => Err(format!("expected a number from 1 to {max}")),
    }
}

fn network(value: &str) -> Result<IpNet, String> {
    let value = value.trim();
    let address = value.parse::<IpAddr>().map(IpNet::from);
    address
        .or_else(|_| value.parse())
        .map_err(|_| "expected addresses or networks, as in 127.0.0.1 or 10.0.0.0/8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(args: &[&str]) -> String {
        Config::parse_flags(args.iter().copied()).expect_err("a wrong setting").to_string()
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (flag, value) in [
            ("--listen", "nowhere"),
            ("--log", "a=b=c"),
            ("--public-url", "chat.example.org"),
            ("--public-url", "https://example.org/chat"),
            ("--public-url", "https://ana:secret@example.org"),
            ("--session-idle-days", "0"),
            ("--commands-per-second", "0"),
            ("--commands-per-second", "many"),
            ("--rooms-per-hour", "0"),
            ("--connections", "1000001"),
            ("--trusted-proxies", "10.0.0.0/33"),
        ] {
            let error = error(&[flag, value]);
            assert!(error.contains(flag) && error.contains(value), "{error}");
        }
    }

    #[test]
    fn a_public_url_is_reduced_to_what_browsers_send_as_origin() {
        let url = public_url("https://Chat.example.org:443/").expect("a fine URL");
        assert_eq!(url.origin().ascii_serialization(), "https://chat.example.org");
        assert!(url.is_https());
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let config = Config::of_flags(["--trusted-proxies=127.0.0.1, 10.0.0.0/8,::1"]);
        let trusts = |address: &str| {
            let address: IpAddr = address.parse().expect("an address");
            config.trusted_proxies.iter().any(|network| network.contains(&address))
        };
        assert!(trusts("127.0.0.1") && trusts("10.200.0.1") && trusts("::1"));
        assert!(!trusts("127.0.0.2") && !trusts("11.0.0.1"));
    }

    #[test]
    fn the_readme_names_every_setting_with_its_default() {
        let readme = include_str!("../../README.md");
        for arg in Config::command().get_arguments() {
            let (Some(flag), Some(variable)) = (arg.get_long(), arg.get_env()) else { continue };
            let row = readme
                .lines()
                .find(|line| line.starts_with(&format!("| `--{flag}` |")))
                .unwrap_or_else(|| panic!("the table has a row for --{flag}"));
            assert!(row.contains(&format!("`{}`", variable.to_string_lossy())), "{row}");
            for default in arg.get_default_values() {
                assert!(row.contains(&format!("`{}`", default.to_string_lossy())), "{row}");
            }
        }
    }
}
