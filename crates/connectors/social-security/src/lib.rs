//! The social-security department's connector
