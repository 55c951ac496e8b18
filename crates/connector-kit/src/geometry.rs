//! Polygons in GeoJSON or WKT.

use serde_json::Value;

/// One polygon: its outer ring, then its holes; points are longitude and latitude in degrees.
pub type Polygon = Vec<Vec<[f64; 2]>>;

/// The polygons of a GeoJSON geometry (RFC 7946) or a WKT text (OGC 06-103r4); `None` if there are none.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<Polygon>> {
    let text = text.trim();
    let polygons = match text.starts_with('{') {
        true => from_geojson(&serde_json::from_str(text).ok()?)?,
        false => from_wkt(text)?,
    };
    let sound = |polygon: &Polygon| polygon.first().is_some_and(|ring| ring.len() >= 4);
    (!polygons.is_empty() && polygons.iter().all(sound)).then_some(polygons)
}

/// The polygons as WKT, the standard form: one text for one shape, however it was delivered.
#[must_use]
pub fn to_wkt(polygons: &[Polygon]) -> String {
    let ring = |ring: &Vec<[f64; 2]>| {
        let points: Vec<String> = ring.iter().map(|[x, y]| format!("{x} {y}")).collect();
        format!("({})", points.join(", "))
    };
    let rings = |polygon: &Polygon| {
        let rings: Vec<String> = polygon.iter().map(ring).collect();
        format!("({})", rings.join(", "))
    };
    match polygons {
        [one] => format!("POLYGON {}", rings(one)),
        several => {
            let all: Vec<String> = several.iter().map(rings).collect();
            format!("MULTIPOLYGON ({})", all.join(", "))
        }
    }
}

fn from_geojson(geometry: &Value) -> Option<Vec<Polygon>> {
    let coordinates = geometry.get("coordinates")?.as_array()?;
    match geometry.get("type")?.as_str()? {
        "Polygon" => Some(vec![rings(coordinates)?]),
        "MultiPolygon" => coordinates.iter().map(|p| rings(p.as_array()?)).collect(),
        _ => None,
    }
}

fn rings(rings: &[Value]) -> Option<Polygon> {
    let point = |p: &Value| Some([p.get(0)?.as_f64()?, p.get(1)?.as_f64()?]);
    rings
        .iter()
        .map(|ring| ring.as_array()?.iter().map(point).collect())
        .collect()
}

fn from_wkt(text: &str) -> Option<Vec<Polygon>> {
    let upper = text.to_ascii_uppercase();
    let body = upper
        .strip_prefix("SRID=")
        .map_or(upper.as_str(), |rest| {
            rest.split_once(';').map_or(rest, |(_, body)| body)
        })
        .trim();
    if let Some(rest) = body.strip_prefix("MULTIPOLYGON") {
        let inner = unwrap(rest)?;
        groups(inner)?.into_iter().map(wkt_rings).collect()
    } else {
        let inner = unwrap(body.strip_prefix("POLYGON")?)?;
        Some(vec![wkt_rings(inner)?])
    }
}

fn wkt_rings(inner: &str) -> Option<Polygon> {
    let point = |text: &str| {
        let mut numbers = text.split_whitespace().map(str::parse::<f64>);
        Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
    };
    groups(inner)?
        .into_iter()
        .map(|ring| ring.split(',').map(point).collect())
        .collect()
}

/// What stands between the outermost brackets of `(…)`.
fn unwrap(text: &str) -> Option<&str> {
    text.trim()
        .trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ')
        .strip_prefix('(')?
        .strip_suffix(')')
}

/// The bracketed groups of `(…), (…)`.
fn groups(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => {
                if depth == 0 {
                    start = at + 1;
                }
                depth += 1;
            }
            b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    found.push(text.get(start..at)?);
                }
            }
            _ => {}
        }
    }
    (depth == 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f64; 2]; 5] = [[0., 0.], [1., 0.], [1., 1.], [0., 1.], [0., 0.]];

    #[test]
    fn geojson_and_wkt_mean_the_same() {
        let json = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}"#;
        let wkt = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))";
        let multi = "SRID=4490;MULTIPOLYGON (((0 0,1 0,1 1,0 1,0 0)),((0 0,1 0,1 1,0 1,0 0)))";
        assert_eq!(parse(json).unwrap(), [[SQUARE.to_vec()]]);
        assert_eq!(parse(wkt).unwrap(), [[SQUARE.to_vec()]]);
        assert_eq!(parse(multi).unwrap().len(), 2);
        for text in [json, wkt, multi] {
            let polygons = parse(text).unwrap();
            assert_eq!(parse(&to_wkt(&polygons)).unwrap(), polygons);
        }
    }

    #[test]
    fn what_is_no_polygon_is_none() {
        for text in [
            "",
            "{}",
            "POINT (1 2)",
            "POLYGON ((0 0",
            "POLYGON",
            "()",
            r#"{"type":"Point","coordinates":[1,2]}"#,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}", wkt in "(MULTI)?POLYGON [() 0-9,.-]{0,40}") {
            let _ = (parse(&text), parse(&wkt));
        }
    }
}
