//! Attributes that no single column says: marital status and spouse, insurances, property.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Int64Array,
    ListArray, StringViewArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Decimal128Type, Field};
use arrow::error::ArrowError;
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::Contract;
use rongtong_identity::ResidentKey;

use super::claims::Columns;
use super::pick::{Groups, Picks};
use crate::columns::{constant, keys_column};
use crate::grid::CELLS;
use crate::rows::{FeedRows, RowAt, index};
use crate::tables::insurance_fields;

/// The feeds whose rows, as wholes, say more than their columns.
const MARRIAGES: &str = "civil_affairs.marriage_register";
const REGISTRATION: &str = "registration_no";
const INSURANCES: &str = "social_security.insurance_enrolment";
const PROPERTY: &str = "housing.property_ownership";

/// The columns of which an entry of `insurances` is made, and what each is there.
const INSURANCE_PARTS: [(&str, &str); 4] = [
    ("insurance_kind", "insurances.kind"),
    ("status", "insurances.status"),
    ("first_enrolled_on", "insurances.first_enrolled_on"),
    ("contribution_base", "insurances.contribution_base"),
];

/// The column by which rows of a feed void others: those of one text can't be judged apart.
pub(crate) fn void_together(contract: &Contract) -> Option<&'static str> {
    let register = contract.feed.to_string() == MARRIAGES;
    let column = contract.column(REGISTRATION);
    column.filter(|_| register).map(|_| REGISTRATION)
}

/// Adds the derived attributes of a run of residents.
pub(crate) fn derived(
    groups: &[Groups<'_>],
    residents: usize,
    voided: &Voided,
    columns: &mut Columns,
) -> Result<(), ArrowError> {
    let of = |feed: &str| {
        groups
            .iter()
            .find(|g| g.feed.contract.feed.to_string() == feed)
    };
    marital(of(MARRIAGES), residents, voided, columns)?;
    property(of(PROPERTY), residents, columns)?;
    columns.add("insurances", insurances(of(INSURANCES), residents)?);
    Ok(())
}

/// The rows that a resident's derived attributes rest on: attribute, a telling standard column, row.
/// For the first resident of `group`; for grid cells every row.
pub(crate) fn derived_rows(
    group: &Groups<'_>,
    rows: &FeedRows,
) -> Result<Vec<(&'static str, usize, RowAt)>, ArrowError> {
    let mut found = Vec::new();
    match rows.contract.feed.to_string().as_str() {
        MARRIAGES => {
            let voided = Voided::of(std::iter::once(rows))?;
            if let Some(register) = Register::of(std::iter::once(rows))?
                && let Some(at) = register.newest(group, &voided).0.first().copied().flatten()
            {
                found.push(("marital_status", register.kind, at));
                let other = ["wife_name", "husband_name"][at.mention.min(1) as usize];
                let spouse = rows
                    .column(other)
                    .filter(|_| register.kind(at) == Some("结婚"));
                found.extend(spouse.map(|column| ("spouse_resident_key", column, at)));
            }
        }
        PROPERTY => {
            if let (Some(unit), Some(area)) = (rows.column("unit_no"), rows.column("floor_area")) {
                let owned = distinct(group, 0, &[unit]);
                found.extend(owned.iter().map(|at| ("property_count", unit, *at)));
                found.extend(owned.iter().map(|at| ("property_area", area, *at)));
            }
        }
        INSURANCES => {
            if let Some(columns) = insurance_columns(rows) {
                for rows in insured(group, 0, columns) {
                    let parts = INSURANCE_PARTS.iter().zip(columns).zip(rows);
                    found.extend(
                        parts.filter_map(|(((_, part), column), at)| Some((*part, column, at?))),
                    );
                }
            }
        }
        CELLS => {
            let code = rows.column("grid_code");
            let first = rows
                .batches
                .iter()
                .position(|batch| batch.len() > 0)
                .map(index);
            found.extend(code.zip(first).map(|(code, batch)| {
                (
                    "grid_code",
                    code,
                    RowAt {
                        batch,
                        row: 0,
                        mention: 0,
                    },
                )
            }));
        }
        _ => {}
    }
    Ok(found)
}

/// Marriages that were annulled (撤销): they count as never made.
#[derive(Debug, Default)]
pub(crate) struct Voided(HashSet<(u32, u32)>);

impl Voided {
    /// An annulment voids the marriages under its registration number, and those of its couple, up to
    /// its own day.
    pub(crate) fn of<'a>(feeds: impl Iterator<Item = &'a FeedRows>) -> Result<Self, ArrowError> {
        let Some(register) = Register::of(feeds)? else {
            return Ok(Self::default());
        };
        let annulled: Vec<RowAt> = register
            .rows()
            .filter(|at| register.kind(*at) == Some("撤销"))
            .collect();
        if annulled.is_empty() {
            return Ok(Self::default());
        }
        let mut numbers: HashMap<&str, i64> = HashMap::new();
        let mut couples: HashMap<Couple, i64> = HashMap::new();
        for at in annulled {
            let time = register.time(at);
            if let Some(number) = register.number(at) {
                numbers
                    .entry(number)
                    .and_modify(|t| *t = time.max(*t))
                    .or_insert(time);
            }
            if let Some(couple) = register.couple(at) {
                couples
                    .entry(couple)
                    .and_modify(|t| *t = time.max(*t))
                    .or_insert(time);
            }
        }
        let void = |at: &RowAt| {
            let until = |t: Option<&i64>| t.is_some_and(|t| register.time(*at) <= *t);
            register.kind(*at) == Some("结婚")
                && (until(register.number(*at).and_then(|n| numbers.get(n)))
                    || until(register.couple(*at).and_then(|c| couples.get(&c))))
        };
        let void = register.rows().filter(void);
        Ok(Self(void.map(|at| (at.batch, at.row)).collect()))
    }

    fn holds(&self, at: RowAt) -> bool {
        self.0.contains(&(at.batch, at.row))
    }
}

type Couple = (ResidentKey, ResidentKey);

/// The marriage register, read by its columns' meaning.
struct Register<'a> {
    feed: &'a FeedRows,
    kind: usize,
    /// The kind and the registration number, for each batch.
    kinds: Vec<ArrayRef>,
    numbers: Vec<ArrayRef>,
}

impl<'a> Register<'a> {
    fn of(mut feeds: impl Iterator<Item = &'a FeedRows>) -> Result<Option<Self>, ArrowError> {
        let register = feeds
            .find(|feed| feed.contract.feed.to_string() == MARRIAGES)
            .and_then(|feed| Some((feed, feed.column("kind")?)));
        let Some((feed, kind)) = register else {
            return Ok(None);
        };
        let column = |at: usize| {
            let batches = feed.batches.iter();
            let cells = batches.map(|batch| batch.columns[at].get());
            cells.collect::<Result<Vec<_>, _>>()
        };
        Ok(Some(Self {
            feed,
            kind,
            kinds: column(kind)?,
            numbers: match feed.column(REGISTRATION) {
                Some(number) => column(number)?,
                None => Vec::new(),
            },
        }))
    }

    fn rows(&self) -> impl Iterator<Item = RowAt> + use<'a> {
        let batches = self.feed.batches.iter().enumerate();
        batches.flat_map(|(batch, rows)| {
            (0..rows.len()).map(move |row| RowAt {
                batch: index(batch),
                row: index(row),
                mention: 0,
            })
        })
    }

    fn kind(&self, at: RowAt) -> Option<&str> {
        text(&self.kinds, at)
    }

    fn number(&self, at: RowAt) -> Option<&str> {
        text(&self.numbers, at)
    }

    fn time(&self, at: RowAt) -> i64 {
        self.feed.batches[at.batch as usize].time[at.row as usize]
    }

    fn couple(&self, at: RowAt) -> Option<Couple> {
        let [a, b] = [0, 1].map(|mention| self.feed.key(RowAt { mention, ..at }));
        let (a, b) = (a?, b?);
        Some((a.min(b), a.max(b)))
    }

    /// For each resident the newest marriage or divorce.
    fn newest(&self, group: &Groups<'_>, voided: &Voided) -> Picks {
        group.newest(|at| matches!(self.kind(at), Some("结婚" | "离婚")) && !voided.holds(at))
    }

    /// The other person of the row; nobody is married to himself.
    fn spouse(&self, at: RowAt) -> Option<ResidentKey> {
        let other = self.feed.key(RowAt {
            mention: 1 - at.mention.min(1),
            ..at
        });
        other.filter(|other| Some(*other) != self.feed.key(at))
    }
}

/// The text of a cell in a column of several batches.
fn text(batches: &[ArrayRef], at: RowAt) -> Option<&str> {
    let cells = batches.get(at.batch as usize)?.as_string_view_opt()?;
    let row = at.row as usize;
    cells.is_valid(row).then(|| cells.value(row))
}

/// The newest 结婚 (20) or 离婚 (40); 补领 changes nothing.
fn marital(
    group: Option<&Groups<'_>>,
    residents: usize,
    voided: &Voided,
    columns: &mut Columns,
) -> Result<(), ArrowError> {
    let register = match group {
        Some(group) => Register::of(std::iter::once(group.feed))?,
        None => None,
    };
    let (Some(group), Some(register)) = (group, register) else {
        let none = || -> ArrayRef { Arc::new(StringViewArray::new_null(residents)) };
        for attribute in ["marital_status", "spouse_resident_key"] {
            add_derived(
                columns,
                attribute,
                none(),
                none(),
                Arc::new(Date32Array::new_null(residents)),
            );
        }
        return Ok(());
    };
    let picks = register.newest(group, voided);
    let married = |at: &RowAt| register.kind(*at) == Some("结婚");
    let status: StringViewArray = picks
        .0
        .iter()
        .map(|at| at.as_ref().map(|at| if married(at) { "20" } else { "40" }))
        .collect();
    let spouse = keys_column(
        picks
            .0
            .iter()
            .map(|at| at.filter(married).and_then(|at| register.spouse(at))),
    );
    let wed = Picks(
        picks
            .0
            .iter()
            .enumerate()
            .map(|(i, at)| at.filter(|_| spouse.is_valid(i)))
            .collect(),
    );
    let as_of = Arc::new(group.as_of(&picks));
    add_derived(
        columns,
        "marital_status",
        Arc::new(status),
        source(MARRIAGES, &picks),
        as_of,
    );
    let as_of = Arc::new(group.as_of(&wed));
    add_derived(
        columns,
        "spouse_resident_key",
        spouse,
        source(MARRIAGES, &wed),
        as_of,
    );
    Ok(())
}

/// How many units a resident owns and their floor area; a unit that stands twice counts once.
fn property(
    group: Option<&Groups<'_>>,
    residents: usize,
    columns: &mut Columns,
) -> Result<(), ArrowError> {
    let mut counts: Vec<Option<i64>> = vec![None; residents];
    let mut areas: Vec<Option<i128>> = vec![None; residents];
    let mut picks = Picks(vec![None; residents]);
    if let Some(group) = group
        && let (Some(unit), Some(area)) = (
            group.feed.column("unit_no"),
            group.feed.column("floor_area"),
        )
    {
        for resident in 0..residents {
            let owned = distinct(group, resident, &[unit]);
            if owned.is_empty() {
                continue;
            }
            let area_of = |at: &RowAt| {
                let cells = group
                    .cells(*at, area)?
                    .as_primitive_opt::<Decimal128Type>()?;
                let row = at.row as usize;
                cells.is_valid(row).then(|| cells.value(row))
            };
            counts[resident] = i64::try_from(owned.len()).ok();
            areas[resident] = owned
                .iter()
                .filter_map(area_of)
                .reduce(i128::saturating_add);
            picks.0[resident] = owned.first().copied();
        }
    }
    let sources = source(PROPERTY, &picks);
    let as_of: ArrayRef = group.map_or_else(
        || Arc::new(Date32Array::new_null(residents)) as ArrayRef,
        |g| Arc::new(g.as_of(&picks)),
    );
    let areas = Decimal128Array::from(areas).with_precision_and_scale(18, 2)?;
    add_derived(
        columns,
        "property_count",
        Arc::new(Int64Array::from(counts)),
        Arc::clone(&sources),
        Arc::clone(&as_of),
    );
    add_derived(columns, "property_area", Arc::new(areas), sources, as_of);
    Ok(())
}

/// The rows of a resident that differ in `columns`, each the newest of its kind. Rows in which all of
/// `columns` are null are all kept.
pub(crate) fn distinct(group: &Groups<'_>, resident: usize, columns: &[usize]) -> Vec<RowAt> {
    let mut seen: HashSet<Vec<&str>> = HashSet::new();
    group
        .rows(resident)
        .filter(|at| {
            let known = columns.iter().find_map(|column| group.text(*at, *column));
            let known: Vec<&str> = known.into_iter().collect();
            known.is_empty() || seen.insert(known)
        })
        .collect()
}

/// Where the parts of an insurance stand; `None` if the feed lacks one.
fn insurance_columns(feed: &FeedRows) -> Option<[usize; 4]> {
    let [kind, status, first, base] = INSURANCE_PARTS.map(|(column, _)| feed.column(column));
    Some([kind?, status?, first?, base?])
}

/// The insurances of a resident, sorted by kind: for each part of an entry the newest row of its kind that says it.
fn insured(group: &Groups<'_>, resident: usize, columns: [usize; 4]) -> Vec<[Option<RowAt>; 4]> {
    let mut kinds: BTreeMap<&str, [Option<RowAt>; 4]> = BTreeMap::new();
    for at in group.rows(resident) {
        let Some(kind) = group.text(at, columns[0]) else {
            continue;
        };
        let parts = kinds.entry(kind).or_default();
        for (part, column) in parts.iter_mut().zip(columns) {
            if part.is_none() && group.has(at, column) {
                *part = Some(at);
            }
        }
    }
    kinds.into_values().collect()
}

/// For each resident one entry a kind of insurance.
fn insurances(group: Option<&Groups<'_>>, residents: usize) -> Result<ArrayRef, ArrowError> {
    let fields = insurance_fields();
    let item = Arc::new(Field::new_list_field(
        DataType::Struct(fields.clone()),
        true,
    ));
    let columns = group.and_then(|group| Some((group, insurance_columns(group.feed)?)));
    let Some((group, columns)) = columns else {
        return Ok(arrow::array::new_null_array(
            &DataType::List(item),
            residents,
        ));
    };
    let mut picks = columns.map(|_| Picks(Vec::new()));
    let mut lengths = Vec::with_capacity(residents);
    let mut valid = BooleanBufferBuilder::new(residents);
    for resident in 0..residents {
        let kinds = insured(group, resident, columns);
        valid.append(!kinds.is_empty());
        lengths.push(kinds.len());
        for rows in kinds {
            let parts = picks.iter_mut().zip(rows);
            parts.for_each(|(picks, at)| picks.0.push(at));
        }
    }
    let types: Vec<DataType> = standard_columns(&group.feed.contract)
        .map(|c| data_type(c.standard))
        .collect();
    let parts = columns
        .iter()
        .zip(&picks)
        .map(|(at, picks)| group.values(&[Some(*at)], &types[*at], picks));
    let parts = parts
        .zip(&fields)
        .map(|(part, field)| arrow::compute::cast(&part?, field.data_type()));
    let entries = StructArray::try_new(fields.clone(), parts.collect::<Result<_, _>>()?, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let lists = ListArray::try_new(
        item,
        offsets,
        Arc::new(entries),
        Some(NullBuffer::new(valid.finish())),
    )?;
    Ok(Arc::new(lists))
}

fn add_derived(
    columns: &mut Columns,
    attribute: &str,
    values: ArrayRef,
    source: ArrayRef,
    as_of: ArrayRef,
) {
    columns.add(attribute, values);
    columns.add(format!("{attribute}_source"), source);
    columns.add(format!("{attribute}_as_of"), as_of);
}

/// The feed's name wherever a row was picked.
fn source(feed: &str, picks: &Picks) -> ArrayRef {
    if picks.0.iter().all(Option::is_some) {
        return constant(feed, picks.0.len());
    }
    let names: StringViewArray = picks.0.iter().map(|at| at.map(|_| feed)).collect();
    Arc::new(names)
}
