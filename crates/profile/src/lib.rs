//! Profile an unknown delivery and draft its contract
