//! The parts of a workbook around its sheets: which sheets there are, where, and how numbers in
//! their cells are meant.

use std::collections::HashMap;
use std::sync::Arc;

use quick_xml::events::BytesStart;

use super::damaged;
use super::part::{PartReader, Piece, attribute};
use super::strings::SharedStrings;
use super::value::{NumberKind, Values};
use crate::archive::{Archive, Member};
use crate::error::FormatError;
use crate::limits::Limits;

/// A worksheet.
pub(super) struct SheetPart {
    pub(super) name: String,
    pub(super) member: Member,
}

/// What a workbook says of itself.
pub(super) struct Package {
    /// Worksheets in the order of their tabs; chart sheets and the like left out.
    pub(super) sheets: Vec<SheetPart>,
    kinds: Vec<NumberKind>,
    strings: SharedStrings,
    is_1904: bool,
}

impl Package {
    pub(super) fn read(archive: &Archive, limits: &Limits) -> Result<Self, FormatError> {
        let parts = Parts { archive, limits };
        let root = parts.relations("")?;
        let book = root.iter().find(|r| r.kind == "officeDocument");
        let path = book.map_or("xl/workbook.xml", |r| r.target.as_str());
        let relations = parts.relations(path)?;
        let by_kind = |kind: &str| {
            let relation = relations.iter().find(|r| r.kind == kind);
            relation.and_then(|r| archive.find(&r.target))
        };
        let (listed, is_1904) = parts.workbook(path)?;
        let mut sheets = Vec::new();
        for (name, id) in listed {
            let relation = relations.iter().find(|r| r.id == id);
            let Some(relation) = relation.filter(|r| r.kind == "worksheet") else {
                continue;
            };
            let member = archive
                .find(&relation.target)
                .ok_or(damaged("a sheet is missing"))?;
            sheets.push(SheetPart {
                name,
                member: member.clone(),
            });
        }
        let kinds = match by_kind("styles") {
            Some(member) => parts.styles(member)?,
            None => Vec::new(),
        };
        let strings = match by_kind("sharedStrings") {
            Some(member) => SharedStrings::read(parts.open(member)?, limits)?,
            None => SharedStrings::default(),
        };
        Ok(Self {
            sheets,
            kinds,
            strings,
            is_1904,
        })
    }

    /// What cells are rendered with.
    pub(super) fn values(self) -> Values {
        Values {
            kinds: self.kinds,
            strings: Arc::new(self.strings),
            is_1904: self.is_1904,
        }
    }
}

/// A line of a `.rels` part.
struct Relation {
    id: String,
    /// The last word of its type, which the two dialects of the standard share.
    kind: String,
    /// The part it leads to.
    target: String,
}

struct Parts<'a> {
    archive: &'a Archive,
    limits: &'a Limits,
}

impl Parts<'_> {
    fn open(&self, member: &Member) -> Result<PartReader, FormatError> {
        let limit = usize::try_from(self.limits.max_workbook_memory).unwrap_or(usize::MAX);
        Ok(PartReader::new(
            self.archive.read(member)?,
            limit,
            self.limits,
        ))
    }

    fn each(
        &self,
        member: &Member,
        mut take: impl FnMut(&BytesStart<'_>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut part = self.open(member)?;
        loop {
            match part.next()? {
                Piece::Open(element) => take(&element)?,
                Piece::End => return Ok(()),
                Piece::Close(_) | Piece::Text(_) => {}
            }
        }
    }

    /// The relations of the part at `path` (of the package itself, if empty); none is fine.
    fn relations(&self, path: &str) -> Result<Vec<Relation>, FormatError> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let slash = if folder.is_empty() { "" } else { "/" };
        let name = format!("{folder}{slash}_rels/{file}.rels");
        let mut relations = Vec::new();
        let Some(member) = self.archive.find(&name) else {
            return Ok(relations);
        };
        self.each(member, |element| {
            if element.local_name().as_ref() == "Relationship" {
                let kind = attribute(element, "Type").unwrap_or_default();
                let target = attribute(element, "Target").unwrap_or_default();
                relations.push(Relation {
                    id: attribute(element, "Id").unwrap_or_default(),
                    kind: kind.rsplit('/').next().unwrap_or_default().into(),
                    target: resolve_path(folder, &target),
                });
            }
            Ok(())
        })?;
        Ok(relations)
    }

    /// Names and relation ids of the sheets, and whether dates count from 1904.
    fn workbook(&self, path: &str) -> Result<(Vec<(String, String)>, bool), FormatError> {
        let member = self.archive.find(path);
        let member = member.ok_or(damaged("its list of sheets is missing"))?;
        let mut sheets = Vec::new();
        let mut is_1904 = false;
        self.each(member, |element| {
            match element.local_name().as_ref() {
                "workbookPr" => {
                    let flag = attribute(element, "date1904");
                    is_1904 = matches!(flag.as_deref(), Some("1" | "true"));
                }
                "sheet" => {
                    let name = attribute(element, "name").unwrap_or_default();
                    sheets.push((name, attribute(element, "id").unwrap_or_default()));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok((sheets, is_1904))
    }

    /// What a number in a cell of each style is.
    fn styles(&self, member: &Member) -> Result<Vec<NumberKind>, FormatError> {
        let mut custom: HashMap<u32, NumberKind> = HashMap::new();
        let mut kinds = Vec::new();
        let mut part = self.open(member)?;
        let mut in_cells = false;
        loop {
            match part.next()? {
                Piece::Open(element) => {
                    let id = || attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    match element.local_name().as_ref() {
                        "numFmt" => {
                            let code = attribute(&element, "formatCode").unwrap_or_default();
                            custom.insert(id().unwrap_or(0), NumberKind::of_code(&code));
                        }
                        "cellXfs" => in_cells = true,
                        "xf" if in_cells => {
                            let id = id().unwrap_or(0);
                            let own = custom.get(&id).copied();
                            kinds.push(own.unwrap_or_else(|| NumberKind::of_builtin(id)));
                        }
                        _ => {}
                    }
                }
                Piece::Close("cellXfs") => in_cells = false,
                Piece::End => return Ok(kinds),
                Piece::Close(_) | Piece::Text(_) => {}
            }
        }
    }
}

/// A target, which is relative to the folder of its source, or absolute.
fn resolve_path(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.into();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}
