//! The health department's connector
