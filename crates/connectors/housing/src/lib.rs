//! The housing department's connector
