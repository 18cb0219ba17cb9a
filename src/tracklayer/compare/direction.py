"""Which way a metric gets better, guessed from its name."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

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
WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def direction(metric: str) -> Direction | None:
    """`min` or `max` by the words in the name, whatever joins them (`val_loss`, `valLoss`, `val/loss`); else None."""
    words = {word.lower() for word in WORD.findall(metric)}
    if words & LESS:
        return "min"
    return "max" if words & MORE else None
