//! Resident keys and the registry of identities
