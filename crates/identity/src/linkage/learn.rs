//! Weights learned without labels: expectation maximisation over counted patterns.
//!
//! `m` is the chance that two mentions of one person agree on a level, `u` that two of different people do.
//! Among strangers `u` is measured on random pairs. In a [context](super::Context) it is learned, and so is the
//! share of matches. A comparison that a blocking rule made equal teaches nothing about its own `m`.

use super::measured::{Counts, SettledPairs, add, blank, by_chance};
use super::model::Model;
use super::pattern::{Pattern, Patterns};
use super::records::Records;

/// What a linkage has learned, in expected counts of pairs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Learned {
    /// For each context (strangers first), comparison and level (the strongest first, "else" last): pairs of
    /// one person that agree so. Under a context only the comparisons that make it count; how one person's
    /// mentions agree elsewhere is the same everywhere, and stands with the strangers.
    pub m: Vec<Vec<Vec<f64>>>,
    /// For each context (strangers first), comparison and level: pairs of different people that agree so.
    pub u: Vec<Vec<Vec<f64>>>,
    /// For each context: pairs of one person, and all pairs.
    pub pairs: Vec<(f64, f64)>,
    /// For each context the comparisons that make it, as bits.
    pub(super) made: Vec<u16>,
}

/// What is believed before anything was seen, in pairs: little enough that a few hundred pairs overrule it.
const BELIEF: f64 = 8.0;
const ROUNDS: usize = 100;
/// First rounds, in which chance in a context stays what is believed of it. One person's records are not yet known then, and
/// pairs that nothing is known of would teach how two people agree: where hardly any are two, all would come to be.
const SETTLING: usize = 10;
/// Of the counts no more than this share moves in the last round.
const STILL: f64 = 1e-7;
/// A pair that is less likely one person teaches nothing of what one person's mentions say. Namesakes are many, and more
/// than in step with the people: what is only believed of each would come together to outweigh what is known.
const LIKELY: f64 = 0.05;
/// What was measured counts as so many pairs: it stays.
const MEASURED: f64 = 1e12;

/// Learns the weights of a model from the patterns of its candidate pairs.
///
/// From these alone: weights that added up from run to run would depend on how often a run was made.
#[must_use]
pub fn learn(model: &Model, records: &Records, patterns: &Patterns) -> Learned {
    let (strangers, settled) = rayon::join(
        || by_chance(model, records),
        || SettledPairs::of(model, records),
    );
    let learn_with = |two: &[Counts]| {
        let mut belief = Learned::belief(model, records, patterns, &strangers);
        belief.hear_of_two(two);
        maximised(model, patterns, &belief)
    };
    let first = learn_with(&settled.two(model, |_| 0.0));
    if settled.is_empty() {
        return first;
    }
    let weights = first.weights(model);
    // Judged once, and only of those who agree for life: if what is learned of one person went into what is known of two, and back,
    // namesakes of a household would come to be one.
    let one = |pattern: Pattern| match agrees_for_life(model, records, pattern) {
        true => weights.chance(model, pattern),
        false => 0.0,
    };
    learn_with(&settled.two(model, one))
}

/// What a belief comes to when it has heard the patterns.
fn maximised(model: &Model, patterns: &Patterns, belief: &Learned) -> Learned {
    let mut now = belief.clone();
    for round in 0..ROUNDS {
        let mut next = belief.clone();
        now.expect(model, patterns, &mut next);
        if round < SETTLING {
            next.u.clone_from(&belief.u);
        }
        let moved = now.distance(&next);
        now = next;
        if moved < STILL && round > SETTLING {
            break;
        }
    }
    now
}

/// Whether a pair is the same in all that lasts for life.
fn agrees_for_life(model: &Model, records: &Records, pattern: Pattern) -> bool {
    let compared = model.comparisons.iter().enumerate();
    let mut lasting = compared.filter(|(_, c)| records.lasting.contains(&c.column));
    lasting.all(|(at, _)| pattern.level(at) == 1)
}

impl Learned {
    /// Chance of a level in pairs of one person, in a context.
    #[must_use]
    pub fn m(&self, context: u8, comparison: usize, level: u8) -> f64 {
        let levels = self.m.get(self.taught_by(context, comparison));
        share(levels.and_then(|l| l.get(comparison)), level)
    }

    /// Chance of a level in pairs of different people, in a context.
    #[must_use]
    pub fn u(&self, context: u8, comparison: usize, level: u8) -> f64 {
        let context = self.speaks_as(context, comparison, level);
        let levels = self.u.get(usize::from(context));
        share(levels.and_then(|l| l.get(comparison)), level)
    }

    /// Log odds, base 2, that a pair of this context is one person, before anything is compared.
    #[must_use]
    pub fn prior(&self, context: u8) -> f64 {
        let (matches, all) = self
            .pairs
            .get(usize::from(context))
            .copied()
            .unwrap_or((0.0, 0.0));
        (matches.max(1e-9) / (all - matches).max(1e-9)).log2()
    }

    /// Weight of a level, base 2: how much it speaks for one person.
    #[must_use]
    pub fn weight(&self, context: u8, comparison: usize, level: u8) -> f64 {
        match level {
            0 => 0.0,
            _ => {
                let context = self.speaks_as(context, comparison, level);
                (self.m(context, comparison, level) / self.u(context, comparison, level)).log2()
            }
        }
    }

    /// A level that no pair of a context has, since rules found none, says there what it says among strangers.
    fn speaks_as(&self, context: u8, comparison: usize, level: u8) -> u8 {
        let levels = self
            .u
            .get(usize::from(context))
            .and_then(|l| l.get(comparison));
        let count = usize::from(level).checked_sub(1);
        let count = count.and_then(|at| levels?.get(at));
        match count {
            Some(count) if *count > 0.0 => context,
            _ => 0,
        }
    }

    /// Under which context the `m` of a comparison stands.
    fn taught_by(&self, context: u8, comparison: usize) -> usize {
        let made = self.made.get(usize::from(context)).copied().unwrap_or(0);
        usize::from(context) * usize::from(made >> comparison & 1)
    }

    fn belief(
        model: &Model,
        records: &Records,
        patterns: &Patterns,
        strangers: &[Vec<f64>],
    ) -> Self {
        let scaled = |shares: &Vec<f64>, by: f64| shares.iter().map(|s| s * by).collect();
        let m = model.comparisons.iter().zip(strangers).map(|(c, chance)| {
            let alike = agreeing(c.levels.len());
            let lasts = records.lasting.contains(&c.column) || c.is_of_names() || c.is_of_numbers();
            match records.lasting.is_empty() || lasts {
                true => scaled(&alike, BELIEF),
                // People move, change their phones, and have another number in each feed's records.
                false => {
                    let both = alike.iter().zip(chance);
                    both.map(|(alike, chance)| (alike + chance) / 2.0 * BELIEF)
                        .collect()
                }
            }
        });
        let m: Vec<Vec<f64>> = m.collect();
        let smoothed = |shares: &Vec<f64>| {
            let flat = 0.5 / shares.len().max(1) as f64;
            shares.iter().map(|s| s * BELIEF + flat).collect()
        };
        // Among strangers chance was measured and stays; in a context it is a guess. What all of its pairs have in
        // common, since it makes the situation or a rule made it equal, says nothing of them.
        let mut u = vec![strangers.iter().map(|s| scaled(s, MEASURED)).collect()];
        let in_contexts = in_contexts(model, patterns);
        let mut of_one = vec![m.clone()];
        of_one.extend((1..).zip(&in_contexts).map(|(context, (_, common))| {
            let own = model.made(context);
            let mut m = m.clone();
            let levels = m.iter_mut().zip(common).enumerate();
            for (_, (m, common)) in levels.filter(|(at, _)| own >> at & 1 == 1) {
                let both = m.iter_mut().zip(common);
                both.for_each(|(m, common)| *m = (*m + common * BELIEF) / 2.0);
            }
            m
        }));
        u.extend((1..).zip(in_contexts).map(|(context, (fixed, common))| {
            let made = model.situation(context);
            let guess = |(at, (chance, common)): (usize, (&Vec<f64>, Vec<f64>))| {
                let is_of = |bits: u16| bits >> at & 1 == 1;
                if is_of(made) {
                    smoothed(&common)
                } else if is_of(fixed) {
                    scaled(&common, BELIEF)
                } else {
                    let flat = 0.1 / chance.len().max(1) as f64;
                    chance.iter().map(|s| (0.9 * s + flat) * BELIEF).collect()
                }
            };
            let both = strangers.iter().zip(common).enumerate();
            both.map(guess).collect()
        }));
        let all = (0..).take(records.len).filter(|at| !records.is_gone(*at));
        let all = all.count() as f64;
        let total = match records.table.iter().filter(|t| **t == 0).count() as f64 {
            _ if records.table.is_empty() => all * (all - 1.0) / 2.0,
            first => first * (all - first),
        };
        let mut pairs = vec![(1.0, total.max(2.0))];
        pairs.extend(model.contexts.iter().map(|_| (BELIEF / 2.0, BELIEF)));
        Self {
            m: of_one,
            u,
            pairs,
            made: (0..=model.contexts.len())
                .map(|at| model.made(at))
                .collect(),
        }
    }

    /// Counts what is known of two people in each context but that of strangers. It stays what it is, whatever pairs expect.
    fn hear_of_two(&mut self, two: &[Counts]) {
        for (all, two) in self.u.iter_mut().skip(1).zip(two) {
            for (levels, seen) in all.iter_mut().zip(two) {
                if seen.iter().sum::<f64>() > 0.0 {
                    let both = levels.iter_mut().zip(seen);
                    both.for_each(|(level, seen)| *level = (*level + seen) * MEASURED);
                }
            }
        }
    }

    /// One round: counts what `self` expects of the patterns into `next`.
    ///
    /// A pair of which little is known teaches nothing: whatever was believed of it would come back as learned.
    fn expect(&self, model: &Model, patterns: &Patterns, next: &mut Self) {
        let weights = self.weights(model);
        for (pattern, fixed, count) in &patterns.counts {
            let context = pattern.context(model);
            if !teaches(model, context, *pattern) {
                continue;
            }
            let chance = weights.chance(model, *pattern);
            let chance = if chance < LIKELY { 0.0 } else { chance };
            let (same, other) = (chance * *count as f64, (1.0 - chance) * *count as f64);
            let place = usize::from(context);
            next.pairs[place].0 += same;
            if context > 0 {
                next.pairs[place].1 += *count as f64;
            }
            for comparison in 0..model.comparisons.len() {
                let level = usize::from(pattern.level(comparison));
                let Some(level) = level.checked_sub(1) else {
                    continue;
                };
                let taught_by = self.taught_by(context, comparison);
                if taught_by > 0 || fixed >> comparison & 1 == 0 {
                    next.m[taught_by][comparison][level] += same;
                }
                if context > 0 {
                    next.u[place][comparison][level] += other;
                }
            }
        }
    }

    fn distance(&self, other: &Self) -> f64 {
        let counts = |l: &Self| -> Vec<f64> { l.m.iter().flatten().flatten().copied().collect() };
        let (m, n) = (counts(self), counts(other));
        let all = m.iter().sum::<f64>().max(1.0);
        m.iter().zip(&n).map(|(a, b)| (a - b).abs()).sum::<f64>() / all
    }
}

/// From log odds, base 2.
#[must_use]
pub fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp2())
}

/// Whether enough is compared beside what makes the context.
fn teaches(model: &Model, context: u8, pattern: Pattern) -> bool {
    const ENOUGH: usize = 3;
    let context = usize::from(context).checked_sub(1);
    let when = context
        .and_then(|at| model.contexts.get(at))
        .map(|c| c.when.as_slice());
    let made = when.unwrap_or_default().iter().flatten();
    let made = made.fold(0_u16, |bits, (comparison, _)| bits | 1 << comparison);
    let rest = (0..model.comparisons.len()).filter(|at| made >> at & 1 == 0);
    let (compared, all) = rest.fold((0_usize, 0_usize), |(compared, all), at| {
        (compared + usize::from(pattern.level(at) > 0), all + 1)
    });
    compared >= ENOUGH.min(all.saturating_sub(1))
}

/// How pairs of one person agree before anything was seen.
fn agreeing(levels: usize) -> Vec<f64> {
    let mut shares: Vec<f64> = (0..levels)
        .map(|at| 0.5_f64.powi(i32::try_from(at).unwrap_or(9)))
        .collect();
    shares.push(0.05);
    let sum: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / sum).collect()
}

fn share(levels: Option<&Vec<f64>>, level: u8) -> f64 {
    let Some(levels) = levels else { return 1.0 };
    let sum: f64 = levels.iter().sum();
    let at = usize::from(level).checked_sub(1);
    let count = at.and_then(|at| levels.get(at)).copied().unwrap_or(sum);
    (count / sum).max(1e-12)
}

/// For each context the comparisons that rules made equal in most of its pairs, as bits, and for each comparison how
/// often the pairs agree on each level.
fn in_contexts(model: &Model, patterns: &Patterns) -> Vec<(u16, Counts)> {
    let compared = model.comparisons.len();
    let mut all = vec![(0.0, vec![0.0; compared], blank(model)); model.contexts.len()];
    for (pattern, fixed, count) in &patterns.counts {
        let context = usize::from(pattern.context(model)).checked_sub(1);
        if let Some((pairs, made, levels)) = context.and_then(|at| all.get_mut(at)) {
            let count = *count as f64;
            *pairs += count;
            let made = made.iter_mut().enumerate();
            made.filter(|(at, _)| fixed >> at & 1 == 1)
                .for_each(|(_, made)| *made += count);
            add(levels, (*pattern, count), 0);
        }
    }
    let fixed = |(pairs, made, mut levels): (f64, Vec<f64>, Counts)| {
        for levels in &mut levels {
            let sum: f64 = levels.iter().sum();
            levels.iter_mut().for_each(|share| *share /= sum.max(1.0));
        }
        let most = made.iter().enumerate();
        let most = most.filter(|(_, made)| **made * 2.0 > pairs);
        (most.fold(0, |bits, (at, _)| bits | 1 << at), levels)
    };
    all.into_iter().map(fixed).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Column, Scorer, ValuesBuilder, block, patterns};
    use super::*;
    use crate::linkage::{NumberForm, Values, read_homes};
    use crate::residents::{columns, default_model};

    /// What is said of somebody.
    #[derive(Clone)]
    struct Said {
        name: String,
        born: i32,
        home: usize,
        phone: u64,
        /// Whose number it is under, by place.
        number: Option<usize>,
        settled: bool,
    }

    /// Families with numbers, twins among them, and beside them health records without: of one home and birthday, and of
    /// another phone for most.
    fn city(families: usize, other_phones: usize) -> (Vec<Said>, Vec<(usize, usize)>) {
        const SURNAMES: [&str; 12] = [
            "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙",
        ];
        const GIVEN: [char; 24] = [
            '伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '军', '洋', '勇', '艳', '杰', '娟',
            '涛', '明', '超', '霞', '平', '刚', '玲', '辉', '鹏', '婷',
        ];
        let mut state = 7_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let (mut people, mut records) = (Vec::new(), Vec::new());
        for home in 0..families {
            let surname = SURNAMES[draw(12)];
            let twins = home % 50 == 0;
            let mut born = 0;
            for member in 0..3_u64 {
                born = if twins && member == 2 {
                    born
                } else {
                    draw(25_000) as i32 - 9_000
                };
                let name = format!("{surname}{}{}", GIVEN[draw(24)], GIVEN[draw(24)]);
                let phone = if member == 2 {
                    home as u64 * 4
                } else {
                    home as u64 * 4 + member
                };
                people.push(Said {
                    name,
                    born,
                    home,
                    phone,
                    number: Some(people.len()),
                    settled: true,
                });
            }
        }
        let mut pairs = Vec::new();
        for at in (0..people.len()).step_by(4) {
            let Said {
                name,
                born,
                home,
                phone,
                ..
            } = &people[at];
            let moved = draw(100) < other_phones;
            let phone = if moved { 1_000_000 + at as u64 } else { *phone };
            pairs.push((at, people.len() + records.len()));
            records.push(Said {
                name: name.clone(),
                born: *born,
                home: *home,
                phone,
                number: None,
                settled: false,
            });
        }
        people.extend(records);
        (people, pairs)
    }

    fn records(said: &[Said]) -> Records {
        let mut names = ValuesBuilder::default();
        let name: Vec<u32> = said.iter().map(|said| names.number(&said.name)).collect();
        let mut days: Vec<i32> = said.iter().map(|said| said.born).collect();
        days.sort_unstable();
        days.dedup();
        let day = |said: &Said| u32::try_from(days.binary_search(&said.born).unwrap()).ok();
        let mut phones: Vec<u64> = said.iter().map(|said| said.phone).collect();
        phones.sort_unstable();
        phones.dedup();
        let phone = |said: &Said| u32::try_from(phones.binary_search(&said.phone).unwrap()).ok();
        let homes = said.iter().map(|said| said.home).max().unwrap() + 1;
        let address = |home| {
            format!(
                "浙江省杭州市西湖区试验路{}号3幢1单元{}室",
                home / 40 + 1,
                home % 40 + 101
            )
        };
        let addresses: Vec<String> = (0..homes).map(address).collect();
        let number = |at: usize| format!("33010619900101{:03}X", at % 1000);
        let forms = (0..said.len()).filter_map(|at| NumberForm::of(&number(at), true));
        let stated = said.iter().map(|said| Some(said.number? as u32));
        let none = || Column::single(said.iter().map(|_| None), Values::Opaque);
        let mut all: Vec<Column> = (0..8).map(|_| none()).collect();
        all[columns::NUMBER] = Column::single(stated, Values::Numbers(forms.collect(), usize::MAX));
        all[columns::NAME] = Column::single(name.into_iter().map(Some), names.into_names());
        let dates = Values::dates(days.iter().copied());
        all[columns::BIRTH_DATE] = Column::single(said.iter().map(day), dates);
        all[columns::PHONE] = Column::single(said.iter().map(phone), Values::Keyed(phones.clone()));
        let sex = said
            .iter()
            .map(|said| Some(u32::from(said.name.chars().next_back() > Some('强'))));
        all[columns::SEX] = Column::single(sex, Values::Opaque);
        let own = (0..said.len()).map(|at| u32::try_from(at).ok());
        all[columns::RECORD] = Column::single(own, Values::Opaque);
        let home = said.iter().map(|said| u32::try_from(said.home).ok());
        all[columns::ADDRESS] =
            Column::single(home, Values::Addresses(read_homes(&addresses), usize::MAX));
        Records {
            len: said.len(),
            columns: all,
            settled: said.iter().map(|said| said.settled).collect(),
            ..Records::default()
        }
    }

    #[test]
    fn a_slip_in_the_name_makes_nobody_another_where_nobody_borrows_numbers() {
        let (mut said, _) = city(500, 0);
        said.retain(|said| said.settled);
        let holders = said.len();
        for at in 0..holders {
            let own = said[at].clone();
            said.push(Said {
                name: own.name.chars().take(2).chain(['鑫']).collect(),
                home: if at % 2 == 0 {
                    own.home
                } else {
                    499 - own.home
                },
                phone: 1_000_000 + at as u64,
                settled: false,
                ..own
            });
        }
        let model = default_model();
        let records = records(&said);
        let candidates = block(&model, &records).unwrap();
        let patterns = patterns(&model, &records, &candidates);
        let learned = learn(&model, &records, &patterns);
        let scorer = Scorer::new(&model, &records, &learned);
        let is_linked = |at: &usize| {
            let pair = scorer.compare(*at as u32, (holders + at) as u32);
            pair.probability() > 0.9
        };
        assert_eq!((0..holders).filter(is_linked).count(), holders);
    }

    #[test]
    fn who_got_another_number_teaches_nothing_of_two_people() {
        let (mut said, _) = city(2_000, 50);
        let people = said.iter().filter(|said| said.settled).count();
        // One in ten holds two good numbers. Of twins there are 40, and none have one name.
        for at in (0..people).step_by(10) {
            let number = Some(said.len());
            said.push(Said {
                number,
                ..said[at].clone()
            });
        }
        let model = default_model();
        let records = records(&said);
        let candidates = block(&model, &records).unwrap();
        let learned = learn(&model, &records, &patterns(&model, &records, &candidates));
        let is_birthday = |at: &u8| {
            model
                .context_name(usize::from(*at))
                .ends_with("birthday in a household")
        };
        let context = (0..=6).find(is_birthday).unwrap();
        let weight = learned.weight(context, columns::NAME, 1);
        assert!(weight > 3.0, "{weight}");
    }

    #[test]
    fn another_phone_makes_nobody_another_in_one_home_on_one_birthday() {
        let model = default_model();
        for other_phones in [50, 80] {
            let (said, pairs) = city(2_000, other_phones);
            let records = records(&said);
            let candidates = block(&model, &records).unwrap();
            let patterns = patterns(&model, &records, &candidates);
            let learned = learn(&model, &records, &patterns);
            let scored = Scorer::new(&model, &records, &learned).all(&candidates, &patterns);
            let likely = |a: usize, b: usize| {
                let pair = scored
                    .iter()
                    .find(|s| (s.a as usize, s.b as usize) == (a, b));
                pair.is_some_and(|pair| pair.probability() > 0.9)
            };
            let linked = pairs.iter().filter(|(a, b)| likely(*a, *b)).count();
            assert!(
                linked * 100 >= pairs.len() * 99,
                "{linked} of {}",
                pairs.len()
            );
            // A twin of another name is another.
            let of = |record: u32| pairs.iter().find(|pair| pair.1 == record as usize);
            let wrong = scored.iter().filter(|s| s.probability() > 0.9);
            let wrong = wrong.filter(|s| of(s.b).is_some_and(|pair| pair.0 != s.a as usize));
            assert!(wrong.count() * 200 <= pairs.len());
        }
    }
}
