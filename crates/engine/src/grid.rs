//! Grid cells: by point in polygon, and by building where there are no coordinates.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, Float64Array, RecordBatch, StringViewArray};
use arrow::error::ArrowError;
use geo::{Intersects, LineString, Point, Polygon};
use rayon::prelude::*;
use rongtong_connector_kit::geometry;
use rongtong_standards::address::{Building, building};
use rstar::{AABB, RTree, RTreeObject};

use crate::columns::{numbers, texts};
use crate::error::RunError;
use crate::rows::FeedRows;

/// Where the cells lie, and in which cell each building that a property names lies.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    cells: RTree<Cell>,
    buildings: HashMap<String, Vec<Placed>>,
    as_of: Option<i32>,
}

#[derive(Debug)]
struct Cell {
    code: String,
    polygon: Polygon<f64>,
    bounds: AABB<[f64; 2]>,
}

impl RTreeObject for Cell {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

/// The feed that holds the cells.
pub(crate) const CELLS: &str = "grid.cells";

impl Grid {
    /// The grid of the cells in `feeds`, with the buildings that their rows place.
    pub(crate) fn of<'a>(
        feeds: impl Iterator<Item = &'a FeedRows> + Clone,
    ) -> Result<Self, ArrowError> {
        let mut cells = feeds
            .clone()
            .filter(|f| f.contract.feed.to_string() == CELLS);
        let mut grid = match cells.next() {
            Some(cells) => Self::from_cells(cells)?,
            None => Self::default(),
        };
        grid.locate_more(feeds)?;
        Ok(grid)
    }

    /// As-of day of the cells.
    pub(crate) const fn as_of(&self) -> Option<i32> {
        self.as_of
    }

    /// The cell that a point (longitude, latitude) lies in; on a border the first by code.
    pub(crate) fn cell_at(&self, [longitude, latitude]: [f64; 2]) -> Option<&str> {
        let point = Point::new(longitude, latitude);
        self.cells
            .locate_in_envelope_intersecting(AABB::from_point([longitude, latitude]))
            .filter(|cell| cell.polygon.intersects(&point))
            .map(|cell| cell.code.as_str())
            .min()
    }

    /// The cell of the building in an address. `None` where properties place the building in several
    /// cells, for instance because a road of that name runs in two districts.
    pub(crate) fn cell_of(&self, address: &str) -> Option<&str> {
        if self.buildings.is_empty() {
            return None;
        }
        let building = building(address)?;
        let known = self.buildings.get(&building.key)?;
        let mut cells = known
            .iter()
            .filter(|(known, _)| known.may_be(&building))
            .map(|(_, cell)| cell.as_str());
        let first = cells.next()?;
        cells.all(|cell| cell == first).then_some(first)
    }

    /// The cells of the feed that holds them.
    pub(crate) fn from_cells(feed: &FeedRows) -> Result<Self, ArrowError> {
        let mut cells = Vec::new();
        let mut as_of = None;
        if let (Some(code), Some(shape)) = (feed.column("grid_code"), feed.column("geometry")) {
            for batch in &feed.batches {
                let (codes, shapes) = (batch.columns[code].get()?, batch.columns[shape].get()?);
                let (codes, shapes) = (codes.as_string_view(), shapes.as_string_view());
                for row in 0..batch.len() {
                    if codes.is_valid(row) && shapes.is_valid(row) {
                        cells.extend(polygons(codes.value(row), shapes.value(row)));
                        as_of = as_of.max(Some(feed.as_of(batch, row)));
                    }
                }
            }
        }
        Ok(Self {
            cells: RTree::bulk_load(cells),
            buildings: HashMap::new(),
            as_of,
        })
    }

    /// Adds the buildings of rows of a table, from its columns of longitudes, latitudes and addresses.
    pub(crate) fn locate(
        &mut self,
        (table, batches): (&str, &[RecordBatch]),
        [longitude, latitude, address]: [&str; 3],
    ) -> Result<(), RunError> {
        let placed = batches.par_iter().map(|batch| {
            let number = |name| numbers(batch, table, name);
            let address = texts(batch, table, address)?;
            Ok(self.placed(number(longitude)?, number(latitude)?, address))
        });
        let placed: Vec<Vec<Placed>> = placed.collect::<Result<_, RunError>>()?;
        placed.into_iter().flatten().for_each(|placed| {
            self.add(placed);
        });
        Ok(())
    }

    /// Adds the buildings that rows of feeds place; the keys of those of which that tells anything new.
    pub(crate) fn locate_more<'a>(
        &mut self,
        feeds: impl Iterator<Item = &'a FeedRows>,
    ) -> Result<Vec<String>, ArrowError> {
        let mut new = Vec::new();
        for feed in feeds {
            for home in &feed.contract.homes {
                let column =
                    |name: &Option<String>| name.as_ref().and_then(|name| feed.column(name));
                let places = (
                    column(&home.longitude),
                    column(&home.latitude),
                    feed.column(&home.address),
                );
                let (Some(longitude), Some(latitude), Some(address)) = places else {
                    continue;
                };
                for batch in &feed.batches {
                    let [longitude, latitude, address] =
                        [longitude, latitude, address].map(|at| batch.columns[at].get());
                    let (longitude, latitude, address) = (longitude?, latitude?, address?);
                    let placed = self.placed(
                        longitude.as_primitive(),
                        latitude.as_primitive(),
                        address.as_string_view(),
                    );
                    for placed in placed {
                        let key = placed.0.key.clone();
                        new.extend(self.add(placed).then_some(key));
                    }
                }
            }
        }
        Ok(new)
    }

    /// The buildings of rows that have coordinates in a cell.
    fn placed(
        &self,
        longitude: &Float64Array,
        latitude: &Float64Array,
        address: &StringViewArray,
    ) -> Vec<Placed> {
        let placed = |row: usize| {
            if longitude.is_null(row) || latitude.is_null(row) || address.is_null(row) {
                return None;
            }
            let cell = self.cell_at([longitude.value(row), latitude.value(row)])?;
            Some((building(address.value(row))?, cell.to_owned()))
        };
        (0..address.len()).filter_map(placed).collect()
    }

    /// Adds a building; whether that tells anything new.
    fn add(&mut self, placed: Placed) -> bool {
        let known = self.buildings.entry(placed.0.key.clone()).or_default();
        let is_new = !known.contains(&placed);
        if is_new {
            known.push(placed);
        }
        is_new
    }
}

/// A building and the cell it lies in.
type Placed = (Building, String);

fn polygons(code: &str, shape: &str) -> Vec<Cell> {
    let ring = |points: Vec<[f64; 2]>| {
        LineString::from(points.into_iter().map(|[x, y]| (x, y)).collect::<Vec<_>>())
    };
    geometry::parse(shape)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|polygon| {
            let bounds = AABB::from_points(polygon.first()?);
            let mut rings = polygon.into_iter().map(ring);
            let outer = rings.next()?;
            Some(Cell {
                code: code.to_owned(),
                polygon: Polygon::new(outer, rings.collect()),
                bounds,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Row, TODAY, deliver, feed, pipeline, today};

    const WEST: &str = "POLYGON ((75 20, 85 20, 85 30, 75 30, 75 20))";
    const EAST: &str =
        r#"{"type":"Polygon","coordinates":[[[85,20],[95,20],[95,30],[85,30],[85,20]]]}"#;
    const HOLED: &str = "POLYGON ((105 20, 115 20, 115 30, 105 30, 105 20), (108 23, 112 23, 112 27, 108 27, 108 23))";
    const TWO: &str = r#"{"type":"MultiPolygon","coordinates":[[[[125,20],[126,20],[126,21],[125,20]]],[[[135,20],[136,20],[136,21],[135,20]]]]}"#;

    fn grid(properties: &[Row<'_>]) -> Grid {
        let pipeline = pipeline();
        let cell = |code, shape| [("grid_code", code), ("geometry", shape)];
        let cells = [
            cell("B-east", EAST),
            cell("A-west", WEST),
            cell("C-holed", HOLED),
            cell("D-two", TWO),
            cell("E-broken", "POINT (1 1)"),
        ];
        let rows: Vec<Row<'_>> = cells.iter().map(<[_; 2]>::as_slice).collect();
        let mut feeds = [
            today(&pipeline, CELLS, &rows),
            feed(&pipeline, "housing.property_ownership"),
        ];
        deliver(&pipeline, &mut feeds[1], "p", TODAY, properties);
        Grid::of(feeds.iter()).unwrap()
    }

    #[test]
    fn a_point_lies_in_its_cell_whatever_the_shape_was_written_in() {
        let grid = grid(&[]);
        for (point, cell) in [
            ([80., 25.], Some("A-west")),
            ([90., 25.], Some("B-east")),
            ([106., 21.], Some("C-holed")),
            ([110., 25.], None),
            ([125.9, 20.1], Some("D-two")),
            ([135.9, 20.1], Some("D-two")),
            // In the box around the triangle, not in it.
            ([125.1, 20.9], None),
            ([100., 25.], None),
            ([80., 35.], None),
            ([f64::NAN, 25.], None),
        ] {
            assert_eq!(grid.cell_at(point), cell, "{point:?}");
        }
        assert_eq!(grid.as_of(), Some(TODAY));
    }

    #[test]
    fn a_point_on_a_border_lies_in_the_first_cell_by_code() {
        let grid = grid(&[]);
        assert_eq!(grid.cell_at([85., 25.]), Some("A-west"));
        assert_eq!(grid.cell_at([95., 25.]), Some("B-east"));
        assert_eq!(grid.cell_at([75., 20.]), Some("A-west"));
    }

    fn place<'a>(address: &'a str, longitude: &'a str) -> [(&'a str, &'a str); 5] {
        [
            ("unit_no", "U"),
            ("name", "张伟"),
            ("address", address),
            ("longitude", longitude),
            ("latitude", "25"),
        ]
    }

    #[test]
    fn an_address_lies_where_a_property_of_its_building_lies() {
        let grid = grid(&[
            &place("浙江省杭州市西湖区文三路100号3幢2单元501室", "80"),
            &place("杭州市西湖区文三路100号3幢101室", "81"),
            &place("杭州市西湖区文一路7号1幢101室", "99"),
        ]);
        assert_eq!(grid.cell_of("杭州市文三路100号3幢902"), Some("A-west"));
        assert_eq!(grid.cell_of("文三路101号3幢902"), None);
        // Its own coordinates lie in no cell.
        assert_eq!(grid.cell_of("杭州市西湖区文一路7号1幢101室"), None);
        assert_eq!(grid.cell_of(""), None);
    }

    #[test]
    fn a_building_that_lies_in_two_cells_has_none_unless_the_district_tells() {
        let grid = grid(&[
            &place("杭州市西湖区解放路100号3幢501室", "80"),
            &place("杭州市上城区解放路100号3幢501室", "90"),
        ]);
        assert_eq!(grid.cell_of("杭州市解放路100号3幢501室"), None);
        let cell = |address| grid.cell_of(address);
        assert_eq!(cell("杭州市西湖区解放路100号3幢501室"), Some("A-west"));
        assert_eq!(cell("杭州市上城区解放路100号3幢501室"), Some("B-east"));
    }

    #[test]
    fn without_cells_nothing_has_one() {
        let pipeline = pipeline();
        let feeds = [feed(&pipeline, "housing.property_ownership")];
        let grid = Grid::of(feeds.iter()).unwrap();
        assert_eq!((grid.cell_at([80., 25.]), grid.as_of()), (None, None));
    }
}
