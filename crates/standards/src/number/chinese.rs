//! Numbers written in Chinese numerals.

/// The number that Chinese numerals say, up to 9999: `二`, `十二`, `二十`, `一百零五`; `None` for
/// anything else, digits in a row (`一二三`) included.
pub(crate) fn chinese_number(text: &str) -> Option<u32> {
    let mut total = 0;
    let mut digit = None;
    let mut unit_before = 10_000;
    let mut zero = false;
    for c in text.chars() {
        if let Some(unit) = unit(c) {
            // 十二 is 一十二, but only in front.
            let count = digit
                .take()
                .or((unit == 10 && total == 0 && !zero).then_some(1))?;
            if unit >= unit_before {
                return None;
            }
            total += count * unit;
            unit_before = unit;
            zero = false;
        } else if matches!(c, '零' | '〇') {
            if digit.is_some() || zero || total == 0 {
                return None;
            }
            zero = true;
        } else {
            if digit.is_some() {
                return None;
            }
            digit = Some(numeral(c)?);
        }
    }
    match digit {
        // 一百二 is 120 in speech and 102 in carelessness.
        Some(_) if unit_before > 10 && total > 0 && !zero => None,
        Some(digit) => Some(total + digit),
        None => (total > 0 && !zero).then_some(total),
    }
}

fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<u32> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        for (text, number) in [
            ("二", 2),
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("二十三", 23),
            ("一百", 100),
            ("一百零五", 105),
            ("一百二十三", 123),
            ("一千零二十", 1020),
        ] {
            assert_eq!(chinese_number(text), Some(number), "{text}");
        }
        for text in [
            "",
            "零",
            "一二",
            "一百二",
            "百",
            "十百",
            "二十十",
            "十零",
            "五一",
            "x",
            "一百零",
        ] {
            assert_eq!(chinese_number(text), None, "{text}");
        }
    }
}
