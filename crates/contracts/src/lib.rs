//! ODCS contracts and pipeline files, read and checked
