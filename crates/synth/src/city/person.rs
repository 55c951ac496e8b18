//! One person, compactly: a city may have millions.

use crate::day::Day;
use crate::identity::Number;

/// No person.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Where a person's household registration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hukou {
    Here,
    Elsewhere,
    /// From Hong Kong, Macao, Taiwan or abroad.
    Abroad,
    /// Lives elsewhere; stands here only in other people's papers (former spouses, absent owners).
    Outside,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Child,
    Employee,
    Official,
    Unwaged,
    Pensioner,
}

/// What the departments do not know yet, or still get wrong about a person for good reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    None,
    /// Born weeks ago: a birth certificate, no name, no number.
    Newborn,
    /// Born before 1900: the number ends in 996 to 999 in its 15 digits.
    Centenarian,
    /// The number is another person's too.
    SharedNumber,
}

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: Box<str>,
    pub(crate) former_name: Option<Box<str>>,
    pub(crate) number: Number,
    pub(crate) former_number: Option<u64>,
    pub(crate) birth: Day,
    pub(crate) died: Option<Day>,
    pub(crate) household: u32,
    /// The dwelling where the person lives.
    pub(crate) home: u32,
    /// 11 digits; 0 for none.
    pub(crate) phone: u64,
    pub(crate) mother: u32,
    pub(crate) father: u32,
    pub(crate) spouse: u32,
    pub(crate) twin: u32,
    /// GA/T 2000.156.
    pub(crate) id_type: u16,
    pub(crate) man: bool,
    /// GB/T 3304.
    pub(crate) ethnicity: u8,
    /// GB/T 4761.
    pub(crate) relation: u8,
    /// GB/T 2261.2 to its tens: 10, 20, 30, 40.
    pub(crate) marital: u8,
    pub(crate) hukou: Hukou,
    pub(crate) work: Work,
    pub(crate) gap: Gap,
    /// How often the person changed since the first day.
    pub(crate) revision: u8,
    /// Left the register on the second day.
    pub(crate) left: bool,
}
