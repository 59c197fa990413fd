//! The way to an address, as `crosswalk.toml` describes it: proxy and certificates.

use super::secret::Finder;
use crate::diagnostic::{Code, Diagnostic, Location, Result};
use crate::platform::network::Settings;
use crate::spec::secret::Secrets;
use crate::spec::walk::Spot;

/// What a section says of the way; `secrets` may name `proxy`, a login `name:password`.
pub(super) struct Way<'a> {
    /// The section, such as `env.oslo`.
    pub section: &'a str,
    /// `proxy`.
    pub proxy: Option<&'a Spot<String>>,
    /// `ca`, from the workspace's folder.
    pub ca: Option<&'a Spot<String>>,
    /// The section's secrets.
    pub secrets: &'a Secrets,
}

impl Way<'_> {
    /// The settings of a client that goes this way.
    ///
    /// # Errors
    /// E501 for a proxy that is none, E510 and E520 for its login, E522 for certificates that cannot be used.
    pub fn settings(&self, finder: &Finder<'_>) -> Result<Settings> {
        let mut settings = Settings::default();
        if let Some(proxy) = self.proxy {
            let login = match self.secrets.contains_key("proxy") {
                true => Some(finder.find(self.section, "proxy", self.secrets)?),
                false => None,
            };
            settings = settings.with_proxy(&proxy.value, login).map_err(|why| self.no_proxy(&why))?;
        }
        match self.ca {
            Some(ca) => certificates(finder, ca, settings),
            None => Ok(settings),
        }
    }

    /// Without its line: a password may stand there.
    fn no_proxy(&self, why: &str) -> Diagnostic {
        let at =
            Location { path: Some(format!("{}.proxy", self.section)), ..Location::file("crosswalk.toml") };
        Diagnostic::error(Code::PLATFORM_ADDRESS, format!("the proxy cannot be used: {why}")).at(at).help(
            "Write http://host:port. A login goes by its name: secret = { proxy = \"NAME_OF_A_VARIABLE\" }, which holds \
             name:password.",
        )
    }
}

fn certificates(finder: &Finder<'_>, ca: &Spot<String>, settings: Settings) -> Result<Settings> {
    let bad = |why: String| {
        let message = format!("the certificates in \"{}\" cannot be used: {why}", ca.value);
        Diagnostic::error(Code::BAD_CERTIFICATES, message)
            .at(Location::toml(finder.toml, ca.span.clone()))
            .help("Ask the people of your network for the certificate of their authority as PEM: text that begins with -----BEGIN CERTIFICATE-----")
    };
    let pem = std::fs::read(finder.root.join(&ca.value)).map_err(|e| bad(e.kind().to_string()))?;
    settings.with_certificates(pem).map_err(|why| bad(why).into())
}
