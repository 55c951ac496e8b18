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
    /// Characters that differ sound alike to speakers of southern dialects, who don't tell 黄 from 王, 程 from
    /// 陈, 南 from 兰: 王娜, 黄娜.
    Accent,
    /// Equal wherever both can be read or say something: `?`, `□`, `*`, 某, private codes; pinyin for some
    /// characters; the person's own name without the father's, 木拉提 for 木拉提·阿里木江; words in another order.
    Compatible,
    /// One character or a few letters differ, or two are swapped: 王佳怡, 王佳悦.
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
    pub const ALL: [Self; 10] = [
        Self::Exact,
        Self::Folded,
        Self::SameSound,
        Self::LookAlike,
        Self::Accent,
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
            Self::Accent => "accent",
            Self::Compatible => "compatible",
            Self::Near => "near",
            Self::Surname => "surname",
            Self::Given => "given",
            Self::Different => "different",
        }
    }
}
