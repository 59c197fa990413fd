//! Servers on loopback for the tests: with and without TLS, answering one thing, or handing on to the practice platform;
//! and the certificates they show.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A port of this machine and who listens there.
pub fn listener() -> (u16, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap().port(), listener)
}

/// Who signs certificates.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A server's certificate and its key.
pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    pub fn pem(&self) -> String {
        self.pem.clone()
    }

    pub fn certificate(&self, hosts: &[&str], expired: bool) -> Certificate {
        let (params, key) = params(hosts, expired);
        let made = params.signed_by(&key, &self.issuer).unwrap();
        Certificate { chain: vec![made.der().clone()], key: key.serialize_der() }
    }

    pub fn self_signed(hosts: &[&str]) -> Certificate {
        let (params, key) = params(hosts, false);
        let made = params.self_signed(&key).unwrap();
        Certificate { chain: vec![made.der().clone()], key: key.serialize_der() }
    }
}

fn params(hosts: &[&str], expired: bool) -> (CertificateParams, KeyPair) {
    let hosts: Vec<String> = hosts.iter().map(|h| (*h).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    if expired {
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
    }
    (params, KeyPair::generate().unwrap())
}

impl Certificate {
    pub fn config(&self) -> Arc<rustls::ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .unwrap();
        Arc::new(config)
    }
}

/// What a server does with a request.
#[derive(Clone)]
pub enum Taken {
    /// Answers so; from the second request on with the last one.
    Texts(Vec<Vec<u8>>),
    /// Answers with what it was sent.
    Echo(u16),
    /// Hands it on to an `http://` address.
    Forward(String),
}

impl Taken {
    pub fn text(text: &str) -> Self {
        Self::Texts(vec![text.as_bytes().to_vec()])
    }

    /// One status after the other.
    pub fn statuses(all: &[u16]) -> Self {
        let text = |s: &u16| {
            format!("HTTP/1.1 {s} Status\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").into_bytes()
        };
        Self::Texts(all.iter().map(text).collect())
    }

    fn answer(&self, n: usize, request: &[u8]) -> Vec<u8> {
        match self {
            Self::Texts(all) => all.get(n).or(all.last()).cloned().unwrap_or_default(),
            Self::Echo(status) => {
                let head = format!(
                    "HTTP/1.1 {status} Bad\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    request.len()
                );
                [head.as_bytes(), request].concat()
            }
            Self::Forward(address) => {
                let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
                let end = request.windows(2).position(|w| w == b"\r\n").unwrap();
                stream.write_all(&request[..end]).unwrap();
                stream.write_all(b"\r\nConnection: close").unwrap();
                stream.write_all(&request[end..]).unwrap();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                answer
            }
        }
    }
}

/// A server of one connection a request.
pub struct Server {
    pub address: String,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    raw: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    pub fn plain(taken: Taken) -> Self {
        Self::start("http://127.0.0.1", taken, None)
    }

    pub fn tls(certificate: &Certificate, taken: Taken) -> Self {
        Self::start("https://localhost", taken, Some(certificate.config()))
    }

    fn start(host: &str, taken: Taken, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let (port, listener) = listener();
        let server = Self { address: format!("{host}:{port}"), seen: Arc::default(), raw: Arc::default() };
        let (seen, raw) = (server.seen.clone(), server.raw.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                match &tls {
                    None => serve(&mut Plain { stream, raw: raw.clone() }, &taken, &seen),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
                        let mut stream = rustls::StreamOwned::new(connection, stream);
                        serve(&mut stream, &taken, &seen);
                        stream.conn.send_close_notify();
                        drop(stream.flush());
                    }
                }
            }
        });
        server
    }

    /// The requests read so far: heads and bodies.
    pub fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|r| String::from_utf8_lossy(r).into_owned()).collect()
    }

    /// Every byte that arrived at a server without TLS.
    pub fn raw(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }
}

struct Plain {
    stream: TcpStream,
    raw: Arc<Mutex<Vec<u8>>>,
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.stream.read(buffer)?;
        self.raw.lock().unwrap().extend(&buffer[..n]);
        Ok(n)
    }
}

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

fn serve(stream: &mut (impl Read + Write), taken: &Taken, seen: &Mutex<Vec<Vec<u8>>>) {
    let Some(request) = request(stream) else { return };
    let n = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    drop(stream.write_all(&taken.answer(n, &request)).and_then(|()| stream.flush()));
}

/// A whole request, by its Content-Length; none when the other side gives up before.
fn request(stream: &mut impl Read) -> Option<Vec<u8>> {
    let (mut all, mut buffer) = (Vec::new(), [0_u8; 16384]);
    loop {
        if let Some(end) = all.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&all[..end]).to_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length:"));
            if all.len() >= end + 4 + length.map_or(0, |l| l.trim().parse::<usize>().unwrap()) {
                return Some(all);
            }
        }
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => all.extend(&buffer[..n]),
            _ => return None,
        }
    }
}
