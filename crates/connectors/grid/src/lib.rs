//! The grid department's connector
