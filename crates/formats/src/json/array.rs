//! Finds the elements of an array in text that comes in blocks.

use memchr::memchr2;

/// Where the reading of a document has come to.
pub(super) struct ArrayCursor {
    packing: &'static str,
    /// Members of an outer object that may hold the array.
    names: &'static [&'static str],
    state: State,
    /// The array is a member of an outer object.
    wrapped: bool,
    /// The array has been read.
    found: bool,
}

#[derive(Clone, Copy)]
enum State {
    /// Before the document.
    Start,
    /// In the outer object, before a member; `first`: it may end here.
    Member { first: bool },
    /// In the outer object, after a member.
    AfterMember,
    /// In the array, before an element; `first`: it may end here.
    Element { first: bool },
    /// In the array, after an element.
    AfterElement,
    /// After the document.
    Tail,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Step {
    /// An element of the array.
    Element { start: usize, end: usize },
    /// The text ends before the next thing does.
    More,
    /// The document has ended.
    End,
}

/// Why the document can't be read on.
#[derive(Debug)]
pub(super) enum Fault {
    Malformed {
        packing: &'static str,
        at: usize,
        what: &'static str,
    },
    CutShort,
    NoRecords {
        names: &'static [&'static str],
    },
}

impl ArrayCursor {
    pub(super) fn new(packing: &'static str, names: &'static [&'static str]) -> Self {
        Self {
            packing,
            names,
            state: State::Start,
            wrapped: false,
            found: false,
        }
    }

    /// Goes from `at` to the next element; `ended`: no text follows `text`.
    pub(super) fn step(&mut self, text: &str, at: &mut usize, ended: bool) -> Result<Step, Fault> {
        let bytes = text.as_bytes();
        loop {
            *at = skip_blanks(bytes, *at);
            let Some(&byte) = bytes.get(*at) else {
                return match self.state {
                    State::Tail if ended => Ok(Step::End),
                    _ => more(ended),
                };
            };
            match (self.state, byte) {
                (State::Start, b'[') => self.state = State::Element { first: true },
                (State::Start, b'{') => {
                    self.wrapped = true;
                    self.state = State::Member { first: true };
                }
                (State::Member { first: true } | State::AfterMember, b'}') => self.close()?,
                (State::Member { .. }, b'"') => match self.member(text, *at)? {
                    Some(next) => {
                        *at = next;
                        continue;
                    }
                    None => return more(ended),
                },
                (State::AfterMember, b',') => self.state = State::Member { first: false },
                (State::Element { first: true } | State::AfterElement, b']') => {
                    self.found = true;
                    self.state = if self.wrapped {
                        State::AfterMember
                    } else {
                        State::Tail
                    };
                }
                (State::AfterElement, b',') => self.state = State::Element { first: false },
                (State::Element { .. }, _) => {
                    let start = *at;
                    let Some(end) = value_end(bytes, start) else {
                        return more(ended);
                    };
                    if end == start {
                        return self.malformed(start, "a value is missing");
                    }
                    self.state = State::AfterElement;
                    *at = end;
                    return Ok(Step::Element { start, end });
                }
                (State::Start, _) => return self.malformed(*at, "[ or { expected"),
                (State::Member { .. }, _) => return self.malformed(*at, "a key expected"),
                (State::AfterMember, _) => return self.malformed(*at, ", or } expected"),
                (State::AfterElement, _) => return self.malformed(*at, ", or ] expected"),
                (State::Tail, _) => return self.malformed(*at, "text after the document"),
            }
            *at += 1;
        }
    }

    /// Passes a member of the outer object, or enters the array; None if its end isn't here yet.
    fn member(&mut self, text: &str, at: usize) -> Result<Option<usize>, Fault> {
        let bytes = text.as_bytes();
        let Some(key_end) = value_end(bytes, at) else {
            return Ok(None);
        };
        let colon = skip_blanks(bytes, key_end);
        match bytes.get(colon) {
            None => return Ok(None),
            Some(b':') => {}
            Some(_) => return self.malformed(colon, ": expected"),
        }
        let value = skip_blanks(bytes, colon + 1);
        let key = text.get(at + 1..key_end - 1).unwrap_or_default();
        match bytes.get(value) {
            None => Ok(None),
            Some(b'[') if !self.found && self.names.contains(&key) => {
                self.state = State::Element { first: true };
                Ok(Some(value + 1))
            }
            Some(_) => {
                let end = value_end(bytes, value);
                if end == Some(value) {
                    return self.malformed(value, "a value is missing");
                }
                if end.is_some() {
                    self.state = State::AfterMember;
                }
                Ok(end)
            }
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.state = State::Tail;
        if self.found {
            Ok(())
        } else {
            Err(Fault::NoRecords { names: self.names })
        }
    }

    fn malformed<T>(&self, at: usize, what: &'static str) -> Result<T, Fault> {
        Err(Fault::Malformed {
            packing: self.packing,
            at,
            what,
        })
    }
}

fn more(ended: bool) -> Result<Step, Fault> {
    if ended {
        Err(Fault::CutShort)
    } else {
        Ok(Step::More)
    }
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    from + rest.iter().position(|b| !blank(b)).unwrap_or(rest.len())
}

/// Where the value that begins at `from` ends: brackets balanced, strings passed over; None if
/// the text ends first. Whether it is a good value is not asked.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

/// Where the string that begins at `from` ends, its closing quote included.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}
