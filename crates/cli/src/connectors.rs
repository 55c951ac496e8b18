//! The one list of every connector. A new department's crate is added here and nowhere else.

use rongtong_connector_kit::Connector;

/// One connector for each department.
pub fn all() -> Vec<Box<dyn Connector>> {
    vec![
        rongtong_public_security::connector(),
        rongtong_civil_affairs::connector(),
        rongtong_social_security::connector(),
        rongtong_health::connector(),
        rongtong_housing::connector(),
        rongtong_grid::connector(),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn each_department_has_one_connector() {
        let all = super::all();
        let departments: BTreeSet<_> = all.iter().map(|connector| connector.department()).collect();
        assert_eq!(departments.len(), all.len());
    }
}
