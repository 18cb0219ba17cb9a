"""Options that several commands take."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Place: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[PLACE]", help="URL of a place. Default: $TRACKLAYER_URL, else local:")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else.")]
Filter: TypeAlias = Annotated[
    str, typer.Option("--filter", metavar="QUERY", help="MLflow's grammar: metrics.loss < 0.1 and params.kind = 'mlp'")
]
Experiment: TypeAlias = Annotated[
    str | None, typer.Option("--experiment", metavar="NAME", help="Only the runs of this experiment.")
]
