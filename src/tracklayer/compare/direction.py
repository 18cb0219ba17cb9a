"""Which way a metric gets better: said, or guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from tracklayer.errors import InvalidInput

Direction: TypeAlias = Literal["min", "max"]

_LESS = """
    loss error err time duration seconds latency mae mse rmse mape smape logloss crossentropy nll bce perplexity ppl
    wer cer eer ece fid brier divergence kl regret cost misses
"""
_MORE = """
    acc accuracy ap auc auroc auprc f1 fbeta r2 precision recall sensitivity specificity score map ndcg mrr bleu rouge
    meteor iou miou dice jaccard mcc kappa psnr ssim reward throughput correct top1 top5 hits
"""
#: Words that say: less is better. They win over the others, so `error_score` and `score_time` are `min`.
LESS = frozenset(_LESS.split())
#: Words that say: more is better.
MORE = frozenset(_MORE.split())
#: What a rate is measured by.
PER, TIMES = "per", frozenset({"s", "sec", "second", "seconds", "minute", "hour", "day"})
WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, whatever joins them: `val_loss`, `valLoss` and `val/loss` have the same."""
    return [word.lower() for word in WORD.findall(name)]


def direction(metric: str) -> Direction | None:
    """`min` or `max` by the words in the name; else None. A rate, as `tokens_per_second`, is `max`."""
    words = words_of(metric)
    rate = PER in words[1:-1] and words[-1] in TIMES
    judged = set(words[: words.index(PER)] if PER in words[1:-1] else words)
    if judged & LESS:
        return "min"
    return "max" if judged & MORE or rate else None


def said(directions: Mapping[str, str]) -> dict[str, Direction]:
    """Directions as a user said them. `InvalidInput` for one that is neither `min` nor `max`."""
    for metric, way in directions.items():
        if way not in get_args(Direction):
            message = f"the direction of {metric!r} must be 'min' or 'max', not {way!r}"
            raise InvalidInput(message)
    return dict(directions)  # type: ignore[arg-type] # looked at above
