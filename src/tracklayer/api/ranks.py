"""Ranks: which of several processes of one launch the present one is.

Each launcher tells its processes their rank in environment variables. Those of one launch log to one run, if they can
agree on it without a word: by an id that the launcher gives, or by the launcher's own process if all are its children.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from tracklayer.layers.journal.process import process_of

#: What a user may set to one text in all processes of a launch, where nothing else tells that they belong together.
LAUNCH = "TRACKLAYER_LAUNCH"


class Launcher(NamedTuple):
    """The variables of one launcher: rank, number of processes, those of this machine, and what names the launch."""

    rank: str
    world: str
    local: str
    names: tuple[str, ...]


LAUNCHERS = (
    # https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables
    Launcher("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", ("TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT")),
    # https://docs.open-mpi.org/en/main/tuning-apps/environment-var.html
    Launcher("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", ("PMIX_NAMESPACE",)),
    # MPICH and Intel MPI: https://github.com/pmodels/mpich/blob/main/doc/wiki/how_to/Using_the_Hydra_Process_Manager.md
    Launcher("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", ()),
    # https://slurm.schedmd.com/srun.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES; of the step: a batch script has none
    Launcher("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "", ("SLURM_JOB_ID", "SLURM_STEP_ID")),
)
#: What torchrun names a launch that was given no name.
NAMELESS = {"", "none"}


class Rank(NamedTuple):
    """The present process among `world` ones. `launch`: names the launch; None where nothing tells."""

    number: int
    world: int
    launch: str | None


def rank(environ: Mapping[str, str] | None = None) -> Rank | None:
    """The rank of this process; None for one that is alone."""
    given = os.environ if environ is None else environ
    for launcher in LAUNCHERS:
        number, world = given.get(launcher.rank, ""), given.get(launcher.world, "")
        if number.isdecimal() and world.isdecimal() and int(world) > 1:
            return Rank(int(number), int(world), _launch(given, launcher))
    return None


def _launch(given: Mapping[str, str], launcher: Launcher) -> str | None:
    if given.get(LAUNCH):
        return given[LAUNCH]
    if launcher.local and given.get(launcher.local) == given.get(launcher.world):
        parent = process_of(os.getppid())
        return f"{parent.host}/{parent.machine}/{parent.pid}/{parent.began}"
    names = [given.get(name, "") for name in launcher.names]
    return None if not names or names[0] in NAMELESS else "/".join(names)
