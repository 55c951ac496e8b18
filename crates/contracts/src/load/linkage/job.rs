//! A job of `rongtong link`: a model, the tables it is for, and where the results go.

use std::path::{Path, PathBuf};

use crate::load::path::is_same;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::Node;
use crate::{LinkJob, LinkTable, LinkType};

pub(in crate::load) fn read(root: &Node, path: &Path, report: &mut Report) -> Option<LinkJob> {
    let mut map = Map::of(root, "a linkage", report)?;
    let home = path.parent().unwrap_or(Path::new(""));
    let remedy = "write `link_type: dedupe_only` for one table, `link_only` for two";
    let link_type = map.need("link_type", remedy, report);
    let link_type = link_type.and_then(|node| reader::word::<LinkType>(node, report));
    let remedy = "list the files: `tables: [people.csv]`, from this file's folder";
    let nodes = map
        .need("tables", remedy, report)
        .map_or(&[][..], reader::one_or_more);
    let tables = tables(nodes, home, report);
    if let (Some(link_type), true) = (link_type, tables.len() == nodes.len()) {
        let needed = match link_type {
            LinkType::DedupeOnly => 1,
            LinkType::LinkOnly => 2,
        };
        if !nodes.is_empty() && nodes.len() != needed {
            let what = format!(
                "{link_type} is about {needed} table(s), here are {}",
                nodes.len()
            );
            let remedy = "name one table for dedupe_only, two for link_only";
            report.add(map.place_of("tables"), "", what, remedy);
        }
    }
    let remedy = "write the column that tells rows apart: `unique_id_column_name: rec_id`";
    let unique_id = map.need("unique_id_column_name", remedy, report);
    let unique_id_at = unique_id.map_or((0, 0), |node| node.place.into());
    let unique_id = unique_id.and_then(|node| reader::text(node, "unique_id_column_name", report));
    let one_to_one = map.get("one_to_one");
    let one_to_one = one_to_one.and_then(|node| {
        let flag = reader::flag(node, "one_to_one", report)?;
        if flag && link_type == Some(LinkType::DedupeOnly) {
            let what = "one_to_one is about two tables";
            report.add(
                node.place,
                node.text(),
                what,
                "remove it, or write `link_type: link_only`",
            );
        }
        Some(flag)
    });
    let (pairs, clusters) = map
        .get("output")
        .map(|node| output(node, (home, &tables), report))
        .unwrap_or_default();
    let linkage = super::model(&mut map, None, path, report);
    map.finish(&[], report);
    Some(LinkJob {
        linkage,
        link_type: link_type?,
        tables,
        unique_id: unique_id?.to_owned(),
        unique_id_at,
        one_to_one: one_to_one.unwrap_or(false),
        pairs,
        clusters,
    })
}

fn tables(nodes: &[Node], home: &Path, report: &mut Report) -> Vec<LinkTable> {
    let mut tables: Vec<LinkTable> = Vec::new();
    for node in nodes {
        let Some(path) = table_path(node, home, report) else {
            continue;
        };
        if !path.is_file() {
            let what = format!("there is no file {}", path.display());
            let remedy = "write its path from this file's folder";
            report.add(node.place, node.text(), what, remedy);
        }
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if tables.iter().any(|other| other.name == name) {
            let what = format!("two tables are named `{name}`");
            report.add(node.place, node.text(), what, "rename one of the files");
        }
        tables.push(LinkTable {
            name,
            path,
            at: node.place.into(),
        });
    }
    tables
}

fn output(
    node: &Node,
    (home, tables): (&Path, &[LinkTable]),
    report: &mut Report,
) -> (Option<PathBuf>, Option<PathBuf>) {
    let Some(mut map) = Map::of(node, "output", report) else {
        return (None, None);
    };
    let mut path = |key| {
        let node = map.get(key)?;
        Some((node, table_path(node, home, report)?))
    };
    let (pairs, clusters) = (path("pairs"), path("clusters"));
    map.finish(&[], report);
    for (node, written) in [&pairs, &clusters].into_iter().flatten() {
        if tables.iter().any(|table| is_same(&table.path, written)) {
            let what = "this would be written over a table that is read";
            report.add(node.place, node.text(), what, "write another name");
        }
    }
    if let (Some((_, one)), Some((node, other))) = (&pairs, &clusters)
        && one == other
    {
        let what = "pairs and clusters would be one file";
        report.add(node.place, node.text(), what, "write two names");
    }
    let path = |found: Option<(&Node, PathBuf)>| found.map(|(_, path)| path);
    (path(pairs), path(clusters))
}

/// A file whose ending says how it is packed.
fn table_path(node: &Node, home: &Path, report: &mut Report) -> Option<PathBuf> {
    let text = reader::text(node, "a file", report)?;
    let path = home.join(text);
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    if !matches!(ending.as_str(), "csv" | "parquet") {
        let what = format!("`{text}` is neither .csv nor .parquet");
        report.add(
            node.place,
            text,
            what,
            "name a CSV or Parquet file by its ending",
        );
        return None;
    }
    Some(path)
}
