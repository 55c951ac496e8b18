//! The civil-affairs department's connector
