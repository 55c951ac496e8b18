//! The words of comparisons and their levels, for people of either language. What a model of somebody's own
//! compares keeps the word it has there.

/// `name 姓名`.
pub fn comparison(name: &str) -> String {
    let chinese = match name {
        "prior" => "先验",
        "id_number" => "证件号码",
        "name" => "姓名",
        "birth_date" => "出生日期",
        "sex" => "性别",
        "phone" => "电话",
        "address" => "住址",
        "record" => "记录编号",
        "companion" => "同行所列之人",
        "total" => "合计",
        _ => return plain(name),
    };
    format!("{} {chinese}", plain(name))
}

/// `same_sound 同音`: a level of a comparison, or the situation that the prior is of.
pub fn level(comparison: &str, level: &str) -> String {
    let chinese = match (comparison, level) {
        (_, "null") => "无可比",
        ("prior", "strangers") => "互不相干",
        ("prior", "one record") => "同一记录编号",
        ("prior", "one number") => "同一号码",
        ("prior", "two numbers") => "各有可靠号码",
        ("prior", "two numbers, one birthday") => "各有可靠号码且生日相同",
        ("prior", "one household") => "同一家庭",
        ("prior", "one birthday in a household") => "同一家庭且生日相同",
        ("id_number", "masked") => "脱敏而相容",
        ("id_number", "slip") => "误一处",
        ("id_number", "two_slips") => "误两处",
        ("id_number", "close") => "相近的两个好号码",
        ("id_number", "broken_different") => "错号且不相干",
        ("name", "folded") => "繁简异体相同",
        ("name", "same_sound") => "同音",
        ("name", "look_alike") => "形近",
        ("name", "accent") => "口音相近",
        ("name", "compatible") => "可读部分相同",
        ("name", "near") => "差一字",
        ("name", "surname") => "仅姓相同",
        ("name", "given") => "仅名相同",
        ("birth_date", "slip") => "误一处",
        ("birth_date", "near") => "年月日有两项相同",
        ("birth_date", "year") => "仅年份相同",
        ("address", "same_home") => "同一户",
        ("address", "same_numbers") => "路名不同、门牌相同",
        ("address", "same_building") => "同一楼栋",
        (_, "exact" | "same") => "相同",
        (_, "else") => "不同",
        _ => return plain(level),
    };
    // "null" and "else" are words of the model.
    let english = match level {
        "null" => "not stated".to_owned(),
        "else" => "different".to_owned(),
        _ => plain(level),
    };
    format!("{english} {chinese}")
}

/// Who decided a link.
pub fn decider(word: &str) -> String {
    match word {
        "model" => "model 模型".to_owned(),
        "reviewer" => "reviewer 复核人".to_owned(),
        other => other.to_owned(),
    }
}

/// A chance, never rounded to certainty.
pub fn percent(probability: f64) -> String {
    match probability * 100.0 {
        p if p >= 99.995 => "> 99.99 %".to_owned(),
        p if p < 0.005 => "< 0.01 %".to_owned(),
        p => format!("{p:.2} %"),
    }
}

/// A weight with its sign.
pub fn bits(weight: f64) -> String {
    match weight.abs() < 0.005 {
        true => "0.00".to_owned(),
        false => format!(
            "{}{:.2}",
            if weight < 0.0 { '−' } else { '+' },
            weight.abs()
        ),
    }
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_the_default_model_has_both_languages() {
        let model = rongtong_identity::residents::default_model();
        let bilingual = |text: &str| text.is_ascii().then(|| text.to_owned());
        let mut lacking = Vec::new();
        for compared in &model.comparisons {
            lacking.extend(bilingual(&comparison(&compared.name)));
            for at in 0..=compared.levels.len() + 1 {
                let word = compared.level_name(u8::try_from(at).unwrap());
                lacking.extend(bilingual(&level(&compared.name, word)));
            }
        }
        for context in 0..=model.contexts.len() {
            lacking.extend(bilingual(&level("prior", model.context_name(context))));
        }
        assert!(lacking.is_empty(), "no Chinese word in {lacking:?}");
        assert_eq!(level("income", "close_by"), "close by");
    }

    #[test]
    fn chances_are_never_certain() {
        let said = [1.0, 0.99996, 0.9418, 0.00001].map(percent);
        assert_eq!(said, ["> 99.99 %", "> 99.99 %", "94.18 %", "< 0.01 %"]);
        assert_eq!([-1.236, 0.001, 9.3].map(bits), ["−1.24", "0.00", "+9.30"]);
    }
}
