"""Engines: what carries out a migration's tasks: threads of this process, or a cluster that is there already."""

from tracklayer.migrate.engines.engine import Engine, engine

__all__ = ["Engine", "engine"]
