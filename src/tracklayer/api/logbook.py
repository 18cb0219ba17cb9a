"""Logbook: checks what is logged, hides secrets in it, and puts it into the run's journal."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable, Sequence
from threading import RLock
from typing import Any, BinaryIO
from uuid import uuid4

from pydantic import TypeAdapter

from tracklayer.api.options import Options
from tracklayer.api.redaction import Redactor
from tracklayer.errors import Conflict, InvalidInput, Unflushed
from tracklayer.layers.gate import lacking_everywhere, of_batch
from tracklayer.layers.journal.dispatch import Delivery
from tracklayer.layers.journal.frames import Kind
from tracklayer.layers.journal.records import Spooled
from tracklayer.model import Batch, ParamValue, Points, checked_path, same
from tracklayer.model.values import Name
from tracklayer.spi import Feature

log = logging.getLogger("tracklayer")

#: Bytes of a file in memory at once.
BLOCK = 1 << 20
#: What a point may need of a place.
ODD = (Feature.METRIC_NAN, Feature.METRIC_INFINITY, Feature.METRIC_NEGATIVE_STEP)
_NAME = TypeAdapter(Name)


class Logbook:
    """What one process logs to one run.

    * `point`, `row`: the journal's quick ways; they take nothing where each call must be looked at.
    """

    def __init__(self, delivery: Delivery, options: Options, redactor: Redactor) -> None:
        self.delivery = delivery
        self.options = options
        self._redactor = redactor
        self._noted = 0
        self._params: dict[str, ParamValue] = {}
        self._lock = RLock()
        plain = all(any(one.driver.traits.offers(feature) for one in delivery.shipments) for feature in ODD)
        quick = plain and not options.strict
        self.point = delivery.writer.point if quick else _nothing
        self.row = delivery.writer.row if quick else _nothing

    def rows(self, values: Sequence[tuple[str, float]], step: int, time: int | None) -> None:
        """Points of several metrics at one step."""
        for key, _ in values:
            _named(key)
        self._need(of_batch(Batch(points=tuple(Points.of(key, [(step, 0, value)]) for key, value in values))))
        self._check()
        self.delivery.writer.rows(values, step, time)

    def points(self, parts: Sequence[Points]) -> None:
        """Points in columns."""
        self._need(of_batch(Batch(points=tuple(parts))))
        self._check()
        for part in parts:
            self.delivery.writer.points(part)

    def write(self, batch: Batch) -> None:
        """Params, tags, inputs. `Conflict` for another value of a param that this process has set."""
        self._need(of_batch(batch))
        self._check()
        tags = self._redactor.tags(batch.tags)
        params = self._redactor.params(batch.params)
        hidden = self._redactor.hidden
        if len(hidden) > self._noted:
            self._noted = len(hidden)
            tags["audit.redacted"] = "; ".join(hidden)
        with self._lock:
            for key, value in params.items():
                if key in self._params and not same(self._params[key], value):
                    message = f"param {key!r} is set to another value already; a param is set once"
                    provider = self.delivery.shipments[0].driver.traits.provider
                    raise Conflict(message, provider=provider, operation="log_params")
            self._params.update(params)
            self.delivery.writer.record(Kind.BATCH, batch.model_copy(update={"params": params, "tags": tags}))

    def audit(self) -> None:
        """Note what has been hidden meanwhile."""
        if len(self._redactor.hidden) > self._noted:
            self.write(Batch())

    def put(self, path: str, data: BinaryIO) -> None:
        """A file: it is copied, so that what becomes of the original does not matter."""
        path = checked_path(path)
        self._need([Feature.ARTIFACTS])
        self._check()
        folder, name = self.delivery.writer.folder(), uuid4().hex
        try:
            if folder is None:
                raise OSError(2, "there is no journal to keep it in")  # noqa: TRY301 -- told as any other
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                shutil.copyfileobj(data, file, BLOCK)
        except OSError as error:
            log.warning("tracklayer cannot keep the file %r of run %s: %s", path, self._name, error.strerror)
            self.delivery.writer.lose(f"the file {path!r}: {error.strerror}")
            return
        self.delivery.writer.record(Kind.FILE, Spooled(path=path, name=name))

    def flush(self, timeout: float | None) -> bool:
        """Wait for the places; False when something is left. `Unflushed` where it is strict."""
        landed = self.delivery.flush(self.options.flush_timeout if timeout is None else timeout)
        landed = landed and not any(len(one.landing.refusals) for one in self.delivery.shipments)
        if not landed and self.options.strict:
            raise Unflushed(self.left(), pending=self.delivery.pending())
        return landed

    def left(self) -> str:
        """What has not landed, and how to send it, in one line."""
        pending = {place: count for place, count in self.delivery.pending().items() if count}
        many = " and ".join(
            f"{count:,} {'record has' if count == 1 else 'records have'} not reached {place}"
            for place, count in pending.items()
        )
        path = self.delivery.writer.path
        if path is None:
            return f"{many or 'some records are left'} of run {self._name}, and are lost: no journal could be written"
        reason = f" ({self.delivery.error})" if self.delivery.error is not None else ""
        return (
            f"run {self._name}: {many or 'something is left'}{reason}; send what is left with: tracklayer sync {path}"
        )

    @property
    def _name(self) -> str:
        return repr(self.delivery.start.draft.name or self.delivery.start.token)

    def _check(self) -> None:
        """Raise what went wrong meanwhile, where that is asked for."""
        if self.options.strict and self.delivery.error is not None:
            raise self.delivery.error

    def _need(self, features: Iterable[Feature]) -> None:
        """`Unsupported` when no place offers what is needed."""
        error = lacking_everywhere((one.driver.traits for one in self.delivery.shipments), features)
        if error is not None:
            raise error


def _nothing(*_: Any) -> bool:
    return False


def _named(key: object) -> None:
    """`InvalidInput` for what is no name."""
    try:
        _NAME.validate_python(key)
    except InvalidInput:
        raise
    except ValueError:
        message = f"the key of a metric must be text, not {type(key).__name__}"
        raise InvalidInput(message) from None
