//! The identity registry: what a reviewer decides holds from the next run on, every link can be asked why, keys
//! lead to their successors, and an earlier release answers as then.

use std::collections::BTreeSet;
use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;
use serde_json::Value;

/// A city with doubtful pairs, and a pipeline beside which decisions can stand.
fn city(seed: u64) -> Bench {
    let bench = Bench::city(1_000, seed, Packing::Csv, Dirt::Hard).with_own_pipeline();
    let _ = bench.run().ended(0);
    bench
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {row:#}"))
}

/// The pairs that wait, likeliest first.
fn waiting(bench: &Bench) -> Vec<Value> {
    let ran = bench
        .review(&["list", "--json", "--limit", "100000"])
        .ended(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn waits(bench: &Bench, one: &str, other: &str) -> bool {
    let is = |row: &Value| {
        let (a, b) = (text(row, "resident_key"), text(row, "other_key"));
        (a, b) == (one, other) || (b, a) == (one, other)
    };
    waiting(bench).iter().any(is)
}

/// All keys of residents.
fn keys(bench: &Bench) -> BTreeSet<String> {
    let rows = bench.sql("SELECT resident_key FROM residents", &[]);
    rows.iter()
        .map(|row| text(row, "resident_key").to_owned())
        .collect()
}

/// The keys of all rows that state a number or have a name, by their places.
fn mentions(bench: &Bench) -> Vec<Value> {
    let feeds = bench.sql("SELECT DISTINCT feed FROM deliveries ORDER BY feed", &[]);
    let named = feeds.iter().filter(|row| {
        let feed = text(row, "feed");
        feed != "grid.cells" && feed != "civil_affairs.marriage_register"
    });
    let rows = named.flat_map(|row| {
        let query = format!(
            "SELECT _source_file, _source_row, resident_key FROM standard.{} ORDER BY 1, 2",
            text(row, "feed")
        );
        bench.sql(&query, &[])
    });
    rows.collect()
}

/// The events of a kind that lead from one key to another.
fn events(bench: &Bench, event: &str, from: &str, to: &str) -> usize {
    let query = format!(
        "SELECT * FROM key_events WHERE event = '{event}' AND resident_key = '{from}' AND successor_key = '{to}'"
    );
    bench.sql(&query, &[]).len()
}

/// A link that the model made between a record and somebody who has a number, for the pair that was never alone:
/// its own key and the resident's.
fn made_link(bench: &Bench) -> (String, String) {
    let rows = bench.sql(
        "SELECT own_key, resident_key FROM links WHERE decided_by = 'model' AND resident_key <> own_key \
         AND other_key = resident_key AND role IS NOT NULL ORDER BY own_key LIMIT 1",
        &[],
    );
    (
        text(&rows[0], "own_key").into(),
        text(&rows[0], "resident_key").into(),
    )
}

/// No identity number that the lake knows stands in a text.
#[track_caller]
fn no_number_in(bench: &Bench, text: &str) {
    let numbers = bench.sql("SELECT DISTINCT id_number FROM identities", &[]);
    assert!(numbers.len() > 500, "{}", numbers.len());
    for number in &numbers {
        let number = number["id_number"].as_str().unwrap();
        let long = number.chars().count() >= 15;
        assert!(
            !long || !text.contains(number),
            "an identity number is shown"
        );
    }
}

#[test]
fn accepted_pairs_become_one_and_rejected_again_two() {
    let bench = city(201);
    let first = waiting(&bench).remove(0);
    let (one, other) = (text(&first, "resident_key"), text(&first, "other_key"));
    let before = keys(&bench);
    assert!(before.contains(one) && before.contains(other));

    let shown = bench.review(&["show", "1", "--json"]).ended(0);
    let pair = shown.json();
    assert_eq!(pair["number"], 1);
    assert_eq!(pair["residents"][0]["resident_key"], one);
    assert_eq!(pair["residents"][1]["resident_key"], other);
    assert!(
        !pair["residents"][0]["known_by"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(pair["evidence"]["evidence"], first["evidence"]);
    no_number_in(&bench, &shown.stdout);
    let people = bench.review(&["show", other, one]).ended(0).stdout;
    for word in [one, other, "prior 先验", "total 合计", "known by 来源"] {
        assert!(people.contains(word), "{word} in {people}");
    }
    no_number_in(&bench, &people);

    let accepted = bench.review(&[
        "accept",
        "1",
        "--by",
        "reviewer",
        "--reason",
        "moved, they say",
    ]);
    assert!(accepted.ended(0).stdout.contains("next `rongtong run`"));
    let decisions = fs::read_to_string(bench.pipeline.join("decisions.csv")).unwrap();
    assert!(
        decisions.contains(&format!("same,{one},{other},reviewer,2")),
        "{decisions}"
    );
    assert_eq!(
        waiting(&bench)[0]["decided_same"],
        true,
        "it waits for the run"
    );
    assert_eq!(keys(&bench), before, "only a run applies a decision");

    // No delivery is new, but the decision is.
    assert_eq!(bench.run().ended(0).json()["status"], "released");
    let after = keys(&bench);
    let lost: Vec<&String> = before.difference(&after).collect();
    assert_eq!(lost.len(), 1, "the others keep their keys");
    let new: Vec<&String> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:?}");
    let (gone, kept) = if lost[0] == one {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(lost[0], gone);
    assert_eq!(events(&bench, "merged", gone, kept), 1);
    assert!(!waits(&bench, one, other));
    assert_eq!(bench.run().ended(0).json()["status"], "nothing_new");

    // The key that was given out before still leads to the person.
    let why = bench.why(gone).ended(0).json();
    assert_eq!(why["resident_key"], kept);
    assert_eq!(why["leads"][0]["how"], "merged");
    assert_eq!(why["leads"][0]["successor_key"], kept);
    let links = why["links"].as_array().unwrap();
    assert!(
        links.iter().any(|link| link["decided_by"] == "reviewer"),
        "{links:#?}"
    );

    // A mistake: the last word counts.
    let _ = bench.review(&["reject", gone, kept]).ended(0);
    assert_eq!(bench.run().ended(0).json()["status"], "released");
    assert_eq!(keys(&bench), before);
    assert_eq!(events(&bench, "split", kept, gone), 1);
    assert!(!waits(&bench, one, other), "nobody asks again");
    assert_eq!(
        bench.why(gone).ended(0).json()["leads"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn undoing_sends_all_records_back_whence_they_came() {
    let bench = city(206);
    let tied = |key: &str| {
        let query = format!(
            "SELECT own_key FROM links WHERE resident_key = '{key}' AND own_key <> '{key}'"
        );
        !bench.sql(&query, &[]).is_empty()
    };
    let pairs = waiting(&bench);
    let two = |pair: &&Value| {
        ["resident_key", "other_key"].map(|name| tied(text(pair, name))) == [true; 2]
    };
    let pair = pairs
        .iter()
        .find(two)
        .expect("two residents of several records each");
    let (one, other) = (text(pair, "resident_key"), text(pair, "other_key"));
    let before = mentions(&bench);
    let _ = bench.review(&["accept", one, other]).ended(0);
    let _ = bench.run().ended(0);
    assert!(mentions(&bench) != before, "they are one");
    let _ = bench.review(&["reject", one, other]).ended(0);
    let _ = bench.run().ended(0);
    assert!(mentions(&bench) == before, "a record stayed with the other");
}

#[test]
fn decisions_outlive_later_deliveries() {
    let bench = city(202);
    let (own, resident) = made_link(&bench);
    let pair = waiting(&bench)
        .into_iter()
        .find(|pair| {
            ![&own, &resident]
                .iter()
                .any(|key| pair.to_string().contains(key.as_str()))
        })
        .unwrap();
    let (one, other) = (text(&pair, "resident_key"), text(&pair, "other_key"));
    let seen = bench
        .review(&["show", &own, &resident, "--json"])
        .ended(0)
        .json();
    assert_eq!(seen["link"]["own_key"], own.as_str());
    assert_eq!(seen["residents"].as_array().unwrap().len(), 1);

    let _ = bench.review(&["reject", &own, &resident]).ended(0);
    let _ = bench.review(&["accept", one, other]).ended(0);
    assert_eq!(bench.run().ended(0).json()["status"], "released");
    let apart = |bench: &Bench| {
        let tied =
            format!("SELECT * FROM links WHERE own_key = '{own}' AND resident_key = '{resident}'");
        bench.sql(&tied, &[]).is_empty()
    };
    assert!(apart(&bench) && keys(&bench).contains(&own));
    assert_eq!(events(&bench, "split", &resident, &own), 1);
    let alive = |bench: &Bench| {
        let keys = keys(bench);
        [one, other]
            .into_iter()
            .filter(|key| keys.contains(*key))
            .count()
    };
    assert_eq!(alive(&bench), 1);

    let second = bench.with_second_day("second");
    assert_eq!(second.run().ended(0).json()["status"], "released");
    assert!(apart(&second));
    assert_eq!(alive(&second), 1);
    assert_eq!(
        events(&second, "merged", one, other) + events(&second, "merged", other, one),
        1
    );
    assert!(!waits(&second, one, other) && !waits(&second, &own, &resident));
    let decided = second.sql("SELECT decision FROM decisions ORDER BY decision", &[]);
    let decided: Vec<&str> = decided.iter().map(|row| text(row, "decision")).collect();
    assert_eq!(decided, ["different", "same"]);

    // Everything read again from the archive: the same people.
    let before = keys(&second);
    let _ = second.run_with(&["--reprocess"]).ended(0);
    assert!(apart(&second));
    assert_eq!(keys(&second), before);
}

#[test]
fn every_link_can_be_asked_why_and_an_earlier_release_answers_as_then() {
    let bench = city(203);
    let (own, resident) = made_link(&bench);
    let picture = bench.path("links.svg");
    let mut command = bench.command();
    command
        .args(["why", &resident, "--json", "--svg"])
        .arg(&picture)
        .arg("--lake")
        .arg(&bench.lake);
    let first = bench
        .ended(command.arg("--pipeline").arg(&bench.pipeline))
        .ended(0)
        .json();
    let links = first["links"].as_array().unwrap();
    let link = links
        .iter()
        .find(|link| link["own_key"] == own.as_str())
        .unwrap();
    let bars = link["evidence"].as_array().unwrap();
    assert_eq!(bars[0]["comparison"], "prior");
    let sum: f64 = bars.iter().map(|bar| bar["weight"].as_f64().unwrap()).sum();
    let weight = link["weight"].as_f64().unwrap();
    assert!((sum - weight).abs() < 1e-6, "{sum} is not {weight}");
    assert!(link["probability"].as_f64().unwrap() > 0.0);
    for link in links {
        for place in link["places"].as_array().unwrap() {
            let role = match text(place, "role") {
                role @ ("husband" | "wife") => format!("{role}_"),
                _ => String::new(),
            };
            let query = format!(
                "SELECT {role}resident_key AS key FROM standard.{} WHERE _delivery = '{}' AND _source_row = {}",
                text(place, "feed"),
                text(place, "delivery"),
                place["source_row"]
            );
            assert_eq!(text(&bench.sql(&query, &[])[0], "key"), resident);
        }
    }
    let drawn = fs::read_to_string(&picture).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"));
    assert_eq!(drawn.matches("total 合计").count(), links.len());
    no_number_in(&bench, &drawn);

    let pair = waiting(&bench).remove(0);
    let (one, other) = (text(&pair, "resident_key"), text(&pair, "other_key"));
    let _ = bench.review(&["accept", "1"]).ended(0);
    let _ = bench.review(&["reject", &own, &resident]).ended(0);
    let _ = bench.run().ended(0);
    let then = ["--release", "000001"];
    let held =
        format!("SELECT count(*) AS n FROM residents WHERE resident_key IN ('{one}', '{other}')");
    assert_eq!(bench.sql(&held, &then)[0]["n"], 2);
    assert_eq!(bench.sql(&held, &[])[0]["n"], 1);
    let asked = |key: &str, more: &[&str]| {
        let mut command = bench.command();
        command
            .args(["why", key, "--json", "--lake"])
            .arg(&bench.lake)
            .args(more);
        bench
            .ended(command.arg("--pipeline").arg(&bench.pipeline))
            .ended(0)
            .json()
    };
    assert_eq!(asked(&resident, &then), first);
    assert_eq!(asked(&own, &then)["leads"][0]["how"], "linked");
    assert_eq!(asked(&own, &then)["resident_key"], resident.as_str());
    let now = asked(&own, &[]);
    assert_eq!(
        (&now["resident_key"], &now["release"]),
        (&own.as_str().into(), &"000002".into())
    );
    assert_eq!(now["events"][0]["event"], "split");

    for arguments in [
        &["sql", "SELECT 1"][..],
        &["tables"],
        &["why", resident.as_str()],
    ] {
        let mut command = bench.command();
        let command = command
            .args(arguments)
            .args(["--release", "000009", "--lake"]);
        let ran = bench.ended(command.arg(&bench.lake)).ended(2);
        assert!(ran.stderr.contains("000001 to 000002"), "{}", ran.stderr);
    }
}

#[test]
fn a_reviewer_cannot_decide_about_nobody() {
    let bench = city(204);
    let known = keys(&bench).into_iter().next().unwrap();
    let nobody = "0123456789abcdef0123456789abcdef";
    for pair in [
        [known.as_str(), nobody],
        [nobody, &known],
        [&known, &known],
        ["999999", nobody],
    ] {
        for word in ["accept", "reject"] {
            let _ = bench.review(&[word, pair[0], pair[1]]).ended(2);
        }
    }
    let _ = bench.review(&["accept", "999999"]).ended(2);
    assert!(!bench.pipeline.join("decisions.csv").exists());
    let mut command = bench.command();
    command
        .args(["review", "accept", "1", "--lake"])
        .arg(&bench.lake);
    // The pipeline lies where nobody looks for it unasked.
    let ran = bench.ended(&mut command).ended(2);
    assert!(ran.stderr.contains("--pipeline"), "{}", ran.stderr);
}
