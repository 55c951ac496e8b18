//! How codes and amounts get written down.

use super::{Fault, Soil};

impl Soil {
    /// 男 or 女, or 1 or 2 where the feed writes codes.
    pub(crate) fn sex(&mut self, man: bool, as_code: bool) -> String {
        let man = if self.hit(Fault::SexWrong) { !man } else { man };
        let (code, label) = if man { ("1", "男") } else { ("2", "女") };
        match self.code_fault() {
            Some(Fault::CodeMissing) => self.rng.pick(&["", "", "0", "9", "未知"]).into(),
            Some(Fault::CodeWithLabel) => format!("{code}{}{label}", self.rng.pick(&["-", ""])),
            Some(Fault::CodeLabelOnly) => {
                let (latin, long) = if man {
                    ("M", "男性")
                } else {
                    ("F", "女性")
                };
                if as_code {
                    self.rng.pick(&[label, latin, long]).into()
                } else {
                    code.into()
                }
            }
            _ => if as_code { code } else { label }.into(),
        }
    }

    /// A code, or its label, or both.
    pub(crate) fn code(&mut self, code: &str, label: &str) -> String {
        match self.code_fault() {
            Some(Fault::CodeMissing) => String::new(),
            Some(Fault::CodeWithLabel) => {
                format!("{code}{}{label}", self.rng.pick(&["", "", "-", " "]))
            }
            Some(Fault::CodeLabelOnly) => label.into(),
            _ => code.into(),
        }
    }

    /// Yuan with cents.
    pub(crate) fn amount(&mut self, cents: u64) -> String {
        const FAULTS: &[Fault] = &[
            Fault::AmountWan,
            Fault::AmountThousands,
            Fault::AmountUnit,
            Fault::AmountMissing,
        ];
        let (yuan, rest) = (cents / 100, cents % 100);
        let plain = if rest == 0 && self.rng.chance(0.5) {
            yuan.to_string()
        } else {
            format!("{yuan}.{rest:02}")
        };
        let Some(fault) = self.one_of(FAULTS) else {
            return plain;
        };
        self.note(fault);
        match fault {
            Fault::AmountMissing => String::new(),
            Fault::AmountWan => {
                let unit = self.rng.pick(&["万元", "万"]);
                let ten_thousandths = format!("{}.{:06}", cents / 1_000_000, cents % 1_000_000);
                let short = ten_thousandths.trim_end_matches('0').trim_end_matches('.');
                format!("{short}{unit}")
            }
            Fault::AmountThousands if yuan >= 1000 => {
                format!("{},{:03}.{rest:02}", yuan / 1000, yuan % 1000)
            }
            _ => match self.rng.below(3) {
                0 => format!("{plain}元"),
                1 => format!("¥{plain}"),
                _ => format!("￥{plain}"),
            },
        }
    }

    fn code_fault(&mut self) -> Option<Fault> {
        const FAULTS: &[Fault] = &[
            Fault::CodeMissing,
            Fault::CodeWithLabel,
            Fault::CodeLabelOnly,
        ];
        let fault = self.one_of(FAULTS)?;
        self.note(fault);
        Some(fault)
    }
}
