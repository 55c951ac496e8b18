//! 网格 grid: the cells of grid-based governance.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use rongtong_connector_kit::Connector;

/// The department's connector.
#[must_use]
pub fn connector() -> Box<dyn Connector> {
    Box::new(Grid)
}

struct Grid;

impl Connector for Grid {
    fn department(&self) -> &'static str {
        "grid"
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
