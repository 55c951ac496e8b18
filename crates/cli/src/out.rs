//! Standard output.

use std::cell::Cell;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::rc::Rc;

use serde::Serialize;

/// Standard output. Somebody who closes it early (`… | head`) has seen enough: that is no failure, and what
/// comes after goes nowhere.
pub struct Out<W: Write = StdoutLock<'static>> {
    to: BufWriter<W>,
    closed: Rc<Cell<bool>>,
}

impl Out {
    pub fn stdout() -> Self {
        Self::new(io::stdout().lock())
    }
}

impl<W: Write> Out<W> {
    pub fn new(to: W) -> Self {
        Self {
            to: BufWriter::with_capacity(64 << 10, to),
            closed: Rc::default(),
        }
    }

    /// Whether nobody reads any more; it can be asked while somebody else writes.
    pub fn closed(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.closed)
    }

    /// Writes one JSON document and a newline.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self, value)?;
        self.write_all(b"\n")?;
        self.flush()
    }

    fn or_closed<T>(&mut self, written: io::Result<T>, otherwise: T) -> io::Result<T> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.set(true);
                Ok(otherwise)
            }
            written => written,
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed.get() {
            return Ok(bytes.len());
        }
        let written = self.to.write(bytes);
        self.or_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed.get() {
            return Ok(());
        }
        let flushed = self.to.flush();
        self.or_closed(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(io::ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let mut out = Out::new(Fails(io::ErrorKind::BrokenPipe));
        out.json(&[1, 2]).unwrap();
        assert!(out.closed().get());
        out.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }

    #[test]
    fn a_full_disk_is_a_failure() {
        let mut out = Out::new(Fails(io::ErrorKind::StorageFull));
        assert_eq!(out.json(&1).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(!out.closed().get());
    }
}
