//! Coordinate systems in use in China.
//!
//! CGCS2000 (GB/T 22021) and WGS 84 agree within centimetres and count as one here. GCJ-02 is the
//! offset system of public maps, BD-09 Baidu's offset upon it; both follow the published formulas,
//! turned round by iteration, so that there and back is exact to far below a millimetre.

use std::f64::consts::PI;

use crate::rules::{Issue, Rule, Severity};

/// Longitude and latitude stood in each other's column.
pub static COORDINATES_SWAPPED: Rule = Rule {
    name: "coordinates_swapped",
    severity: Severity::Repaired,
    title: "longitude and latitude were swapped",
    title_zh: "经纬度颠倒，已互换",
    remedy: "Send the longitude (73 to 136 in China) as 经度, the latitude (3 to 54) as 纬度.",
};

/// A point outside of China.
pub static COORDINATES_OUTSIDE: Rule = Rule {
    name: "coordinates_outside",
    severity: Severity::Flagged,
    title: "coordinates outside of China",
    title_zh: "坐标不在中国境内",
    remedy: "Check that the coordinates are degrees, not a projected grid, and not 0.",
};

/// Only one of longitude and latitude.
pub static COORDINATES_INCOMPLETE: Rule = Rule {
    name: "coordinates_incomplete",
    severity: Severity::Flagged,
    title: "a longitude without a latitude, or the reverse",
    title_zh: "经度或纬度缺失",
    remedy: "Send both coordinates or none.",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[
    &COORDINATES_SWAPPED,
    &COORDINATES_OUTSIDE,
    &COORDINATES_INCOMPLETE,
];

/// The coordinate system in which a delivery gives its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Datum {
    /// China Geodetic Coordinate System 2000.
    #[default]
    Cgcs2000,
    /// World Geodetic System 1984.
    Wgs84,
    /// The offset system of public maps in China.
    Gcj02,
    /// Baidu's system.
    Bd09,
}

impl Datum {
    /// Longitude and latitude in degrees, from this system to CGCS2000.
    #[must_use]
    pub fn to_cgcs2000(self, longitude: f64, latitude: f64) -> (f64, f64) {
        match self {
            Self::Cgcs2000 | Self::Wgs84 => (longitude, latitude),
            Self::Gcj02 => gcj02_to_wgs84(longitude, latitude),
            Self::Bd09 => {
                let (longitude, latitude) = bd09_to_gcj02(longitude, latitude);
                gcj02_to_wgs84(longitude, latitude)
            }
        }
    }
}

/// Brings whole columns of points to CGCS2000, in place: swaps swapped axes, makes points outside
/// of China and half points null.
///
/// Columns of unequal length are taken as far as the shorter one goes.
pub fn standardise(
    longitudes: &mut [Option<f64>],
    latitudes: &mut [Option<f64>],
    datum: Datum,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    for ((longitude, latitude), row) in longitudes.iter_mut().zip(latitudes).zip(0_u32..) {
        let mut broke = |rule| issues.push(Issue { row, rule });
        let (Some(x), Some(y)) = (*longitude, *latitude) else {
            if longitude.is_some() || latitude.is_some() {
                broke(&COORDINATES_INCOMPLETE);
            }
            (*longitude, *latitude) = (None, None);
            continue;
        };
        let (x, y) = if axes_swapped(x, y) {
            broke(&COORDINATES_SWAPPED);
            (y, x)
        } else {
            (x, y)
        };
        if is_in_china(x, y) {
            let (x, y) = datum.to_cgcs2000(x, y);
            (*longitude, *latitude) = (Some(x), Some(y));
        } else {
            broke(&COORDINATES_OUTSIDE);
            (*longitude, *latitude) = (None, None);
        }
    }
    issues
}

/// Whether a point makes sense in China only with its axes swapped.
#[must_use]
pub fn axes_swapped(longitude: f64, latitude: f64) -> bool {
    is_in_china(latitude, longitude)
}

/// Whether a point lies in the rectangle around China: longitude 73 to 136, latitude 3 to 54.
///
/// No number is both a longitude and a latitude of China, so the axes can always be told apart.
#[must_use]
pub fn is_in_china(longitude: f64, latitude: f64) -> bool {
    (73.0..=136.0).contains(&longitude) && (3.0..=54.0).contains(&latitude)
}

/// GCJ-02 degrees as WGS 84 degrees; outside of China unchanged.
fn gcj02_to_wgs84(longitude: f64, latitude: f64) -> (f64, f64) {
    if outside_gcj02(longitude, latitude) {
        return (longitude, latitude);
    }
    turned_round(longitude, latitude, |x, y| {
        let (east, north) = gcj02_offset(x, y);
        (x + east, y + north)
    })
}

/// GCJ-02 degrees as BD-09 degrees.
fn gcj02_to_bd09(longitude: f64, latitude: f64) -> (f64, f64) {
    let radius = longitude.hypot(latitude) + 0.000_02 * (latitude * BD_PI).sin();
    let angle = latitude.atan2(longitude) + 0.000_003 * (longitude * BD_PI).cos();
    (
        radius * angle.cos() + BD_EAST,
        radius * angle.sin() + BD_NORTH,
    )
}

/// BD-09 degrees as GCJ-02 degrees; outside of China unchanged.
fn bd09_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    if outside_gcj02(longitude, latitude) {
        return (longitude, latitude);
    }
    turned_round(longitude, latitude, gcj02_to_bd09)
}

const BD_PI: f64 = PI * 3000.0 / 180.0;
const BD_EAST: f64 = 0.0065;
const BD_NORTH: f64 = 0.006;

/// Krassovsky 1940, on which GCJ-02 is defined: semi-major axis in metres, eccentricity squared.
const SEMI_MAJOR: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

/// The published bounds within which GCJ-02 moves points.
fn outside_gcj02(longitude: f64, latitude: f64) -> bool {
    !((72.004..=137.8347).contains(&longitude) && (0.8293..=55.8271).contains(&latitude))
}

/// The point that `there` moves to the given one. The offsets change by less than a hundredth
/// from place to place, so each step wins two digits or more.
fn turned_round(
    longitude: f64,
    latitude: f64,
    there: impl Fn(f64, f64) -> (f64, f64),
) -> (f64, f64) {
    let (mut x, mut y) = (longitude, latitude);
    for _ in 0..10 {
        let (moved_x, moved_y) = there(x, y);
        let (error_x, error_y) = (longitude - moved_x, latitude - moved_y);
        x += error_x;
        y += error_y;
        if error_x.abs() < 1e-10 && error_y.abs() < 1e-10 {
            break;
        }
    }
    (x, y)
}

/// The GCJ-02 offset at a point, in degrees east and north.
fn gcj02_offset(longitude: f64, latitude: f64) -> (f64, f64) {
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let waves = |v: f64, twelfth: f64, thirtieth: f64| {
        (20.0 * (v * PI).sin()
            + 40.0 * (v / 3.0 * PI).sin()
            + twelfth * (v / 12.0 * PI).sin()
            + thirtieth * (v / 30.0 * PI).sin())
            * 2.0
            / 3.0
    };
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + ripple
        + waves(y, 160.0, 320.0);
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + ripple
        + waves(x, 150.0, 300.0);
    let radians = latitude.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let root = magic.sqrt();
    let metres_per_radian_north = SEMI_MAJOR * (1.0 - ECCENTRICITY_SQUARED) / (magic * root);
    let metres_per_radian_east = SEMI_MAJOR / root * radians.cos();
    (
        (east / metres_per_radian_east).to_degrees(),
        (north / metres_per_radian_north).to_degrees(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(left: (f64, f64), right: (f64, f64), tolerance: f64) -> bool {
        (left.0 - right.0).abs() < tolerance && (left.1 - right.1).abs() < tolerance
    }

    /// WGS 84 degrees as GCJ-02 degrees.
    fn wgs84_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
        if outside_gcj02(longitude, latitude) {
            return (longitude, latitude);
        }
        let (east, north) = gcj02_offset(longitude, latitude);
        (longitude + east, latitude + north)
    }

    /// Pairs published with the reference implementations.
    #[test]
    fn known_pairs() {
        for (wgs84, gcj02) in [
            (
                (121.527_210_6, 31.177_427_6),
                (121.531_541_859_2, 31.175_303_983_6),
            ),
            (
                (113.912_316, 22.543_847),
                (113.917_176_480_8, 22.540_796_131_7),
            ),
            (
                (116.377_817, 39.911_954),
                (116.384_047_224_6, 39.913_345_455_4),
            ),
        ] {
            assert!(close(wgs84_to_gcj02(wgs84.0, wgs84.1), gcj02, 2e-7));
            assert!(close(gcj02_to_wgs84(gcj02.0, gcj02.1), wgs84, 2e-7));
        }
        assert!(close(
            gcj02_to_bd09(116.404, 39.915),
            (116.410_369_493_710, 39.921_336_993_510),
            1e-9
        ));
    }

    #[test]
    fn outside_of_china_nothing_moves() {
        assert_eq!(gcj02_to_wgs84(2.35, 48.85), (2.35, 48.85));
        assert_eq!(bd09_to_gcj02(0.0, 0.0), (0.0, 0.0));
    }

    #[test]
    fn columns_of_points() {
        let mut longitudes = [
            Some(120.1),
            Some(30.2),
            Some(0.0),
            Some(120.1),
            None,
            Some(f64::NAN),
        ];
        let mut latitudes = [Some(30.2), Some(120.1), Some(0.0), None, None, Some(30.0)];
        let issues = standardise(&mut longitudes, &mut latitudes, Datum::Cgcs2000);
        assert_eq!(
            longitudes,
            [Some(120.1), Some(120.1), None, None, None, None]
        );
        assert_eq!(latitudes, [Some(30.2), Some(30.2), None, None, None, None]);
        let broken: Vec<_> = issues
            .iter()
            .map(|issue| (issue.row, issue.rule.name))
            .collect();
        assert_eq!(
            broken,
            [
                (1, "coordinates_swapped"),
                (2, "coordinates_outside"),
                (3, "coordinates_incomplete"),
                (5, "coordinates_outside"),
            ]
        );
    }

    proptest! {
        #[test]
        fn there_and_back(x in 73.5..135.0_f64, y in 3.5..53.5_f64) {
            let gcj02 = wgs84_to_gcj02(x, y);
            prop_assert!(close(gcj02_to_wgs84(gcj02.0, gcj02.1), (x, y), 1e-8));
            let bd09 = gcj02_to_bd09(x, y);
            prop_assert!(close(bd09_to_gcj02(bd09.0, bd09.1), (x, y), 1e-8));
            let both = gcj02_to_bd09(gcj02.0, gcj02.1);
            prop_assert!(close(Datum::Bd09.to_cgcs2000(both.0, both.1), (x, y), 1e-8));
        }

        #[test]
        fn offsets_are_some_hundred_metres(x in 75.0..134.0_f64, y in 18.0..53.0_f64) {
            let (gcj_x, gcj_y) = wgs84_to_gcj02(x, y);
            prop_assert!(close((gcj_x, gcj_y), (x, y), 0.02));
            prop_assert!((gcj_x - x).abs() > 1e-5 || (gcj_y - y).abs() > 1e-5);
        }

        #[test]
        fn any_numbers_pass(x in any::<f64>(), y in any::<f64>()) {
            let _ = Datum::Bd09.to_cgcs2000(x, y);
            let _ = axes_swapped(x, y);
        }
    }
}
