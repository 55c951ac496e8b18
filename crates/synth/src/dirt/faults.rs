//! Each kind of fault and how often it happens: the one table of rates.

/// How dirty the deliveries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dirt {
    /// Every cell right and in its usual form. What is the feeds' nature stays: a quarter of
    /// tenancies has no number, couples of courts stay married, companies own homes.
    Clean,
    /// What a middling city sends: a few in a hundred numbers are wrong in some way.
    Usual,
    /// The mix on which linkage is measured: more wrong numbers and names, twins, shared phones.
    Hard,
}

impl Dirt {
    pub(crate) fn rates(self) -> &'static Rates {
        match self {
            Dirt::Clean => &CLEAN,
            Dirt::Usual => &USUAL,
            Dirt::Hard => &HARD,
        }
    }
}

/// How often one fault is put into a cell (or row) that can have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRate {
    /// As in the `dirt` column of `truth/mentions.csv`.
    pub name: &'static str,
    /// Share of cells at [`Dirt::Usual`], 0 to 1. Household registers are four times as clean.
    pub usual: f64,
    /// Share of cells at [`Dirt::Hard`], 0 to 1.
    pub hard: f64,
}

/// Every fault that can be put in, and its rates.
#[must_use]
pub fn fault_rates() -> &'static [FaultRate] {
    &TABLE
}

/// The chances of one level.
#[derive(Debug)]
pub(crate) struct Rates {
    faults: [f64; COUNT],
    pub(crate) nature: Nature,
}

impl Rates {
    pub(crate) fn of(&self, fault: Fault) -> f64 {
        self.faults[fault as usize]
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.faults[Fault::IdMissing as usize] == 0.0
    }
}

/// What makes people hard to tell apart, before any clerk errs.
#[derive(Debug)]
pub(crate) struct Nature {
    /// Chance that a child is born with a twin.
    pub(crate) twin_births: f64,
    /// Chance that a grown member of a family gives the head's phone.
    pub(crate) shared_phones: f64,
    /// Chance that a person once had another name.
    pub(crate) former_names: f64,
    /// Chance that a person once had another number.
    pub(crate) changed_numbers: f64,
    /// Share of people whose number is another person's too.
    pub(crate) shared_numbers: f64,
    /// Chance that a son bears his father's very name.
    pub(crate) namesake_sons: f64,
    /// Share of people with a stranger of their name, sex and birth date.
    pub(crate) doubles: f64,
}

const CLEAN: Rates = Rates {
    faults: [0.0; COUNT],
    nature: Nature {
        twin_births: 0.01,
        shared_phones: 0.1,
        former_names: 0.0,
        changed_numbers: 0.0,
        shared_numbers: 0.0,
        namesake_sons: 0.0,
        doubles: 0.0,
    },
};

const USUAL: Rates = Rates {
    faults: column(false),
    nature: Nature {
        twin_births: 0.01,
        shared_phones: 0.15,
        former_names: 0.006,
        changed_numbers: 0.003,
        shared_numbers: 0.000_2,
        namesake_sons: 0.000_5,
        doubles: 0.0,
    },
};

const HARD: Rates = Rates {
    faults: column(true),
    nature: Nature {
        twin_births: 0.025,
        shared_phones: 0.45,
        former_names: 0.02,
        changed_numbers: 0.01,
        shared_numbers: 0.001,
        namesake_sons: 0.002,
        doubles: 0.001,
    },
};

const fn column(hard: bool) -> [f64; COUNT] {
    let mut rates = [0.0; COUNT];
    let mut at = 0;
    while at < COUNT {
        rates[at] = if hard {
            TABLE[at].hard
        } else {
            TABLE[at].usual
        };
        at += 1;
    }
    rates
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $fault:ident $name:literal $usual:literal $hard:literal;)*) => {
        /// One kind of dirt.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Fault {
            $($(#[doc = $doc])* $fault,)*
        }

        /// How many kinds there are.
        pub(crate) const COUNT: usize = [$(Fault::$fault),*].len();

        const TABLE: [FaultRate; COUNT] = [
            $(FaultRate { name: $name, usual: $usual, hard: $hard },)*
        ];
    };
}

impl Fault {
    pub(crate) fn name(self) -> &'static str {
        TABLE[self as usize].name
    }
}

faults! {
    // The identity number: at most one of these for a mention, of those with a number of 18 characters.
    IdMissing "id_missing" 0.006 0.02;
    /// A lower-case x, of numbers that end in X.
    IdLowerX "id_lower_x" 0.04 0.06;
    IdFullWidth "id_full_width" 0.002 0.003;
    IdInnerBlanks "id_inner_blanks" 0.002 0.003;
    IdOuterBlanks "id_outer_blanks" 0.004 0.006;
    /// O for 0.
    IdLetterO "id_letter_o" 0.001 0.002;
    /// l or I for 1.
    IdLetterL "id_letter_l" 0.001 0.002;
    IdMasked "id_masked" 0.003 0.012;
    /// One digit wrong: fails the check.
    IdMistyped "id_mistyped" 0.004 0.012;
    /// Two neighbours swapped: fails the check.
    IdSwapped "id_swapped" 0.002 0.006;
    /// Two digits wrong: one in ten passes the check.
    IdTwoDigits "id_two_digits" 0.000_5 0.005;
    /// Someone else's, well-formed.
    IdOfAnother "id_of_another" 0.001_5 0.008;
    /// 15 digits, of people born before 1999.
    IdFifteen "id_fifteen" 0.008 0.012;
    /// 3.30106E+17
    IdExcelScientific "id_excel_scientific" 0.000_4 0.001;
    /// Digits 16 to 18 zeroed.
    IdExcelZeroed "id_excel_zeroed" 0.001 0.003;
    /// A leading '.
    IdLeadingQuote "id_leading_quote" 0.002 0.003;
    /// 111111111111111111
    IdPlaceholder "id_placeholder" 0.000_5 0.002;
    // Numbers by circumstance.
    /// A parent's number on a child, of mentions of children.
    IdOfGuardian "id_of_guardian" 0.01 0.03;
    /// The number before a correction, of people who had one.
    IdFormer "id_former" 0.4 0.5;
    /// Two people, one number: each mention of them.
    IdOfTwo "id_of_two" 1.0 1.0;
    /// A newborn's birth certificate number, of newborns.
    IdBirthCertificate "id_birth_certificate" 1.0 1.0;
    /// Not asked for: a quarter of tenancies, of clean ones too.
    IdNotGiven "id_not_given" 0.25 0.25;
    /// Hidden in another column (个人编号, 救助编号).
    IdHidden "id_hidden" 0.02 0.03;

    // Names: at most one bend for a mention.
    NameHomophone "name_homophone" 0.004 0.012;
    NameLookAlike "name_look_alike" 0.002 0.006;
    NameTraditional "name_traditional" 0.002 0.004;
    /// A former name, of people who had one.
    NameFormer "name_former" 0.4 0.5;
    NameRemark "name_remark" 0.001 0.002;
    /// A blank or U+3000 between the characters.
    NameBlanks "name_blanks" 0.01 0.015;
    /// Another form of the middle dot, of names with one.
    NameDot "name_dot" 0.5 0.6;
    /// Private-use character, ?, □ or pinyin, of names with a rare character.
    NameRareLost "name_rare_lost" 0.5 0.6;
    /// 王某之女, of newborns.
    NameNewborn "name_newborn" 0.9 0.9;
    NameMissing "name_missing" 0.001 0.004;
    /// 张*伟, as files for the public have it. The usual city has none.
    NameMasked "name_masked" 0.0 0.004;
    /// （已故） on the dead, （已注销） on others, of names that still stand in the register.
    NameDead "name_dead" 0.3 0.3;

    // Dates and sex.
    DateForm "date_form" 0.03 0.05;
    DateImpossible "date_impossible" 0.002 0.004;
    DatePlaceholder "date_placeholder" 0.002 0.004;
    DateMissing "date_missing" 0.005 0.02;
    BirthWrong "birth_wrong" 0.002 0.01;
    /// The birthday of the lunar calendar, some weeks before that of the solar one. The usual city has none.
    BirthLunar "birth_lunar" 0.0 0.003;
    /// Day and month swapped. The usual city has none.
    BirthSwapped "birth_swapped" 0.0 0.002;
    /// The first of January, where only the year was known. The usual city has none.
    BirthYearOnly "birth_year_only" 0.0 0.003;
    SexWrong "sex_wrong" 0.001 0.003;

    // Codes.
    /// 01汉族, 1-男
    CodeWithLabel "code_with_label" 0.01 0.015;
    /// 汉族, 男
    CodeLabelOnly "code_label_only" 0.01 0.015;
    /// Health's 01 and 03 for 111 and 414.
    CodeOfAnotherSystem "code_of_another_system" 0.03 0.04;
    CodeMissing "code_missing" 0.005 0.01;

    // Phones.
    PhonePrefix "phone_prefix" 0.01 0.01;
    PhoneGrouped "phone_grouped" 0.01 0.01;
    PhoneMasked "phone_masked" 0.005 0.02;
    PhonePlaceholder "phone_placeholder" 0.003 0.005;
    /// An agent's phone on hundreds.
    PhoneAgent "phone_agent" 0.02 0.03;
    PhoneMissing "phone_missing" 0.03 0.08;
    PhoneLandline "phone_landline" 0.01 0.01;
    PhoneCut "phone_cut" 0.001 0.002;

    // Addresses.
    AddressForm "address_form" 0.25 0.35;
    AddressOldRoad "address_old_road" 0.1 0.15;
    AddressMissing "address_missing" 0.002 0.01;

    // Amounts and coordinates.
    AmountWan "amount_wan" 0.01 0.015;
    AmountThousands "amount_thousands" 0.01 0.01;
    AmountUnit "amount_unit" 0.01 0.01;
    AmountMissing "amount_missing" 0.005 0.01;
    AxesSwapped "axes_swapped" 0.003 0.005;
    CoordinatesMissing "coordinates_missing" 0.02 0.03;

    // Any cell.
    TextBlanks "text_blanks" 0.01 0.015;
    TextFullWidth "text_full_width" 0.005 0.008;
    /// NULL, null, \N, - or 无, of empty cells.
    NullWord "null_word" 0.1 0.1;
    /// A newline inside quotes, where the packing has quotes.
    TextNewline "text_newline" 0.002 0.003;

    // Rows.
    /// More or fewer columns than the heading.
    RowWidth "row_width" 0.000_5 0.001;
    /// A line cut short.
    RowUnparsable "row_unparsable" 0.001 0.001;
    /// Names nobody.
    RowNobody "row_nobody" 0.000_5 0.001;
    /// The very same row again.
    RowRepeat "row_repeat" 0.002 0.003;
    /// 合计 below the rows, one for a sheet.
    RowTotal "row_total" 1.0 1.0;
    /// A second booklet for one person, of people in the register.
    RowDoubleHukou "row_double_hukou" 0.004 0.008;
    /// `updated_at` is the time of extraction.
    RowExtractionTime "row_extraction_time" 0.3 0.3;
    /// A row of the day before, sent again on the second day.
    RowLate "row_late" 0.002 0.002;
    /// A blank line before the row: no row of its own.
    BlankLine "blank_line" 0.000_3 0.000_3;
}
