//! What a delivery may cost at most.

/// Bounds that keep memory and time proportional to what a delivery honestly holds.
///
/// The defaults fit deliveries of any size a department sends; a limit that is met is always an
/// error that names it, never a silent cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows in a batch.
    pub batch_rows: usize,
    /// Bytes of text (with 16 for each cell) after which a batch ends early.
    pub batch_bytes: usize,
    /// Bytes of one row, line, record or feature, in UTF-8.
    pub max_row_bytes: usize,
    /// Columns of a delivery.
    pub max_columns: usize,
    /// Levels of nesting inside a row (JSON) or a document (XML).
    pub max_depth: usize,
    /// Members of a zip.
    pub max_members: usize,
    /// Expanded bytes for each compressed byte, once past [`Limits::free_expansion_bytes`].
    pub max_expansion_ratio: u64,
    /// Expanded bytes that nobody asks about: small files may be very repetitive.
    pub free_expansion_bytes: u64,
    /// Expanded bytes of a compressed delivery.
    pub max_uncompressed_bytes: u64,
    /// Expanded bytes of the parts of a workbook that stay in memory (shared strings, styles).
    pub max_workbook_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            batch_rows: 8192,
            batch_bytes: 16 << 20,
            max_row_bytes: 16 << 20,
            max_columns: 1024,
            max_depth: 64,
            max_members: 4096,
            max_expansion_ratio: 200,
            free_expansion_bytes: 64 * MIB,
            max_uncompressed_bytes: 1024 * 1024 * MIB,
            max_workbook_memory: 512 * MIB,
        }
    }
}
