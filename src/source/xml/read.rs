//! The events of one file, driven into the engine.

use super::object::Building;
use crate::diagnostic::{Code, Diagnostics, Result};
use crate::source::FileRef;
use crate::source::container::Stream;
use crate::source::encoding::{Declared, Utf8};
use crate::source::fault::{Fault, fault, unreadable};
use crate::source::paths::{Attribute, Leaf, Name, Nodes, Want};
use crate::source::place::error_at;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::NsReader;
use std::io::{self, BufRead, BufReader, Read};

/// Levels of elements.
const DEPTH: usize = 256;
/// Bytes of a tag.
const TAG: usize = 1 << 20;
/// Attributes of an element.
const ATTRIBUTES: usize = 1_000;
/// Namespaces in force at once.
const NAMESPACES: usize = 64;
/// Bytes of one text, comment or other piece.
const PIECE: usize = 16 << 20;

/// Bytes of JSON of one element, counted at each level.
const BUILT: usize = 64 << 20;
/// White space kept between the children of an element.
const BETWEEN: usize = 64 << 10;

/// Reads one file into the engine.
///
/// # Errors
/// E102, E106, E107, E111, with line and character.
pub(in crate::source) fn read(file: &FileRef, stream: Stream, nodes: &mut impl Nodes) -> Result<()> {
    let text = Utf8::open(stream, Declared::Xml).map_err(|e| unreadable(&file.name, &e))?;
    let pieces = Pieces { inner: BufReader::with_capacity(256 << 10, text), since: 0 };
    let mut reader = NsReader::from_reader(pieces);
    reader.config_mut().expand_empty_elements = true;
    reader.resolver_mut().set_max_namespace_bindings(NAMESPACES);
    let spaces = nodes.spaces();
    let mut document = Document {
        nodes,
        open: Vec::new(),
        spare: Vec::new(),
        building: Vec::new(),
        built: 0,
        started: Started::default(),
        spaces,
        root: false,
    };
    document.nodes.open_document();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().since = 0;
        let before = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer);
        let stop = match event {
            Ok(Event::Eof) => break,
            Ok(event) => document.take(&event, reader.resolver()),
            Err(e) => Err(Stop::At(failure(&e))),
        };
        match stop {
            Ok(()) => {}
            Err(Stop::Whole(errors)) => return Err(errors),
            Err(Stop::At((code, what))) => {
                let offset =
                    if matches!(code, Code::BAD_XML) { reader.error_position().max(before) } else { before };
                return error_at(file, code, offset, Declared::Xml, &what).alone();
            }
        }
    }
    match document.unfinished() {
        None => document.nodes.close_document(),
        Some(what) => error_at(file, Code::BAD_XML, reader.buffer_position(), Declared::Xml, &what).alone(),
    }
}

/// Why reading stops: at the place at hand, or with errors that know their place.
enum Stop {
    At((Code, String)),
    Whole(Diagnostics),
}

impl From<Diagnostics> for Stop {
    fn from(errors: Diagnostics) -> Self {
        Self::Whole(errors)
    }
}

fn bad<T>(what: impl Into<String>) -> std::result::Result<T, Stop> {
    Err(Stop::At((Code::BAD_XML, what.into())))
}

fn over<T>(what: impl Into<String>) -> std::result::Result<T, Stop> {
    Err(Stop::At((Code::OVER_LIMIT, what.into())))
}

fn failure(error: &quick_xml::Error) -> (Code, String) {
    if let quick_xml::Error::Io(e) = error
        && let Some(fault) = e.get_ref().and_then(|e| e.downcast_ref::<Fault>())
    {
        return (fault.code(), format!("the file {fault}"));
    }
    match error {
        quick_xml::Error::Io(e) => (Code::FILE_UNREADABLE, format!("the file cannot be read: {e}")),
        quick_xml::Error::Encoding(_) => {
            (Code::BAD_ENCODING, "the file holds bytes that are not text in its encoding".to_owned())
        }
        other => (Code::BAD_XML, format!("not well-formed: {other}")),
    }
}

/// An element that is open.
struct Level {
    text: String,
    want: Want,
    parent: bool,
}

struct Document<'a, N> {
    nodes: &'a mut N,
    open: Vec<Level>,
    /// Levels kept for their memory.
    spare: Vec<Level>,
    building: Vec<Building>,
    /// Bytes of JSON built since none was being built.
    built: usize,
    started: Started,
    spaces: bool,
    root: bool,
}

/// A start tag taken apart; kept for its memory.
#[derive(Default)]
struct Started {
    local: String,
    space: Option<String>,
    attributes: Vec<Attribute>,
}

impl<N: Nodes> Document<'_, N> {
    fn take(&mut self, event: &Event<'_>, resolver: &NamespaceResolver) -> std::result::Result<(), Stop> {
        match event {
            Event::Start(start) => {
                let mut started = std::mem::take(&mut self.started);
                named(&mut started, start, resolver, self.spaces)?;
                let result = self.start(&started);
                self.started = started;
                result
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let mut utf8 = [0_u8; 4];
                let c = character(reference)?;
                self.text(c.encode_utf8(&mut utf8))
            }
            Event::DocType(_) => {
                bad("the file has a DOCTYPE, which is not read: it could pull in other files")
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, started: &Started) -> std::result::Result<(), Stop> {
        if self.open.is_empty() && std::mem::replace(&mut self.root, true) {
            return bad("a second root element; a document has one");
        }
        if self.open.len() >= DEPTH {
            return over(format!("elements are nested more than {DEPTH} deep"));
        }
        if let Some(above) = self.open.last_mut() {
            above.parent = true;
            // White space between a million children is no text, and would count against the limit.
            if above.text.len() > BETWEEN && above.text.trim().is_empty() {
                above.text.clear();
            }
        }
        let want = self.nodes.open(
            Name { local: &started.local, space: started.space.as_deref() },
            &started.attributes,
            None,
        );
        if want.json || !self.building.is_empty() {
            self.building.push(Building::start(&started.local, &started.attributes));
        }
        let mut level = self.spare.pop().unwrap_or(Level { text: String::new(), want, parent: false });
        level.text.clear();
        (level.want, level.parent) = (want, false);
        self.open.push(level);
        Ok(())
    }

    fn text(&mut self, text: &str) -> std::result::Result<(), Stop> {
        let Some(level) = self.open.last_mut() else {
            return if text.trim().is_empty() { Ok(()) } else { bad("text outside the root element") };
        };
        if level.want.text || !self.building.is_empty() {
            if level.text.len() + text.len() > PIECE {
                return over("a text over 16 MiB");
            }
            level.text.push_str(text);
        }
        Ok(())
    }

    fn end(&mut self) -> std::result::Result<(), Stop> {
        let Some(level) = self.open.pop() else { return bad("an end tag without its start") };
        let json = self.building.pop().map(|built| {
            let json = built.json(&level.text);
            self.built = if self.building.is_empty() { 0 } else { self.built + json.len() };
            if let Some(outer) = self.building.last_mut() {
                outer.add(&built, json.clone());
            }
            json
        });
        if self.built > BUILT {
            return over("an element taken as an object is over 64 MiB");
        }
        let text = Some(level.text.as_str()).filter(|t| !level.parent || !t.trim().is_empty());
        let leaf = Leaf { kind: b't', text, json: json.as_deref().filter(|_| level.want.json) };
        self.nodes.close(&leaf)?;
        self.spare.push(level);
        Ok(())
    }

    fn unfinished(&self) -> Option<String> {
        match (self.open.len(), self.root) {
            (0, true) => None,
            (0, false) => Some("the file has no root element".to_owned()),
            (n, _) => Some(format!("the file ends with {n} elements still open: is it cut off?")),
        }
    }
}

/// Takes a start tag apart; namespaces only where they are asked for.
fn named(
    started: &mut Started,
    start: &BytesStart<'_>,
    resolver: &NamespaceResolver,
    spaces: bool,
) -> std::result::Result<(), Stop> {
    if start.len() > TAG {
        return over("a tag over 1 MiB");
    }
    let space = |r: ResolveResult<'_>| match r {
        ResolveResult::Bound(n) if spaces => Some(n.as_ref().to_owned()),
        _ => None,
    };
    started.attributes.clear();
    started.local.clear();
    started.local.push_str(start.local_name().as_ref());
    started.space = if spaces { space(resolver.resolve_element(start.name()).0) } else { None };
    if start.attributes_raw().is_empty() {
        return Ok(());
    }
    // The duplicate check of the library is quadratic; the number is checked first.
    if start.attributes().with_checks(false).take(ATTRIBUTES + 1).count() > ATTRIBUTES {
        return over(format!("an element with more than {ATTRIBUTES} attributes"));
    }
    for one in start.attributes() {
        let one = one.or_else(|e| bad(format!("not well-formed: {e}")))?;
        if one.key.as_namespace_binding().is_some() {
            continue;
        }
        let (resolved, local) = resolver.resolve_attribute(one.key);
        let value = one
            .normalized_value(XmlVersion::Implicit1_0)
            .or_else(|e| bad(format!("not well-formed: {e}")))?;
        started.attributes.push(Attribute {
            local: local.as_ref().to_owned(),
            space: space(resolved),
            value: value.into_owned(),
        });
    }
    Ok(())
}

/// `&amp;`, `&#228;`: what they stand for.
fn character(reference: &BytesRef<'_>) -> std::result::Result<char, Stop> {
    if let Some(c) = reference.resolve_char_ref().or_else(|e| bad(format!("not well-formed: {e}")))? {
        return Ok(c);
    }
    let name = reference.xml10_content();
    match name.as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => bad(format!("the entity &{other}; is not defined")),
    }
}

/// Stops a piece (text, tag, comment) from growing past its limit inside the library's buffer.
struct Pieces<R> {
    inner: R,
    since: usize,
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf)
    }
}

impl<R: BufRead> BufRead for Pieces<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since > PIECE {
            return Err(fault(Code::OVER_LIMIT, "has a text, tag or comment over 16 MiB"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.since += n;
        self.inner.consume(n);
    }
}
