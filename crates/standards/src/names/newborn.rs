//! Newborns without a name.

/// Whether a name in standard form says whose child a newborn is, and no name of its own: 王芳之女, 李某之长子,
/// 张女婴.
#[must_use]
pub fn is_of_newborn(name: &str) -> bool {
    const CHILD: [&str; 6] = ["子", "女", "婴", "儿子", "女儿", "孩"];
    if let Some((parent, child)) = name.rsplit_once('之') {
        let child = child.trim_start_matches(['长', '大', '次', '小', '双', '一', '二', '三']);
        return !parent.is_empty() && CHILD.contains(&child);
    }
    ["女婴", "男婴", "婴儿"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_called_after_a_parent() {
        for name in [
            "王芳之女",
            "李某之长子",
            "欧阳娜娜之次女",
            "陈丽之婴",
            "张女婴",
            "无名男婴",
        ] {
            assert!(is_of_newborn(name), "{name}");
        }
        for name in [
            "王之",
            "之子",
            "王羲之",
            "李之女性",
            "王子",
            "陈婴",
            "王婴宁",
            "顾恺之",
            "",
        ] {
            assert!(!is_of_newborn(name), "{name}");
        }
    }
}
