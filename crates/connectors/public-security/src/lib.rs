//! The public-security department's connector
