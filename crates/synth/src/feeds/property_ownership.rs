//! 不动产权: each owner of each home; some owners are companies.

use super::Feed;
use crate::city::{City, Holding, NOBODY, Title};
use crate::dirt::{Fault, Soil};
use crate::identity::credit_code;
use crate::packings::Native;
use crate::places::{CITY, DISTRICTS};
use crate::rng::Rng;
use crate::row::Row;

pub(super) const FEED: Feed = Feed {
    department: "housing",
    name: "property_ownership",
    native: Native::CsvGb18030,
    headings: &[
        "不动产单元号",
        "权利人",
        "证件号",
        "共有比例",
        "坐落",
        "建筑面积",
        "经度",
        "纬度",
        "登记时间",
    ],
    snapshot: true,
    in_order: false,
    carelessness: 1.0,
    keys: |city| city.titles.len(),
    revision: |city, key| city.titles[key].revision,
    rows,
    total: None,
};

fn rows(city: &City, key: usize, soil: &mut Soil, out: &mut Vec<Row>) {
    let title = city.titles[key];
    // What belongs to the home is the same on the row of each owner.
    let address = soil.address(city, title.dwelling);
    let area = format!("{}.{:02}", 38 + soil.rng.below(120), soil.rng.below(100));
    let (longitude, latitude) = coordinates(city, &title, soil);
    let time = soil.time(title.registered_on);
    let of_the_home = soil.take();
    let mut push = |name: String, number: String, share: &str, person, faults| {
        let mut row = Row::default();
        row.text(city.places.unit_no(title.dwelling));
        row.name(name);
        row.number(number);
        row.text(share);
        row.text(address.clone());
        row.text(area.clone());
        row.text(longitude.clone());
        row.text(latitude.clone());
        row.text(time.clone());
        row.faults.extend(of_the_home.iter().copied());
        row.mention("owner", person, faults);
        out.push(row);
    };
    if title.holding == Holding::Company {
        let (name, code) = company(city, title.company);
        return push(name, code, "100", None, Vec::new());
    }
    for owner in title.owners.into_iter().filter(|owner| *owner != NOBODY) {
        let number = soil.number(city, owner);
        let name = soil.name(city, owner);
        let share = share(title.holding, soil);
        push(name, number, share, Some(owner), soil.take());
    }
}

fn share(holding: Holding, soil: &mut Soil) -> &'static str {
    let clean = soil.is_clean();
    match holding {
        Holding::Joint => "共同共有",
        Holding::Halves if clean => "50",
        Holding::Halves => soil.rng.weighted(&[("1/2", 6), ("50", 3), ("50%", 1)]),
        _ if clean => "100",
        _ => soil.rng.weighted(&[("100", 17), ("100%", 2), ("1/1", 1)]),
    }
}

fn coordinates(city: &City, title: &Title, soil: &mut Soil) -> (String, String) {
    let building = city.places.building_of(title.dwelling);
    let longitude = format!("{:.6}", building.longitude);
    let latitude = format!("{:.6}", building.latitude);
    if soil.hit(Fault::CoordinatesMissing) {
        (String::new(), String::new())
    } else if soil.hit(Fault::AxesSwapped) {
        (latitude, longitude)
    } else {
        (longitude, latitude)
    }
}

/// A company's name and credit code, always the same for its index.
fn company(city: &City, index: u32) -> (String, String) {
    const BRANDS: &[&str] = &[
        "恒达", "西子", "众诚", "华立", "瑞丰", "金都", "广宇", "中天", "天元", "钱塘", "和盛",
        "新湖",
    ];
    const TRADES: &[&str] = &[
        "置业",
        "科技",
        "贸易",
        "物业服务",
        "投资管理",
        "建筑工程",
        "酒店管理",
        "纺织",
    ];
    let mut rng = Rng::keyed(&[city.seed, 0x0063_6F6D_7061_6E79, u64::from(index)]);
    let place = CITY.trim_end_matches('市');
    let name = format!("{place}{}{}有限公司", rng.pick(BRANDS), rng.pick(TRADES));
    let division = DISTRICTS[rng.index(DISTRICTS.len())].division;
    (name, credit_code(&mut rng, division))
}
