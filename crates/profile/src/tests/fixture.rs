//! A register that no contract describes, with canaries in every personal column.

/// Headings of [`rows`].
pub(super) const HEADINGS: [&str; 12] = [
    "流水号",
    "申请人姓名",
    "申请人身份证号",
    "性别",
    "联系电话",
    "家庭住址",
    "申请日期",
    "补贴类型",
    "补贴金额",
    "经度",
    "经办人",
    "更新时间",
];

const SURNAMES: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"];
const GIVEN: [&str; 9] = ["金丝雀", "伟", "秀英", "娜", "敏", "静怡", "强", "磊", "洋"];

/// Rows of twelve cells.
pub(super) fn rows(count: usize) -> Vec<Vec<String>> {
    (0..count).map(row).collect()
}

fn row(at: usize) -> Vec<String> {
    let (year, month, day) = (1950 + at % 60, 1 + at % 12, 1 + at % 28);
    let applied = match at % 10 {
        0 => format!("2024年{month}月{day}日"),
        1 => format!("2024{month:02}{day:02}"),
        _ => format!("2024-{month:02}-{day:02}"),
    };
    vec![
        format!("BT{:06}", at + 1),
        format!("{}{}", SURNAMES[at % 10], GIVEN[at % 9]),
        number(at, year, month, day),
        ["男", "女"][at % 2].into(),
        format!("139{:08}", 71_000_000 + at * 37),
        format!(
            "浙江省杭州市西湖区金丝雀路{}号{}幢{}室",
            at + 1,
            at % 9 + 1,
            at % 6 * 100 + 101
        ),
        applied,
        ["01住房", "02教育", "03医疗"][at % 3].into(),
        format!("{}.50", 300 + at % 97 * 13),
        format!("120.{:06}", 100_000 + at * 131),
        ["王金丝", "李金丝", "NULL"][at % 3].into(),
        format!("2024-06-{day:02} 12:{:02}:00", at % 60),
    ]
}

/// A well-formed number: GB 11643 with ISO 7064 MOD 11-2.
fn number(at: usize, year: usize, month: usize, day: usize) -> String {
    let seventeen = format!("330106{year:04}{month:02}{day:02}{:03}", at % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = seventeen
        .chars()
        .zip(weights)
        .map(|(c, w)| c.to_digit(10).unwrap() * w)
        .sum();
    let check = "10X98765432".chars().nth(sum as usize % 11).unwrap();
    format!("{seventeen}{check}")
}

/// The register as delimited text.
pub(super) fn delimited(rows: &[Vec<String>], delimiter: &str) -> String {
    let mut text = HEADINGS.join(delimiter) + "\n";
    for row in rows {
        text.push_str(&row.join(delimiter));
        text.push('\n');
    }
    text
}
