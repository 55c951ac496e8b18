//! What a connector is, and the test suite that every connector passes
