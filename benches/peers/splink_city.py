"""Links all mentions of a synthetic city with Splink and scores them against the truth.

    splink_city.py CITY_DIR [--clusters FILE] [--memory 12GB]

CITY_DIR holds nine feeds in the packing of pipelines/residents_csv, and truth/. Prints one JSON object;
--clusters writes the clusters at the best threshold as feed,source_row,role,cluster.
"""

import argparse
import json
import logging
import os
import tempfile
import time

import duckdb
import splink
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from mentions import read
from scoring import THRESHOLDS, peak_rss_bytes, score

SAME_NUMBER = cl.CustomComparison(
    output_column_name="id_number",
    comparison_levels=[
        cll.CustomLevel(
            "(id_number_l IS NULL AND id_seen_l IS NULL) OR (id_number_r IS NULL AND id_seen_r IS NULL)"
            " OR (id_number_l IS NULL AND id_number_r IS NULL)",
            "no number",
        ).configure(is_null_level=True),
        cll.ExactMatchLevel("id_number"),
        cll.CustomLevel("id_number_l LIKE id_seen_r OR id_number_r LIKE id_seen_l", "what a mask left agrees"),
        # A slip of the pen: one of the two fails its check.
        cll.CustomLevel(
            "NOT (id_valid_l AND id_valid_r) AND damerau_levenshtein(id_number_l, id_number_r) <= 1", "one slip"
        ),
        cll.CustomLevel(
            "NOT (id_valid_l AND id_valid_r) AND damerau_levenshtein(id_number_l, id_number_r) <= 2", "two slips"
        ),
        cll.CustomLevel("id_valid_l AND id_valid_r", "both valid, different"),
        cll.ElseLevel(),
    ],
)

SAME_NAME = cl.CustomComparison(
    output_column_name="name",
    comparison_levels=[
        cll.NullLevel("name"),
        cll.ExactMatchLevel("name", term_frequency_adjustments=True),
        cll.ExactMatchLevel("pinyin"),
        cll.JaroWinklerLevel("pinyin", 0.9),
        cll.JaroWinklerLevel("name", 0.75),
        cll.ExactMatchLevel("surname"),
        cll.ElseLevel(),
    ],
)

SAME_BIRTH = cl.CustomComparison(
    output_column_name="birth",
    comparison_levels=[
        cll.NullLevel("birth"),
        cll.ExactMatchLevel("birth"),
        cll.DamerauLevenshteinLevel("birth", 1),
        cll.CustomLevel("abs(date_diff('day', birth_l::DATE, birth_r::DATE)) <= 366", "within a year"),
        cll.ElseLevel(),
    ],
)

SAME_PHONE = cl.CustomComparison(
    output_column_name="phone",
    comparison_levels=[
        cll.NullLevel("phone"),
        cll.ExactMatchLevel("phone", term_frequency_adjustments=True),
        cll.DamerauLevenshteinLevel("phone", 1),
        cll.ElseLevel(),
    ],
)

SAME_ADDRESS = cl.CustomComparison(
    output_column_name="address",
    comparison_levels=[
        cll.NullLevel("address"),
        cll.ExactMatchLevel("address", term_frequency_adjustments=True),
        cll.ExactMatchLevel("building"),
        cll.ElseLevel(),
    ],
)

SETTINGS = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="unique_id",
    comparisons=[SAME_NUMBER, SAME_NAME, SAME_BIRTH, cl.ExactMatch("sex"), SAME_PHONE, SAME_ADDRESS],
    blocking_rules_to_generate_predictions=[
        block_on("id_number"),
        block_on("name", "birth"),
        block_on("pinyin", "birth"),
        block_on("name", "phone"),
        block_on("name", "address"),
        block_on("phone", "birth"),
        block_on("phone", "surname", "sex"),
        block_on("building", "birth"),
        block_on("pinyin", "building"),
        block_on("name", "id_start"),
    ],
    retain_matching_columns=False,
    retain_intermediate_calculation_columns=False,
)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("city")
    arguments.add_argument("--clusters")
    arguments.add_argument("--memory")
    arguments = arguments.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)

    clock = Clock()
    frame = read(arguments.city)
    clock.lap("read_and_clean")

    spill = tempfile.TemporaryDirectory()
    connection = duckdb.connect(":memory:", config={"temp_directory": spill.name})
    if arguments.memory:
        connection.execute(f"SET memory_limit = '{arguments.memory}'")
    api = DuckDBAPI(connection=connection)
    records = api.register(frame.drop(columns=["person", "feed", "role", "source_row"]))
    linker = Linker(records, SETTINGS, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("id_number"), block_on("name", "birth", "phone"), block_on("name", "birth", "address")], recall=0.95
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    for rule in [block_on("id_number"), block_on("name", "birth"), block_on("name", "phone")]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    clock.lap("train")

    predictions = linker.inference.predict(threshold_match_probability=0.1)
    pairs = predictions.as_duckdbpyrelation().aggregate("count(*)").fetchall()[0][0]
    clock.lap("predict")

    scores = []
    best = None
    for threshold in THRESHOLDS:
        clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_probability=threshold
        )
        clusters = clustered.as_duckdbpyrelation().select("unique_id, cluster_id").order("unique_id").df()["cluster_id"]
        clustered.drop_table_from_database_and_remove_from_cache()
        clock.lap(f"cluster at {threshold}")
        scores.append({"threshold": threshold, **score(clusters, frame["person"])})
        if best is None or scores[-1]["f1"] > best[0]["f1"]:
            best = (scores[-1], clusters)
        clock.lap(f"score at {threshold}")

    if arguments.clusters:
        out = frame[["feed", "source_row", "role"]].assign(cluster=best[1])
        out.to_csv(arguments.clusters, index=False)
    laps = clock.laps
    cluster = sorted(laps[name] for name in laps if name.startswith("cluster"))
    steps = {
        "read_and_clean": laps["read_and_clean"],
        "train": laps["train"],
        "predict": laps["predict"],
        "cluster": cluster[len(cluster) // 2],
    }
    result = {
        "engine": f"splink {splink.__version__}",
        "work": arguments.city,
        "mentions": len(frame),
        "people": int(frame["person"].nunique()),
        "pairs_kept": pairs,
        # Training, prediction, one clustering; not reading and cleaning, which everybody must do.
        "seconds": round(steps["train"] + steps["predict"] + steps["cluster"], 2),
        "seconds_by_step": {name: round(seconds, 2) for name, seconds in steps.items()},
        "cpu_seconds": round(sum(os.times()[:2]), 2),
        "peak_rss_bytes": peak_rss_bytes(),
        "best": best[0],
        "thresholds": scores,
    }
    print(json.dumps(result, ensure_ascii=False))


class Clock:
    def __init__(self):
        self.laps = {}
        self.last = time.perf_counter()

    def lap(self, name):
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0.0) + now - self.last
        self.last = now


if __name__ == "__main__":
    main()
