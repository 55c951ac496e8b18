//! 单元网格: the polygons of the grid; as WKT where the packing is CSV.

use std::io::{self, Write};

use crate::city::City;
use crate::packings::Packing;
use crate::places::Cell;

pub(crate) const DEPARTMENT: &str = "grid";
pub(crate) const NAME: &str = "cells";

/// Writes all cells; returns how many.
pub(crate) fn write_cells(city: &City, packing: Packing, out: &mut dyn Write) -> io::Result<u64> {
    let cells = &city.places.grid.cells;
    match packing {
        Packing::Native => geojson(cells, out)?,
        Packing::Csv => {
            writeln!(out, "grid_code,grid_name,geometry")?;
            for cell in cells {
                let ring = ring(cell, |x, y| format!("{x:.6} {y:.6}"), ", ");
                writeln!(out, "{},{},\"POLYGON (({ring}))\"", cell.code, cell.name)?;
            }
        }
    }
    Ok(cells.len() as u64)
}

fn geojson(cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{{\"type\": \"FeatureCollection\", \"name\": \"cells\", \"features\": ["
    )?;
    for (at, cell) in cells.iter().enumerate() {
        let ring = ring(cell, |x, y| format!("[{x:.6}, {y:.6}]"), ", ");
        // Some tools write every shape as one of many parts.
        let (kind, coordinates) = match at % 7 {
            6 => ("MultiPolygon", format!("[[[{ring}]]]")),
            _ => ("Polygon", format!("[[{ring}]]")),
        };
        let comma = if at + 1 < cells.len() { "," } else { "" };
        writeln!(
            out,
            "{{\"type\": \"Feature\", \"properties\": {{\"grid_code\": \"{}\", \"grid_name\": \"{}\"}}, \
             \"geometry\": {{\"type\": \"{kind}\", \"coordinates\": {coordinates}}}}}{comma}",
            cell.code, cell.name
        )?;
    }
    writeln!(out, "]}}")
}

/// The corners and the first again.
fn ring(cell: &Cell, point: impl Fn(f64, f64) -> String, between: &str) -> String {
    let points: Vec<String> = cell
        .corners
        .iter()
        .chain(cell.corners.first())
        .map(|(x, y)| point(*x, *y))
        .collect();
    points.join(between)
}
