//! The levels of agreement.

/// How two names agree, the strongest first; the order is the order of strength.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum NameAgreement {
    /// The same, dots and blanks included.
    Exact,
    /// The same once traditional and variant characters, accents, dots and blanks are folded: 張偉, 张伟.
    Folded,
    /// Every character has a reading in common, tones aside: 王佳, 王嘉; also a name in pinyin letters.
    SameSound,
    /// Characters that differ sound or look alike, one at least by its look only: 张晴, 张睛.
    LookAlike,
    /// Equal wherever both can be read: `?`, `□`, `*`, 某, private codes; pinyin for some characters.
    Compatible,
    /// One character or a few letters, a part or the order differ: 王佳怡, 王佳悦.
    Near,
    /// The surname only: 王伟, 王芳.
    Surname,
    /// The given name only, if it says something: 王佳怡, 李佳怡.
    Given,
    /// Nothing of these.
    Different,
}

impl NameAgreement {
    /// Every level, the strongest first.
    pub const ALL: [Self; 9] = [
        Self::Exact,
        Self::Folded,
        Self::SameSound,
        Self::LookAlike,
        Self::Compatible,
        Self::Near,
        Self::Surname,
        Self::Given,
        Self::Different,
    ];

    /// The level in one word, as models and reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Folded => "folded",
            Self::SameSound => "same_sound",
            Self::LookAlike => "look_alike",
            Self::Compatible => "compatible",
            Self::Near => "near",
            Self::Surname => "surname",
            Self::Given => "given",
            Self::Different => "different",
        }
    }
}
