//! 公安 public_security: its contracts say all there is to say.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use rongtong_connector_kit::Connector;

/// The department's connector.
#[must_use]
pub fn connector() -> Box<dyn Connector> {
    Box::new(PublicSecurity)
}

struct PublicSecurity;

impl Connector for PublicSecurity {
    fn department(&self) -> &'static str {
        "public_security"
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn passes_the_connector_suite() {
        let schemas = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../schemas");
        rongtong_connector_kit::suite::passes(super::connector().as_ref(), &schemas);
    }
}
