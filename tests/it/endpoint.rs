//! A small platform of a test's own: an HTTP server whose answers the test decides, and which remembers what it was asked.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub authorization: String,
    pub body: String,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub struct Endpoint {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Endpoint {
    /// Serves until the test ends. `answer` gives status and body.
    pub fn new(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, answer, log) = (stream.unwrap(), answer.clone(), log.clone());
                std::thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Self { address, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The bodies of all posts, in order.
    pub fn posts(&self) -> Vec<Value> {
        self.asked().iter().filter(|a| a.method == "POST").map(Asked::json).collect()
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Asked) -> (u16, String), log: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    let Some(one) = read(&mut stream) else { return };
    let (status, body) = answer(&one);
    log.lock().unwrap().push(one);
    let head = "Content-Type: application/json\r\nConnection: close\r\nContent-Length:";
    let text = format!("HTTP/1.1 {status} X\r\n{head} {}\r\n\r\n{body}", body.len());
    let _ = stream.get_mut().write_all(text.as_bytes());
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Asked { method, path, authorization, body: String::from_utf8(body).ok()? })
}
