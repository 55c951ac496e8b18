//! Grid cells: by point in polygon, and by building where there are no coordinates.

use std::collections::HashMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use geo::{Intersects, LineString, Point, Polygon};
use rongtong_connector_kit::geometry;
use rongtong_standards::address::{Building, building};
use rstar::{AABB, RTree, RTreeObject};

use crate::rows::FeedRows;

/// Where the cells lie, and in which cell each building that a property names lies.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    cells: RTree<Cell>,
    buildings: HashMap<String, Vec<(Building, String)>>,
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
    pub(crate) fn of<'a>(feeds: impl Iterator<Item = &'a FeedRows> + Clone) -> Self {
        let mut grid = feeds
            .clone()
            .find(|f| f.contract.feed.to_string() == CELLS)
            .map(Self::from_cells)
            .unwrap_or_default();
        for feed in feeds {
            grid.locate_buildings(feed);
        }
        grid
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
        let building = building(address)?;
        let known = self.buildings.get(&building.key)?;
        let mut cells = known
            .iter()
            .filter(|(known, _)| known.may_be(&building))
            .map(|(_, cell)| cell.as_str());
        let first = cells.next()?;
        cells.all(|cell| cell == first).then_some(first)
    }

    fn from_cells(feed: &FeedRows) -> Self {
        let mut cells = Vec::new();
        let mut as_of = None;
        if let (Some(code), Some(shape)) = (feed.column("grid_code"), feed.column("geometry")) {
            for batch in &feed.batches {
                let (codes, shapes) = (
                    batch.columns[code].as_string_view(),
                    batch.columns[shape].as_string_view(),
                );
                for row in 0..batch.len() {
                    if codes.is_valid(row) && shapes.is_valid(row) {
                        cells.extend(polygons(codes.value(row), shapes.value(row)));
                        as_of = as_of.max(Some(batch.as_of[row]));
                    }
                }
            }
        }
        Self {
            cells: RTree::bulk_load(cells),
            buildings: HashMap::new(),
            as_of,
        }
    }

    fn locate_buildings(&mut self, feed: &FeedRows) {
        for home in &feed.contract.homes {
            let column = |name: &Option<String>| name.as_ref().and_then(|name| feed.column(name));
            let places = (
                column(&home.longitude),
                column(&home.latitude),
                feed.column(&home.address),
            );
            let (Some(longitude), Some(latitude), Some(address)) = places else {
                continue;
            };
            for batch in &feed.batches {
                let degrees = |at: usize| batch.columns[at].as_primitive::<Float64Type>();
                let (longitude, latitude) = (degrees(longitude), degrees(latitude));
                let addresses = batch.columns[address].as_string_view();
                for row in 0..batch.len() {
                    if longitude.is_null(row) || latitude.is_null(row) || addresses.is_null(row) {
                        continue;
                    }
                    let Some(cell) = self
                        .cell_at([longitude.value(row), latitude.value(row)])
                        .map(str::to_owned)
                    else {
                        continue;
                    };
                    let Some(building) = building(addresses.value(row)) else {
                        continue;
                    };
                    let known = self.buildings.entry(building.key.clone()).or_default();
                    let place = (building, cell);
                    if !known.contains(&place) {
                        known.push(place);
                    }
                }
            }
        }
    }
}

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
