//! Grid cells: quadrilaterals that tile the city without gap or overlap, no two alike.

use super::data::DISTRICTS;
use crate::rng::Rng;

/// One cell of the grid.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) code: String,
    pub(crate) name: String,
    /// Index in `DISTRICTS`.
    pub(crate) district: usize,
    /// Index in the district's streets.
    pub(crate) street: usize,
    /// Corners, counter-clockwise, not closed: longitude and latitude in degrees, CGCS2000.
    pub(crate) corners: [(f64, f64); 4],
    /// Before its corners were moved.
    middle: (f64, f64),
}

#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) cells: Vec<Cell>,
}

/// A cell's side in degrees, about half a kilometre.
const SIDE: f64 = 0.005;
/// South-west corner of the city.
const WEST: f64 = 120.005;
const SOUTH: f64 = 30.12;
/// How far a corner may move and a house may stand from the middle, in sides: 0.5 - MOVE > HOUSE,
/// so that every house is inside its cell.
const MOVE: f64 = 0.2;
const HOUSE: f64 = 0.25;

impl Grid {
    /// About 350 residents a cell, at least 12 cells.
    pub(super) fn new(seed: u64, residents: usize) -> Grid {
        let wanted = (residents / 350).max(12);
        let columns = (wanted as f64).sqrt().ceil() as usize;
        let rows = wanted.div_ceil(columns);
        let mut seen = vec![[0_u32; 4]; DISTRICTS.len()];
        let mut cells = Vec::with_capacity(columns * rows);
        for column in 0..columns {
            for row in 0..rows {
                let district = column * DISTRICTS.len() / columns;
                let street = row * 4 / rows;
                let number = &mut seen[district][street];
                *number += 1;
                cells.push(Cell {
                    code: format!(
                        "{}{:03}{:03}{:02}",
                        DISTRICTS[district].division,
                        street + 1,
                        (*number - 1) / 99 + 1,
                        (*number - 1) % 99 + 1
                    ),
                    name: format!("{}第{number}网格", DISTRICTS[district].streets[street]),
                    district,
                    street,
                    corners: [
                        corner(seed, column, row),
                        corner(seed, column + 1, row),
                        corner(seed, column + 1, row + 1),
                        corner(seed, column, row + 1),
                    ],
                    middle: (
                        WEST + (column as f64 + 0.5) * SIDE,
                        SOUTH + (row as f64 + 0.5) * SIDE,
                    ),
                });
            }
        }
        Grid { cells }
    }

    /// Estates go round the cells in strides, so that a small city does not huddle in one corner.
    pub(super) fn cell_for_estate(&self, estate: usize) -> usize {
        let count = self.cells.len();
        let stride = (1..)
            .map(|k| count * 5 / 8 + k)
            .find(|s| gcd(*s, count) == 1);
        estate.wrapping_mul(stride.unwrap_or(1)) % count
    }

    /// A point well inside a cell, at six decimals (a tenth of a metre).
    pub(super) fn point_in(&self, cell: usize, rng: &mut Rng) -> (f64, f64) {
        let (x, y) = self.cells[cell].middle;
        let mut off = || (rng.unit() * 2.0 - 1.0) * HOUSE * SIDE;
        (six_decimals(x + off()), six_decimals(y + off()))
    }
}

/// The lattice point, moved by its own chance: its four cells agree on it.
fn corner(seed: u64, column: usize, row: usize) -> (f64, f64) {
    let mut rng = Rng::keyed(&[seed, 0x0067_7269_6400, column as u64, row as u64]);
    let mut off = || (rng.unit() * 2.0 - 1.0) * MOVE;
    (
        six_decimals(WEST + (column as f64 + off()) * SIDE),
        six_decimals(SOUTH + (row as f64 + off()) * SIDE),
    )
}

fn six_decimals(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On which side of the edge from a to b the point lies.
    fn side(a: (f64, f64), b: (f64, f64), p: (f64, f64)) -> f64 {
        (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0)
    }

    #[test]
    fn houses_stand_in_their_cells() {
        let grid = Grid::new(5, 20_000);
        let mut rng = Rng::keyed(&[5]);
        for (at, cell) in grid.cells.iter().enumerate() {
            for _ in 0..20 {
                let point = grid.point_in(at, &mut rng);
                for edge in 0..4 {
                    let (a, b) = (cell.corners[edge], cell.corners[(edge + 1) % 4]);
                    assert!(side(a, b, point) > 0.0);
                }
            }
        }
    }

    #[test]
    fn codes_are_unique_and_estates_reach_every_cell() {
        for residents in [1, 20_000, 1_000_000] {
            let grid = Grid::new(5, residents);
            let codes: std::collections::HashSet<_> = grid.cells.iter().map(|c| &c.code).collect();
            assert_eq!(codes.len(), grid.cells.len());
            let reached: std::collections::HashSet<_> = (0..grid.cells.len())
                .map(|e| grid.cell_for_estate(e))
                .collect();
            assert_eq!(reached.len(), grid.cells.len());
        }
    }
}
