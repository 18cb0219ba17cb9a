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
        "time_per_step",
        "loss_per_token",
    ],
)
def test_less_is_better(metric: str) -> None:
    assert direction(metric) == "min"


@pytest.mark.parametrize(
    "metric",
    [
        "acc",
        "val_accuracy",
        "valAccuracy",
        "AUC",
        "roc.auc",
        "f1",
        "macro F1",
        "r2",
        "top5",
        "test_score",
        "mAP",
        "tokens_per_seconds",
    ],
)
def test_more_is_better(metric: str) -> None:
    assert direction(metric) == "max"


@pytest.mark.parametrize("metric", ["x", "epoch", "glossary", "accident", "lr", "", "🙂", "losses_seen"])
def test_a_name_that_says_nothing(metric: str) -> None:
    assert direction(metric) is None


@pytest.mark.parametrize(
    ("metric", "way"),
    [
        ("tokens_per_seconds", "max"),
        ("time_per_step", "min"),
        ("acc_per_step", "max"),
        ("joules_per_token", None),
        ("per", None),
    ],
)
def test_a_rate_is_judged_by_what_is_counted(metric: str, way: str | None) -> None:
    assert direction(metric) == way
