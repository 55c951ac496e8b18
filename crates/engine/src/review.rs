//! What a reviewer sees: the pairs that wait, and the residents of a pair.

use std::collections::BTreeMap;

use rongtong_identity::ResidentKey;
use serde::Serialize;

use crate::columns::{keys_of, texts};
use crate::error::RunError;
use crate::registry::{Evidence, evidence};
use crate::session::View;
use crate::tables::{KEY_EVENTS, LINKS, RESIDENTS, REVIEW, feed_of};
use crate::why::{WhyLink, links};

/// A release, opened to review.
pub struct Desk {
    view: View,
}

/// A pair that waits for a reviewer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waiting {
    /// Its place in this release, 1 = likeliest.
    pub number: usize,
    /// One resident.
    pub resident_key: String,
    /// The other.
    pub other_key: String,
    /// Own key of the record of the first that agrees best.
    pub own_key: String,
    /// Own key of the record of the other.
    pub other_own_key: String,
    /// How they agree.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// A resident as a reviewer sees them. Personal data: shown only on purpose, never by `Debug`.
#[derive(Clone, Serialize)]
pub struct Side {
    /// The resident.
    pub resident_key: String,
    /// On what ground the key stands.
    pub key_basis: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Sex, GB/T 2261.1.
    pub sex: Option<String>,
    /// Birth date.
    pub birth_date: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Present address.
    pub address: Option<String>,
    /// Address of the hukou.
    pub hukou_address: Option<String>,
    /// Which feeds know them, and with what sort of number. Never the number itself.
    pub known_by: Vec<KnownBy>,
}

/// A feed that knows a resident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownBy {
    /// The feed.
    pub feed: String,
    /// Of a feed that names several people in a row, who: `husband`; else empty.
    pub role: String,
    /// `valid`, `masked`, `missing` …
    pub id_status: String,
    /// How many rows.
    pub rows: u64,
}

impl Desk {
    /// Opens the newest release, or the one of the number `release`.
    ///
    /// # Errors
    /// [`RunError::NoRelease`], [`RunError::UnknownRelease`], or what the lake says.
    pub async fn open(
        location: &str,
        restricted: &BTreeMap<String, String>,
        release: Option<&str>,
    ) -> Result<Self, RunError> {
        let view = View::open(location, restricted, release).await?;
        Ok(Self { view })
    }

    /// The id of the release.
    #[must_use]
    pub fn release(&self) -> String {
        self.view.id()
    }

    /// The pairs that wait, likeliest first.
    ///
    /// # Errors
    /// What the lake says.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, RunError> {
        if !self.view.reader.has(REVIEW) {
            return Ok(Vec::new());
        }
        let query =
            "SELECT * FROM review ORDER BY probability DESC, weight DESC, resident_key, other_key";
        let mut waiting: Vec<Waiting> = Vec::new();
        for batch in self.view.ask(query).await? {
            let text = |name| texts(&batch, REVIEW, name);
            let (ones, others) = (text("resident_key")?, text("other_key")?);
            let (owns, other_owns) = (text("own_key")?, text("other_own_key")?);
            for (row, evidence) in evidence(&batch, REVIEW)?.into_iter().enumerate() {
                waiting.push(Waiting {
                    number: waiting.len() + 1,
                    resident_key: ones.value(row).to_owned(),
                    other_key: others.value(row).to_owned(),
                    own_key: owns.value(row).to_owned(),
                    other_own_key: other_owns.value(row).to_owned(),
                    evidence,
                });
            }
        }
        Ok(waiting)
    }

    /// The resident that has a key; `None` if nobody has it in this release.
    ///
    /// # Errors
    /// What the lake says.
    pub async fn side(&self, key: ResidentKey) -> Result<Option<Side>, RunError> {
        let query = format!(
            "SELECT key_basis, name, sex, birth_date, phone, address, hukou_address \
             FROM residents WHERE resident_key = '{key}'"
        );
        let found = self.view.rows(&query).await?.into_iter().next();
        let Some(
            [
                key_basis,
                name,
                sex,
                birth_date,
                phone,
                address,
                hukou_address,
            ],
        ) = found
        else {
            return Ok(None);
        };
        Ok(Some(Side {
            resident_key: key.to_string(),
            key_basis,
            name,
            sex,
            birth_date,
            phone,
            address,
            hukou_address,
            known_by: self.known_by(key).await?,
        }))
    }

    /// The tie of one own key to another, or to a resident, if the release has it.
    ///
    /// # Errors
    /// What the lake says.
    pub async fn link(
        &self,
        one: ResidentKey,
        other: ResidentKey,
    ) -> Result<Option<(ResidentKey, WhyLink)>, RunError> {
        if !self.view.reader.has(LINKS) {
            return Ok(None);
        }
        for (own, to) in [(one, other), (other, one)] {
            let query = format!(
                "SELECT * FROM links WHERE own_key = '{own}' AND (resident_key = '{to}' OR other_key = '{to}') \
                 ORDER BY own_key, other_key, feed, _source_file, _source_row, role"
            );
            let found = self.view.ask(&query).await?;
            let mut residents = Vec::new();
            for batch in &found {
                residents.extend(keys_of(batch, LINKS, "resident_key")?);
            }
            let resident = residents.into_iter().flatten().next();
            let link = links::read(&found)?.into_iter().next();
            if let Some(found) = resident.zip(link) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether the release knows a key: a resident's, the own key of something tied to one, or a key that
    /// leads on to another.
    ///
    /// # Errors
    /// What the lake says.
    pub async fn knows(&self, key: ResidentKey) -> Result<bool, RunError> {
        let places = [
            (RESIDENTS, &["resident_key"][..]),
            (LINKS, &["own_key", "other_key"]),
            (REVIEW, &["own_key", "other_own_key"]),
            (KEY_EVENTS, &["resident_key", "successor_key"]),
        ];
        for (table, columns) in places {
            if !self.view.reader.has(table) {
                continue;
            }
            let any: Vec<String> = columns.iter().map(|c| format!("{c} = '{key}'")).collect();
            let query = format!("SELECT 1 FROM {table} WHERE {} LIMIT 1", any.join(" OR "));
            if self
                .view
                .ask(&query)
                .await?
                .iter()
                .any(|batch| batch.num_rows() > 0)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn known_by(&self, key: ResidentKey) -> Result<Vec<KnownBy>, RunError> {
        let mut known = Vec::new();
        for table in self.view.reader.tables() {
            let Some(feed) = feed_of(&table.name) else {
                continue;
            };
            let Some(schema) = self.view.reader.schema(&table.name).await? else {
                continue;
            };
            let columns = schema.fields().iter().map(|field| field.name().as_str());
            let roles = columns.filter_map(|name| name.strip_suffix("resident_key"));
            for role in roles.filter(|role| schema.index_of(&format!("{role}id_status")).is_ok()) {
                let query = format!(
                    "SELECT {role}id_status, count(*) FROM standard.{feed} \
                     WHERE {role}resident_key = '{key}' GROUP BY 1 ORDER BY 1"
                );
                let counted = self.view.rows(&query).await?;
                known.extend(counted.into_iter().map(|[status, count]| KnownBy {
                    feed: feed.to_string(),
                    role: role.trim_end_matches('_').to_owned(),
                    id_status: status.unwrap_or_default(),
                    rows: count.and_then(|count| count.parse().ok()).unwrap_or(0),
                }));
            }
        }
        Ok(known)
    }
}
