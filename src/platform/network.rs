//! How a connection is made: certificates, proxy, time limits. The same for platforms and notifications.
//!
//! In: what `crosswalk.toml` says of proxy and certificates. Out: a client builder that verifies every certificate
//! (rustls, TLS 1.2 or newer), follows no redirect, and goes to this machine without a proxy. Without a proxy of its
//! own, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold, as reqwest reads them.

use super::Secret;
use super::client::{Failure, Reply, check_address, read, said};
use reqwest::Certificate;
use reqwest::blocking::ClientBuilder;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(10);
const TOTAL: Duration = Duration::from_secs(60);
/// A connection idle for longer is not used again: an answer lost to its end would make an upload doubtful.
const IDLE: Duration = Duration::from_secs(15);

/// The way to an address.
#[derive(Clone, Debug)]
pub struct Settings {
    proxy: Option<(String, Option<Secret>)>,
    pem: Vec<u8>,
    certificates: Vec<Certificate>,
    connect: Duration,
    total: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { proxy: None, pem: Vec::new(), certificates: Vec::new(), connect: CONNECT, total: TOTAL }
    }
}

impl Settings {
    /// Goes through a proxy (`http://host:port`), with a login `name:password` where there is one.
    ///
    /// # Errors
    /// Why the address cannot be that of a proxy; it is not repeated.
    pub fn with_proxy(mut self, address: &str, login: Option<Secret>) -> Result<Self, String> {
        let url = reqwest::Url::parse(address).map_err(|e| format!("it is no address: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("it must begin with http:// or https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a name or password must not stand in it".to_owned());
        }
        self.proxy = Some((address.to_owned(), login));
        Ok(self)
    }

    /// Trusts these certificates (PEM, one or several) beside those of the system.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn with_certificates(mut self, pem: Vec<u8>) -> Result<Self, String> {
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|e| said(e.without_url()))?;
        if certificates.is_empty() {
            return Err("it holds no line -----BEGIN CERTIFICATE-----".to_owned());
        }
        // The builder alone looks into them.
        let trial = reqwest::blocking::Client::builder().no_proxy().tls_certs_only(certificates.clone());
        trial.build().map_err(|e| said(e.without_url()))?;
        (self.pem, self.certificates) = (pem, certificates);
        Ok(self)
    }

    /// Other time limits: to connect, and in all.
    #[must_use]
    pub fn within(mut self, connect: Duration, total: Duration) -> Self {
        (self.connect, self.total) = (connect, total);
        self
    }

    /// The certificates as PEM; empty without any.
    pub(crate) fn pem(&self) -> &[u8] {
        &self.pem
    }

    /// A builder for a client of `address`.
    pub(super) fn builder(&self, address: &str) -> Result<ClientBuilder, String> {
        let http = reqwest::blocking::Client::builder()
            .user_agent(concat!("crosswalk/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect)
            .pool_idle_timeout(IDLE)
            .timeout(self.total)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .retry(reqwest::retry::never());
        let http = match self.certificates.as_slice() {
            [] => http,
            own => http.tls_certs_merge(own.iter().cloned()),
        };
        match &self.proxy {
            _ if on_this_machine(address) => Ok(http.no_proxy()),
            None => Ok(http),
            Some((proxy, login)) => Ok(http.no_proxy().proxy(through(proxy, login.as_ref())?)),
        }
    }
}

fn through(proxy: &str, login: Option<&Secret>) -> Result<reqwest::Proxy, String> {
    let made = reqwest::Proxy::all(proxy).map_err(|e| said(e.without_url()))?;
    let made = made.no_proxy(reqwest::NoProxy::from_env());
    Ok(match login.and_then(|l| l.expose().split_once(':')) {
        Some((name, password)) => made.basic_auth(name, password),
        None => made,
    })
}

/// Whether the address is of this very machine; nothing that goes there passes a proxy.
pub(crate) fn on_this_machine(address: &str) -> bool {
    let url = reqwest::Url::parse(address).ok();
    url.as_ref().and_then(|u| u.host_str()).is_some_and(|h| matches!(h, "127.0.0.1" | "localhost" | "[::1]"))
}

/// Posts a body to one address, once. The address may be a secret: no message holds it.
///
/// # Errors
/// [`Failure`] when no whole answer came.
pub fn post(
    url: &str,
    settings: &Settings,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Reply, Failure> {
    check_address(url).map_err(|_| Failure::NotSent("the address is not an https address".to_owned()))?;
    let http = settings.builder(url).map_err(Failure::NotSent)?;
    let http = http.build().map_err(|e| Failure::NotSent(said(e)))?;
    let request = headers.iter().fold(http.post(url), |request, (name, value)| request.header(*name, *value));
    match request.body(body).send() {
        Ok(response) => read(response),
        Err(e) if e.is_connect() || e.is_builder() => Err(Failure::NotSent(said(e))),
        Err(e) => Err(Failure::Lost(said(e))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    /// Takes one connection, answers 200 and gives what it was sent.
    fn proxy() -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let taken = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0_u8; 4096];
            let n = stream.read(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8_lossy(&request[..n]).into_owned()
        });
        (address, taken)
    }

    #[test]
    fn a_proxy_is_asked_for_a_tunnel_and_its_login_is_in_no_message() {
        let (address, taken) = proxy();
        let login = Some(Secret::new("bot:canary"));
        let settings = Settings::default().with_proxy(&address, login).unwrap();
        let failed = post("https://example.invalid/hook", &settings, &[], Vec::new()).unwrap_err();
        assert!(!format!("{failed:?} {settings:?}").contains("canary"));
        let asked = taken.join().unwrap();
        assert!(asked.starts_with("CONNECT example.invalid:443"), "{asked}");
        assert!(asked.to_lowercase().contains("proxy-authorization: basic ym90omnhbmfyeq=="), "{asked}");
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        // Nobody listens at the proxy: through it, the request would fail.
        let settings = Settings::default().with_proxy("http://127.0.0.1:9", None).unwrap();
        let (address, taken) = proxy();
        assert_eq!(post(&address, &settings, &[], Vec::new()).unwrap().status, 502);
        assert!(taken.join().unwrap().starts_with("POST / "));
        assert!(on_this_machine("https://localhost:1") && on_this_machine("https://[::1]/x"));
        assert!(!on_this_machine("https://localhost.evil.test") && !on_this_machine("127.0.0.1"));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_repeating_it() {
        for address in ["proxy:8080", "http://bot:canary@proxy:8080", "socks5://proxy", "", "http://"] {
            let said = Settings::default().with_proxy(address, None).unwrap_err();
            assert!(!said.contains("canary"), "{said}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let block =
            |inside: &str| format!("-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n");
        for pem in ["", "hello", &block("AAAA"), &block("%%%"), "-----BEGIN CERTIFICATE-----\nAAAA"] {
            assert!(Settings::default().with_certificates(pem.as_bytes().to_vec()).is_err(), "{pem}");
        }
    }
}
