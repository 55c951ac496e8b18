"""Pairwise precision, recall and F1, from the sizes of the cells (cluster, person)."""

import resource
import sys

import pandas as pd

THRESHOLDS = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999, 0.9999999, 0.99999999]


def pairs(counts):
    """Pairs within groups of these sizes."""
    counts = counts.astype("int64")
    return int((counts * (counts - 1) // 2).sum())


def score(clusters, people):
    """Two columns of one length: the cluster and the person of each record."""
    frame = pd.DataFrame({"cluster": pd.Series(clusters).to_numpy(), "person": pd.Series(people).to_numpy()})
    right = pairs(frame.groupby(["cluster", "person"], sort=False, observed=True).size())
    predicted = pairs(frame.groupby("cluster", sort=False, observed=True).size())
    true = pairs(frame.groupby("person", sort=False, observed=True).size())
    precision = right / predicted if predicted else 1.0
    recall = right / true if true else 1.0
    f1 = 2 * right / (predicted + true) if predicted + true else 1.0
    return {
        "precision": round(precision, 7),
        "recall": round(recall, 7),
        "f1": round(f1, 7),
        "right": right,
        "predicted": predicted,
        "true": true,
    }


def peak_rss_bytes():
    """The most memory that this process held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
