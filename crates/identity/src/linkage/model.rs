//! What a linkage compares, which pairs it looks at, and where its thresholds lie.

use rongtong_standards::names::NameAgreement;

use super::{DateAgreement, NumberAgreement};

/// A linkage, declared in the terms that users of Splink know.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// How pairs are compared; at most [`Model::MOST_COMPARISONS`].
    pub comparisons: Vec<Comparison>,
    /// Which pairs are looked at.
    pub rules: Vec<Rule>,
    /// Where agreement says less than by chance: see [`Context`].
    pub contexts: Vec<Context>,
    /// Probability from which on a pair is linked.
    pub link: f64,
    /// Probability from which on a pair is shown to a reviewer.
    pub review: f64,
    /// Blocks of more records are not looked at by the rule; other rules may find their pairs.
    pub most_records_in_block: usize,
    /// More candidate pairs than this stop the linkage before any is compared.
    pub most_pairs: u64,
}

/// How one column of two records is compared: the first level that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Its name, for people: `name`, `birth_date`.
    pub name: String,
    /// The column of the records.
    pub column: usize,
    /// From the strongest to the weakest. A last level that always holds, "else", is implied, and so is
    /// the level of nothing to compare. At most [`Model::MOST_LEVELS`].
    pub levels: Vec<Level>,
    /// Whether agreement on a rare value weighs more than on a common one.
    pub term_frequency: bool,
}

/// One level of agreement.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its name, for people: `exact`, `same_sound`.
    pub name: String,
    /// When it holds.
    pub test: Test,
}

/// When two values agree on a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// The values are the same.
    Exact,
    /// The value of one record stands in this other column of the other record, and the other way round:
    /// given name and surname swapped.
    ColumnsReversed(usize),
    /// Names of Chinese residents agree at least so.
    Name(NameAgreement),
    /// Dates agree at least so.
    Date(DateAgreement),
    /// Days between the dates, at most.
    DaysApart(u32),
    /// Identity numbers agree at least so.
    Number(NumberAgreement),
    /// Jaro–Winkler similarity, at least.
    JaroWinkler(f64),
    /// Jaro similarity, at least.
    Jaro(f64),
    /// Levenshtein distance, at most.
    Levenshtein(usize),
    /// Damerau–Levenshtein distance, at most.
    DamerauLevenshtein(usize),
    /// The addresses name one home: a room in a building.
    SameHome,
    /// The addresses have every number in common, down to the room: a road that was renamed.
    SameNumbers,
    /// The addresses name one building.
    SameBuilding,
}

/// A blocking rule: records whose keys are all equal are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, for people: `name and birth date`.
    pub name: String,
    /// The keys.
    pub keys: Vec<RuleKey>,
    /// Pairs of two settled records are looked at too. A settled record is known by an identity number
    /// that nothing speaks against; most rules serve to place the others.
    pub settled: bool,
    /// Blocks of more records are not looked at; else the model's limit counts.
    pub most_records_in_block: Option<usize>,
}

/// One part of a blocking rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleKey {
    /// The column of the records.
    pub column: usize,
    /// What of its value.
    pub part: Part,
}

/// What of a value a blocking rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of it.
    Whole,
    /// The name as it is written, variants and traditional forms folded.
    Plain,
    /// The name as it sounds.
    Sound,
    /// The surname.
    Surname,
    /// The given name.
    Given,
    /// Surname and given name, each alone: one slip leaves the other whole.
    NearName,
    /// The year of a date.
    Year,
    /// Month and day of a date.
    MonthDay,
    /// Year, and month and day, each alone: one slip leaves the other whole.
    NearDate,
    /// The quarters of an identity number (division, year, month and day, sequence), in such choices that two
    /// wrong characters leave one whole: what a slip changes is left out, the rest must be the same.
    Quarters,
    /// The home of an address.
    Home,
    /// The building of an address.
    Building,
    /// The first so many characters.
    First(usize),
    /// The characters from the first number on (0 = first), as many as the second says.
    Slice(usize, usize),
}

impl Part {
    /// Whether it is what slips leave whole of a value: of the pairs only those with near values are kept.
    pub(crate) const fn is_near(self) -> bool {
        matches!(self, Self::NearName | Self::NearDate | Self::Quarters)
    }
}

/// A situation in which agreement is structural rather than chance: members of a family share a phone,
/// and a number that belongs to somebody else was copied from somewhere. Among the pairs that agree so,
/// the share of matches and the habits of non-matches are learned apart from those of strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name, for people: `household`.
    pub name: String,
    /// What makes the situation: of each group one, given as a comparison and the weakest of its levels (0 =
    /// strongest) that counts. A pair stands in the first context that fits.
    pub when: Vec<Vec<(usize, usize)>>,
    /// Only pairs of two settled records stand in it: two people as far as their numbers go.
    pub settled: bool,
    /// Further comparisons of which one person's mentions agree otherwise here than elsewhere. Records of one
    /// number never have one name, since mentions of one number and name are one record.
    pub apart: Vec<usize>,
}

/// Why a model can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Patterns hold so many comparisons.
    #[error("there are {0} comparisons; at most {most} fit", most = Model::MOST_COMPARISONS)]
    TooManyComparisons(usize),
    /// Patterns hold so many levels.
    #[error("the comparison {name} has {levels} levels; at most {most} fit", most = Model::MOST_LEVELS)]
    TooManyLevels {
        /// The comparison.
        name: String,
        /// How many it has.
        levels: usize,
    },
    /// Pairs remember by which of so many rules they were found.
    #[error("there are {0} blocking rules; at most {most} fit", most = Model::MOST_RULES)]
    TooManyRules(usize),
    /// The rules give more pairs than the model allows.
    #[error(
        "the blocking rules give {pairs} pairs, more than max_pairs ({most}); make the rule {worst} narrower, or raise max_pairs"
    )]
    TooManyPairs {
        /// How many there would be.
        pairs: u64,
        /// The limit.
        most: u64,
        /// The rule that gives most of them.
        worst: String,
    },
}

impl Model {
    /// A pattern has four bits for each comparison, and four for itself.
    pub const MOST_COMPARISONS: usize = 15;
    /// A pair has a bit for each rule.
    pub const MOST_RULES: usize = 32;
    /// Beside "else" and "nothing to compare".
    pub const MOST_LEVELS: usize = 14;

    /// The records that a block of a rule may have.
    pub(crate) fn most_in_block(&self, rule: &Rule) -> usize {
        rule.most_records_in_block
            .unwrap_or(self.most_records_in_block)
    }

    /// The comparisons that make a context, as bits; 0 is that of strangers, which nothing makes.
    pub(crate) fn made(&self, context: usize) -> u16 {
        let made = self.situation(context);
        let context = context.checked_sub(1).and_then(|at| self.contexts.get(at));
        let apart = context.map(|c| c.apart.as_slice()).unwrap_or_default();
        apart
            .iter()
            .fold(made, |bits, comparison| bits | 1 << comparison)
    }

    /// The comparisons of which a situation is made, as bits.
    pub(crate) fn situation(&self, context: usize) -> u16 {
        let context = context.checked_sub(1).and_then(|at| self.contexts.get(at));
        let when = context.map(|c| c.when.as_slice()).unwrap_or_default();
        let made = when.iter().flatten();
        made.fold(0, |bits, (comparison, _)| bits | 1 << comparison)
    }

    /// The wider of two contexts, where all that makes it is part of what makes the other.
    pub(crate) fn wider(&self, one: u8, other: u8) -> Option<u8> {
        let [a, b] = [one, other].map(|context| self.situation(usize::from(context)));
        match a & b {
            both if both == 0 || a == b => None,
            both if both == a => Some(one),
            both if both == b => Some(other),
            _ => None,
        }
    }

    /// The comparisons that a rule makes equal, as bits.
    pub(crate) fn fixed(&self, rule: &Rule) -> u16 {
        let fixes = |column: usize| rule.keys.iter().any(|key| key.column == column);
        let comparisons = self.comparisons.iter().enumerate();
        let fixed = comparisons.filter(|(_, comparison)| fixes(comparison.column));
        fixed.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// The name of a context, for people; 0 is that of strangers.
    #[must_use]
    pub fn context_name(&self, context: usize) -> &str {
        let named = context.checked_sub(1).and_then(|at| self.contexts.get(at));
        named.map_or("strangers", |context| &context.name)
    }

    /// Whether patterns can hold the model.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn check(&self) -> Result<(), ModelError> {
        if self.comparisons.len() > Self::MOST_COMPARISONS {
            return Err(ModelError::TooManyComparisons(self.comparisons.len()));
        }
        if self.rules.len() > Self::MOST_RULES {
            return Err(ModelError::TooManyRules(self.rules.len()));
        }
        let long = |c: &&Comparison| c.levels.len() > Self::MOST_LEVELS;
        match self.comparisons.iter().find(long) {
            Some(comparison) => Err(ModelError::TooManyLevels {
                name: comparison.name.clone(),
                levels: comparison.levels.len(),
            }),
            None => Ok(()),
        }
    }
}

impl Comparison {
    /// Whether it compares identity numbers: by those records are settled.
    pub(crate) fn is_of_numbers(&self) -> bool {
        let mut levels = self.levels.iter();
        levels.any(|level| matches!(level.test, Test::Number(_)))
    }

    /// Whether it compares names of Chinese residents.
    pub(crate) fn is_of_names(&self) -> bool {
        let mut levels = self.levels.iter();
        levels.any(|level| matches!(level.test, Test::Name(_)))
    }

    /// The name of a level as patterns count them: 0 is "nothing to compare", the last is "else".
    #[must_use]
    pub fn level_name(&self, level: u8) -> &str {
        match usize::from(level).checked_sub(1) {
            None => "null",
            Some(at) => self.levels.get(at).map_or("else", |level| &level.name),
        }
    }
}
