//! Names people really have, by sex, generation and nationality, and how they get bent.

mod data;

use crate::rng::Rng;

/// How a person's people name their children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Han,
    Turkic,
    Tibetan,
    Mongolian,
    Yi,
    /// In Latin capitals, as on the passport.
    Foreign,
}

/// What a name is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bearer {
    pub(crate) naming: Naming,
    pub(crate) man: bool,
    pub(crate) birth_year: i32,
}

/// A surname, by how many bear it.
pub(crate) fn surname(rng: &mut Rng) -> &'static str {
    rng.weighted(data::SURNAMES)
}

/// A whole name; a Han name has the given surname.
pub(crate) fn full_name(rng: &mut Rng, bearer: Bearer, surname: &str) -> String {
    let of = |men: &'static [&'static str], women| if bearer.man { men } else { women };
    match bearer.naming {
        Naming::Han => format!("{surname}{}", given_name(rng, bearer)),
        Naming::Turkic => format!(
            "{}·{}",
            rng.pick(of(data::TURKIC_MEN, data::TURKIC_WOMEN)),
            rng.pick(data::TURKIC_MEN)
        ),
        Naming::Tibetan => format!(
            "{}{}",
            rng.pick(data::TIBETAN_MEN),
            rng.pick(of(data::TIBETAN_MEN, data::TIBETAN_WOMEN))
        ),
        Naming::Mongolian => rng
            .pick(of(data::MONGOLIAN_MEN, data::MONGOLIAN_WOMEN))
            .to_string(),
        Naming::Yi => format!(
            "{}·{}",
            rng.pick(data::YI_CLANS),
            rng.pick(of(data::YI_MEN, data::YI_WOMEN))
        ),
        Naming::Foreign => format!(
            "{} {}",
            rng.pick(data::FOREIGN_SURNAMES),
            rng.pick(of(data::FOREIGN_MEN, data::FOREIGN_WOMEN))
        ),
    }
}

/// Another given name for a twin: they often share a character.
pub(crate) fn twin_name(rng: &mut Rng, bearer: Bearer, twin: &str, surname: &str) -> String {
    let shared = twin.chars().nth(surname.chars().count());
    let own = given_name(rng, bearer);
    match (shared, own.chars().last()) {
        (Some(shared), Some(last)) if rng.chance(0.7) => format!("{surname}{shared}{last}"),
        _ => format!("{surname}{own}"),
    }
}

/// The surname of a Han name: two characters where the name begins with a compound one.
pub(crate) fn surname_of(name: &str) -> &str {
    let chars = |n: usize| {
        name.char_indices()
            .nth(n)
            .map_or(name, |(at, _)| &name[..at])
    };
    let two = chars(2);
    let compound = two.chars().count() == 2
        && name.chars().count() > 2
        && data::SURNAMES.iter().any(|(surname, _)| *surname == two);
    if compound { two } else { chars(1) }
}

/// The name with one character for another of the same sound; `None` where none has a twin.
pub(crate) fn homophone(rng: &mut Rng, name: &str) -> Option<String> {
    replace_one(rng, name, |rng, at, c| {
        let groups = if at == 0 {
            data::SURNAME_HOMOPHONES
        } else {
            data::HOMOPHONES
        };
        let group = groups.iter().find(|group| group.contains(c))?;
        let others: Vec<char> = group.chars().filter(|other| *other != c).collect();
        (!others.is_empty()).then(|| rng.pick(&others).to_string())
    })
}

/// The name with one character for another that looks like it.
pub(crate) fn look_alike(rng: &mut Rng, name: &str) -> Option<String> {
    replace_one(rng, name, |_, _, c| {
        let (_, other) = data::LOOK_ALIKES.iter().find(|(own, _)| *own == c)?;
        Some(other.to_string())
    })
}

/// The name in traditional characters, those that have one.
pub(crate) fn traditional(name: &str) -> Option<String> {
    let written: String = name
        .chars()
        .map(|c| {
            let pair = data::TRADITIONAL.iter().find(|(own, _)| *own == c);
            pair.map_or(c, |(_, other)| *other)
        })
        .collect();
    (written != name).then_some(written)
}

/// The name with its rare character, if it has one, as `write` puts it from its pinyin and its place in the table.
pub(crate) fn without_rare(name: &str, write: impl Fn(&str, usize) -> String) -> Option<String> {
    let at = |c: char| data::RARE.iter().position(|(rare, _)| *rare == c);
    name.chars().any(|c| at(c).is_some()).then(|| {
        name.chars()
            .map(|c| at(c).map_or(c.to_string(), |i| write(data::RARE[i].1, i)))
            .collect()
    })
}

fn given_name(rng: &mut Rng, bearer: Bearer) -> String {
    let stock = match bearer.birth_year {
        ..1970 => &data::OLD,
        1970..1995 => &data::MIDDLE,
        _ => &data::YOUNG,
    };
    let chars = if bearer.man { stock.men } else { stock.women };
    let mut name = String::new();
    name.push(common_first(rng, chars));
    if !rng.chance(stock.single) {
        name.push(common_first(rng, chars));
    }
    if rng.chance(0.004) {
        name.pop();
        name.push(rng.pick(data::RARE).0);
    }
    name
}

/// The front of the list is where most names come from.
fn common_first(rng: &mut Rng, chars: &[char]) -> char {
    let u = rng.unit();
    chars[((u * u * 0.6 + u * 0.4) * chars.len() as f64) as usize]
}

/// Replaces the character at one place, tried from a random place on.
fn replace_one(
    rng: &mut Rng,
    name: &str,
    replace: impl Fn(&mut Rng, usize, char) -> Option<String>,
) -> Option<String> {
    let chars: Vec<char> = name.chars().collect();
    // Given names first: a surname is known by heart.
    let start = if chars.len() > 1 {
        1 + rng.index(chars.len() - 1)
    } else {
        0
    };
    (0..chars.len()).find_map(|step| {
        let at = (start + step) % chars.len();
        let other = replace(rng, at, chars[at])?;
        Some(
            chars
                .iter()
                .enumerate()
                .map(|(i, c)| {
                    if i == at {
                        other.clone()
                    } else {
                        c.to_string()
                    }
                })
                .collect(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_follow_their_share() {
        let mut rng = Rng::keyed(&[1]);
        let wangs = (0..20_000).filter(|_| surname(&mut rng) == "王").count();
        assert!((1_200..1_800).contains(&wangs), "{wangs}");
    }

    #[test]
    fn compound_surnames_are_seen() {
        assert_eq!(surname_of("欧阳修"), "欧阳");
        assert_eq!(surname_of("王伟"), "王");
        assert_eq!(surname_of("欧阳"), "欧");
    }

    #[test]
    fn bent_names_differ_in_one_character() {
        let mut rng = Rng::keyed(&[2]);
        let bent = homophone(&mut rng, "李伟").unwrap();
        assert!(bent != "李伟" && bent.starts_with('李') && bent.chars().count() == 2);
        assert_eq!(look_alike(&mut rng, "王凤").as_deref(), Some("王风"));
        assert_eq!(traditional("刘国华").as_deref(), Some("劉國華"));
        assert_eq!(traditional("王一"), None);
    }

    #[test]
    fn rare_characters_can_be_lost() {
        let lost = without_rare("王䶮", |pinyin, _| pinyin.to_string());
        assert_eq!(lost.as_deref(), Some("王YAN"));
        assert_eq!(without_rare("王伟", |_, _| String::new()), None);
    }
}
