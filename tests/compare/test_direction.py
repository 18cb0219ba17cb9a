"""Which way a metric gets better."""

from __future__ import annotations

import pytest

from tracklayer.compare import direction


@pytest.mark.parametrize(
    "metric",
    [
        "loss",
        "val_loss",
        "valLoss",
        "val/loss",
        "train-error",
        "RMSE",
        "val.MAE",
        "fit_time",
        "error_score",
        "eval_perplexity",
    ],
)
def test_less_is_better(metric: str) -> None:
    assert direction(metric) == "min"


@pytest.mark.parametrize(
    "metric",
    ["acc", "val_accuracy", "valAccuracy", "AUC", "roc.auc", "f1", "macro F1", "r2", "top5", "test_score", "mAP"],
)
def test_more_is_better(metric: str) -> None:
    assert direction(metric) == "max"


@pytest.mark.parametrize("metric", ["x", "epoch", "glossary", "accident", "lr", "", "🙂", "losses_seen"])
def test_a_name_that_says_nothing(metric: str) -> None:
    assert direction(metric) is None
