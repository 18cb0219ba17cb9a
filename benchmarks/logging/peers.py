"""The subjects, and the one place where their versions are pinned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """Something to log with."""

    title: str
    #: The class that speaks to it: module in `subjects/`, and name.
    subject: tuple[str, str]
    #: What uv installs into an environment of its own; None: the environment that runs the benchmark.
    requirement: str | None = None


#: By name, in the order of their turns.
PEERS: dict[str, Peer] = {
    "tracklayer": Peer("tracklayer into local:", ("tracklayer_local", "TracklayerLocal")),
    "mlflow": Peer("MLflow, SQLite store", ("mlflow_sqlite", "MlflowSync"), "mlflow==3.17.2"),
    "mlflow-async": Peer("MLflow, SQLite store, asynchronous", ("mlflow_sqlite", "MlflowAsync"), "mlflow==3.17.2"),
    "wandb": Peer("W&B offline", ("wandb_offline", "WandbOffline"), "wandb==0.31.0"),
    "trackio": Peer("trackio, local", ("trackio_local", "TrackioLocal"), "trackio==0.43.0"),
    "goodseed": Peer("goodseed, local", ("goodseed_local", "GoodseedLocal"), "goodseed==0.4.0"),
    "jsonl": Peer("a JSON line a call, flushed: the floor", ("json_lines", "JsonLines")),
}
