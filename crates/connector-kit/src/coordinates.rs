//! Points and polygons in the system that the binding names, brought to CGCS2000.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringViewArray, StringViewBuilder};
use arrow::datatypes::Float64Type;
use rongtong_contracts::{Contract, Crs, Standard};
use rongtong_standards::geo::{self, COORDINATES_OUTSIDE, COORDINATES_SWAPPED, Datum};
use rongtong_standards::{Column, Issue, Rule, clean};

use crate::geometry::{self, Polygon};
use crate::rules::GEOMETRY_UNREADABLE;

/// The datum of a coordinate system.
pub(crate) fn datum(crs: Crs) -> Datum {
    match crs {
        Crs::Cgcs2000 => Datum::Cgcs2000,
        Crs::Wgs84 => Datum::Wgs84,
        Crs::Gcj02 => Datum::Gcj02,
        Crs::Bd09 => Datum::Bd09,
    }
}

/// The columns that make points: each longitude with its latitude, by their places in the contract.
/// They belong together by a home that names both, else by their names.
pub(crate) fn pairs(contract: &Contract) -> Vec<(usize, usize)> {
    let place = |name: &str| {
        let mut columns = contract.columns.iter();
        columns.position(|c| c.name == name && c.standard == Standard::Coordinate)
    };
    let homes = contract.homes.iter().filter_map(|home| {
        Some((
            home.longitude.as_deref()?,
            home.latitude.as_deref()?.to_owned(),
        ))
    });
    let named = contract.columns.iter().flat_map(|column| {
        let words = [("longitude", "latitude"), ("lon", "lat"), ("lng", "lat")];
        words.map(|(east, north)| (column.name.as_str(), column.name.replace(east, north)))
    });
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (east, north) in homes.chain(named) {
        let (Some(x), Some(y)) = (place(east), place(&north)) else {
            continue;
        };
        // Two homes may share a point.
        let is_new = |(a, b): &(usize, usize)| ![*a, *b].contains(&x) && ![*a, *b].contains(&y);
        if x != y && pairs.iter().all(is_new) {
            pairs.push((x, y));
        }
    }
    pairs
}

/// Brings a column of longitudes and its latitudes to CGCS2000.
pub(crate) fn points(
    longitudes: &ArrayRef,
    latitudes: &ArrayRef,
    datum: Datum,
) -> (ArrayRef, ArrayRef, Vec<Issue>) {
    let degrees = |column: &ArrayRef| -> Vec<Option<f64>> {
        column.as_primitive::<Float64Type>().iter().collect()
    };
    let (mut x, mut y) = (degrees(longitudes), degrees(latitudes));
    let issues = geo::standardise(&mut x, &mut y, datum);
    (
        Arc::new(Float64Array::from(x)),
        Arc::new(Float64Array::from(y)),
        issues,
    )
}

/// A column of polygons as WKT in CGCS2000; what is none, or lies outside of China, becomes null.
pub(crate) fn polygons(cells: &StringViewArray, datum: Datum) -> Column {
    let mut values = StringViewBuilder::with_capacity(cells.len());
    let mut issues = Vec::new();
    for (cell, row) in cells.iter().zip(0_u32..) {
        let mut broke = |rule| issues.push(Issue { row, rule });
        let shape = cell
            .filter(|cell| !clean::is_nothing(cell))
            .and_then(|cell| {
                let Some(mut shape) = geometry::parse(cell) else {
                    broke(&GEOMETRY_UNREADABLE);
                    return None;
                };
                let rule = to_cgcs2000(&mut shape, datum);
                rule.into_iter().for_each(&mut broke);
                (rule != Some(&COORDINATES_OUTSIDE)).then(|| geometry::to_wkt(&shape))
            });
        values.append_option(shape);
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

/// Brings a shape to CGCS2000, in place; what was wrong with all of it.
fn to_cgcs2000(shape: &mut [Polygon], datum: Datum) -> Option<&'static Rule> {
    let mut points: Vec<&mut [f64; 2]> = shape.iter_mut().flatten().flatten().collect();
    let swapped = points.iter().all(|[x, y]| geo::axes_swapped(*x, *y));
    if swapped {
        points.iter_mut().for_each(|point| point.swap(0, 1));
    }
    if !points.iter().all(|[x, y]| geo::is_in_china(*x, *y)) {
        return Some(&COORDINATES_OUTSIDE);
    }
    for point in points {
        let (x, y) = datum.to_cgcs2000(point[0], point[1]);
        *point = [x, y];
    }
    swapped.then_some(&COORDINATES_SWAPPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "POLYGON ((120.1 30.2, 120.2 30.2, 120.2 30.3, 120.1 30.2))";

    fn one(cell: &str, datum: Datum) -> (Option<String>, Vec<&'static str>) {
        let Column { values, issues } = polygons(&StringViewArray::from(vec![cell]), datum);
        let shape = values
            .as_string_view()
            .iter()
            .next()
            .flatten()
            .map(str::to_owned);
        (shape, issues.iter().map(|issue| issue.rule.name).collect())
    }

    #[test]
    fn a_polygon_is_moved_as_its_points_are() {
        for datum in [Datum::Cgcs2000, Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
            let (shape, issues) = one(SQUARE, datum);
            let (x, y) = datum.to_cgcs2000(120.1, 30.2);
            let start = format!("POLYGON (({x} {y}, ");
            assert!(shape.unwrap().starts_with(&start), "{datum:?}");
            assert!(issues.is_empty());
        }
    }

    #[test]
    fn a_polygon_with_its_axes_swapped_is_turned() {
        let json = r#"{"type":"Polygon","coordinates":[[[30.2,120.1],[30.2,120.2],[30.3,120.2],[30.2,120.1]]]}"#;
        assert_eq!(
            one(json, Datum::Cgcs2000),
            (Some(SQUARE.into()), vec!["coordinates_swapped"])
        );
    }

    #[test]
    fn a_polygon_outside_of_china_or_swapped_in_part_is_null() {
        for shape in [
            "POLYGON ((0 0, 1 0, 1 1, 0 0))",
            "POLYGON ((3346000 518000, 3347000 518000, 3347000 519000, 3346000 518000))",
            "POLYGON ((120.1 30.2, 30.2 120.2, 120.2 30.3, 120.1 30.2))",
        ] {
            let expected = (None, vec!["coordinates_outside"]);
            assert_eq!(one(shape, Datum::Gcj02), expected, "{shape}");
        }
    }
}
