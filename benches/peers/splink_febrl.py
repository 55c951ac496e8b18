"""Links FEBRL's data set 3 (dedupe) or 4 (link) with Splink and scores it against the truth.

    splink_febrl.py 3|4

Prints one JSON object. Pairs are those of clusters; `links` scores the links themselves, before clustering.
"""

import json
import logging
import sys
import time

import pandas as pd
import splink
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from febrl_export import febrl
from scoring import THRESHOLDS, pairs, peak_rss_bytes, score

COLUMNS = [
    "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
    "date_of_birth", "soc_sec_id",
]  # fmt: skip


def name(column, other):
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.JaroWinklerLevel(column, 0.92),
            cll.JaroWinklerLevel(column, 0.8),
            cll.ColumnsReversedLevel(column, other, symmetrical=False),
            cll.ElseLevel(),
        ],
    )


def settings(link_type):
    return SettingsCreator(
        link_type=link_type,
        unique_id_column_name="rec_id",
        comparisons=[
            name("given_name", "surname"),
            name("surname", "given_name"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("street_number", [1]),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("address_2", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.ExactMatch("state"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("date_of_birth"),
            block_on("surname", "given_name"),
            block_on("given_name", "postcode"),
            block_on("surname", "postcode"),
            block_on("postcode", "street_number"),
            block_on("address_1"),
            block_on("suburb", "street_number"),
            block_on("substr(soc_sec_id, 1, 4)", "state"),
            block_on("substr(soc_sec_id, 4, 4)", "state"),
            block_on("substr(date_of_birth, 1, 6)", "substr(surname, 1, 2)"),
            block_on("substr(date_of_birth, 5, 4)", "substr(given_name, 1, 2)"),
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def main():
    which = int(sys.argv[1])
    logging.getLogger("splink").setLevel(logging.ERROR)
    tables = febrl(which)
    for table in tables.values():
        for column in COLUMNS:
            table[column] = table[column].astype("string").str.strip().str.lower()
        # The same place in both tables.
        table["entity"] = table["entity"].astype("int64")
    whole = pd.concat(tables.values(), ignore_index=True).set_index("rec_id")
    started = time.perf_counter()
    api = DuckDBAPI()
    records = [api.register(table[["rec_id", *COLUMNS]], dataset_display_name=name) for name, table in tables.items()]
    linker = Linker(records if which == 4 else records[0], settings("link_only" if which == 4 else "dedupe_only"),
                    log_level=logging.ERROR)  # fmt: skip
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.9
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5_000_000, seed=1)
    for rule in [block_on("date_of_birth"), block_on("postcode"), block_on("soc_sec_id")]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predictions = linker.inference.predict(threshold_match_probability=0.01)
    predicted = time.perf_counter()

    links = predictions.as_pandas_dataframe()
    entity = whole["entity"]
    right = entity.loc[links["rec_id_l"]].to_numpy() == entity.loc[links["rec_id_r"]].to_numpy()
    true = pairs(entity.value_counts())
    scores, best = [], None
    cluster_seconds = []
    for threshold in THRESHOLDS:
        lap = time.perf_counter()
        clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predictions, threshold_match_probability=threshold
        )
        clusters = clustered.as_pandas_dataframe()
        cluster_seconds.append(time.perf_counter() - lap)
        of_clusters = score(clusters["cluster_id"], entity.loc[clusters["rec_id"]])
        kept = links["match_probability"] >= threshold
        hits = int((right & kept).sum())
        scores.append({
            "threshold": threshold,
            **of_clusters,
            "links": {
                "precision": round(hits / max(int(kept.sum()), 1), 7),
                "recall": round(hits / true, 7),
                "f1": round(2 * hits / (int(kept.sum()) + true), 7),
            },
        })  # fmt: skip
        if best is None or scores[-1]["f1"] > best["f1"]:
            best = scores[-1]
    print(json.dumps({
        "engine": f"splink {splink.__version__}",
        "work": f"febrl{which}",
        "records": len(whole),
        "people": int(entity.nunique()),
        "seconds": round(predicted - started + sorted(cluster_seconds)[len(cluster_seconds) // 2], 2),
        "peak_rss_bytes": peak_rss_bytes(),
        "best": best,
        "thresholds": scores,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
