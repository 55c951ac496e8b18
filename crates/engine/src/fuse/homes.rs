//! The homes of residents: `resident_homes`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, Schema};
use arrow::error::ArrowError;
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::Home;
use rongtong_identity::ResidentKey;

use super::derived::distinct;
use super::pick::{Groups, Picks};
use crate::columns::{constant, keys_column, sorted_by};
use crate::grid::Grid;
use crate::tables;

/// The homes of a run of residents, sorted by resident.
pub(crate) fn homes(
    keys: &[ResidentKey],
    groups: &[Groups<'_>],
    grid: &Grid,
) -> Result<RecordBatch, ArrowError> {
    let schema = tables::resident_homes().schema;
    let mut batches = Vec::new();
    for group in groups {
        for home in &group.feed.contract.homes {
            batches.push(homes_of(home, keys, group, grid, &schema)?);
        }
    }
    let all = concat_batches(&schema, &batches)?;
    // By resident, relation and feed; then by what tells homes of one kind apart.
    sorted_by(&all, [0, 1, 9, 3, 2, 8])
}

fn homes_of(
    home: &Home,
    keys: &[ResidentKey],
    group: &Groups<'_>,
    grid: &Grid,
    schema: &Arc<Schema>,
) -> Result<RecordBatch, ArrowError> {
    let column = |name: &Option<String>| name.as_ref().and_then(|name| group.feed.column(name));
    let address = group.feed.column(&home.address);
    let unit = column(&home.unit_no);
    let mut owners = Vec::new();
    let mut picks = Picks(Vec::new());
    // A person has one hukou and one present address; property and tenancies may be several.
    let single = matches!(home.relation.as_str(), "hukou" | "present");
    let told_apart: Vec<usize> = unit.into_iter().chain(address).collect();
    for (resident, key) in keys.iter().enumerate() {
        let mut rows = match single {
            true => group
                .rows(resident)
                .find(|at| address.is_some_and(|a| group.has(*at, a)))
                .into_iter()
                .collect(),
            false => distinct(group, resident, &told_apart),
        };
        rows.retain(|at| {
            at.mention == 0 && told_apart.iter().any(|column| group.has(*at, *column))
        });
        owners.extend(rows.iter().map(|_| Some(*key)));
        picks.0.extend(rows.into_iter().map(Some));
    }
    let types: Vec<DataType> = standard_columns(&group.feed.contract)
        .map(|c| data_type(c.standard))
        .collect();
    let rows = picks.0.len();
    let values = |at: Option<usize>, field: usize| -> Result<ArrayRef, ArrowError> {
        let wanted = schema.field(field).data_type();
        match at {
            Some(at) => cast(&group.values(&[Some(at)], &types[at], &picks)?, wanted),
            None => Ok(new_null_array(wanted, rows)),
        }
    };
    let addresses = values(address, 2)?;
    let (longitude, latitude) = (
        values(column(&home.longitude), 5)?,
        values(column(&home.latitude), 6)?,
    );
    let cells = cells(grid, addresses.as_string_view(), &longitude, &latitude);
    RecordBatch::try_new(
        Arc::clone(schema),
        vec![
            keys_column(owners.into_iter()),
            constant(&home.relation, rows),
            addresses,
            values(unit, 3)?,
            values(column(&home.share_percent), 4)?,
            longitude,
            latitude,
            Arc::new(cells),
            values(column(&home.starts_on), 8)?,
            constant(&group.feed.contract.feed.to_string(), rows),
        ],
    )
}

/// A home's cell: by its own coordinates, else by a property at the same building.
fn cells(
    grid: &Grid,
    addresses: &StringViewArray,
    longitude: &ArrayRef,
    latitude: &ArrayRef,
) -> StringViewArray {
    let (longitude, latitude) = (
        longitude.as_primitive::<Float64Type>(),
        latitude.as_primitive::<Float64Type>(),
    );
    (0..addresses.len())
        .map(|row| {
            let point = (longitude.is_valid(row) && latitude.is_valid(row))
                .then(|| [longitude.value(row), latitude.value(row)]);
            point.and_then(|point| grid.cell_at(point)).or_else(|| {
                addresses
                    .is_valid(row)
                    .then(|| grid.cell_of(addresses.value(row)))
                    .flatten()
            })
        })
        .collect()
}
