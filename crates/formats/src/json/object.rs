//! One object to one row.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::unescape::unescape;
use crate::batch::{ROW_UNPARSABLE, Table};
use crate::error::FormatError;
use crate::limits::Limits;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Its members are the columns.
    Object,
    /// A GeoJSON feature: its properties are, with `geometry` and, where it has one, `id`.
    Feature,
}

/// Reads objects, one after another, without allocating for each.
pub(super) struct Row {
    shape: Shape,
    max_depth: usize,
    members: Members,
    properties: Members,
}

/// The object can't be read as a row.
struct Unparsable;

impl Row {
    pub(super) fn new(shape: Shape, limits: &Limits) -> Self {
        let members = || Members {
            list: Vec::new(),
            scratch: String::new(),
            limit: limits.max_columns,
        };
        Self {
            shape,
            max_depth: limits.max_depth,
            members: members(),
            properties: members(),
        }
    }

    /// Appends the object `text` to `table`, as a row or a broken one.
    pub(super) fn read(&mut self, text: &str, table: &mut Table) -> Result<(), FormatError> {
        let read = match self.shape {
            Shape::Object => self.members.read(text, self.max_depth),
            Shape::Feature => self.read_feature(text),
        };
        if read.is_err() {
            let raw = serde_json::json!({ "text": text }).to_string();
            table.push_broken(ROW_UNPARSABLE, raw);
            return Ok(());
        }
        let mut hint = 0;
        for (part, source, keep) in self.parts(text) {
            for member in &part.list {
                let key = part.text(source, &member.key);
                if keep(key) {
                    let value = member.value.as_ref().map(|value| part.text(source, value));
                    table.put(hint, key, value)?;
                    hint += 1;
                }
            }
        }
        table.end_row();
        Ok(())
    }

    /// The members that are columns: each list, the text it points into, and which of it count.
    fn parts<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = (&'a Members, &'a str, fn(&str) -> bool)> {
        let all: fn(&str) -> bool = |_| true;
        let own: fn(&str) -> bool = |key| matches!(key, "geometry" | "id");
        let (properties, keep) = match self.shape {
            Shape::Object => (None, all),
            Shape::Feature => {
                let at = self.members.find(text, "properties");
                let source = at.and_then(|member| member.value.as_ref());
                let source = source.map(|value| self.members.text(text, value));
                (source.map(|source| (&self.properties, source, all)), own)
            }
        };
        let outer = std::iter::once((&self.members, text, keep));
        properties.into_iter().chain(outer)
    }

    fn read_feature(&mut self, text: &str) -> Result<(), Unparsable> {
        self.members.read(text, self.max_depth)?;
        self.properties.list.clear();
        let is_feature = self.members.find(text, "type").is_some_and(|member| {
            let value = member.value.as_ref();
            value.is_some_and(|value| self.members.text(text, value) == "Feature")
        });
        let has = |name| self.members.find(text, name).is_some();
        if !is_feature || !has("properties") || !has("geometry") {
            return Err(Unparsable);
        }
        match self.members.find(text, "properties") {
            Some(Member {
                value: Some(value), ..
            }) => {
                let source = self.members.text(text, value);
                self.properties.read(source, self.max_depth)
            }
            _ => Ok(()),
        }
    }
}

/// Whether `text` is a whole GeoJSON feature.
pub(crate) fn is_feature(text: &str) -> bool {
    let limits = Limits::default();
    Row::new(Shape::Feature, &limits).read_feature(text).is_ok()
}

/// The members of one object, as places in its text.
struct Members {
    list: Vec<Member>,
    /// Strings whose escapes were undone.
    scratch: String,
    limit: usize,
}

struct Member {
    key: Place,
    /// None for null.
    value: Option<Place>,
}

enum Place {
    Text(Range<usize>),
    Scratch(Range<usize>),
}

impl Members {
    fn read(&mut self, text: &str, max_depth: usize) -> Result<(), Unparsable> {
        self.list.clear();
        self.scratch.clear();
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(Collect {
            members: self,
            text,
            max_depth,
        })
        .and_then(|()| json.end())
        .map_err(|_| Unparsable)?;
        // Raw NULs are no JSON; escaped ones are, but nothing that stores text wants them.
        match memchr::memchr(0, self.scratch.as_bytes()) {
            Some(_) => Err(Unparsable),
            None => Ok(()),
        }
    }

    fn find(&self, source: &str, key: &str) -> Option<&Member> {
        self.list
            .iter()
            .find(|member| self.text(source, &member.key) == key)
    }

    fn text<'a>(&'a self, source: &'a str, place: &Place) -> &'a str {
        match place {
            Place::Text(range) => source.get(range.clone()),
            Place::Scratch(range) => self.scratch.get(range.clone()),
        }
        .unwrap_or_default()
    }

    fn keep(&mut self, text: &str) -> Place {
        let start = self.scratch.len();
        self.scratch.push_str(text);
        Place::Scratch(start..self.scratch.len())
    }

    /// The cell that a value is.
    fn cell(
        &mut self,
        source: &str,
        raw: &str,
        max_depth: usize,
    ) -> Result<Option<Place>, Unparsable> {
        match raw.as_bytes() {
            [b'n', ..] => return Ok(None),
            [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => {
                let place = place_in(source, raw);
                return Ok(Some(Place::Text(place.start + 1..place.end - 1)));
            }
            [b'"', .., b'"'] => {
                let start = self.scratch.len();
                let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
                if !unescape(inner, &mut self.scratch) {
                    return Err(Unparsable);
                }
                return Ok(Some(Place::Scratch(start..self.scratch.len())));
            }
            [b'{' | b'[', ..] if depth(raw.as_bytes()) > max_depth => return Err(Unparsable),
            _ => {}
        }
        Ok(Some(Place::Text(place_in(source, raw))))
    }
}

/// Where `piece`, a piece of `source`, lies in it.
fn place_in(source: &str, piece: &str) -> Range<usize> {
    let start = (piece.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize);
    start..start.wrapping_add(piece.len())
}

/// Levels of brackets in a good value.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut most) = (0usize, 0);
    let (mut string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = string,
            b'"' => string = !string,
            b'{' | b'[' if !string => {
                depth += 1;
                most = most.max(depth);
            }
            b'}' | b']' if !string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Visits an object and notes where its members lie.
struct Collect<'m, 't> {
    members: &'m mut Members,
    text: &'t str,
    max_depth: usize,
}

impl<'de> Visitor<'de> for Collect<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key {
            members: self.members,
            text: self.text,
        })? {
            if self.members.list.len() >= self.members.limit {
                return Err(A::Error::custom("too many members"));
            }
            let raw: &RawValue = map.next_value()?;
            let value = self
                .members
                .cell(self.text, raw.get(), self.max_depth)
                .map_err(|Unparsable| A::Error::custom("an unusable value"))?;
            self.members.list.push(Member { key, value });
        }
        Ok(())
    }
}

/// Notes where a key lies.
struct Key<'m, 't> {
    members: &'m mut Members,
    text: &'t str,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Place;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Place, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = Place;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Place, E> {
        Ok(Place::Text(place_in(self.text, key)))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Place, E> {
        Ok(self.members.keep(key))
    }
}
