"""What of a run is cut for Azure ML's tags: pure functions. The whole of it is kept beside the run."""

from __future__ import annotations

from tracklayer.drivers.azureml.traits import TAG
from tracklayer.model import Batch, RunDraft


def shown(draft: RunDraft) -> RunDraft:
    """The draft as its tags can show it."""
    source = draft.source
    if source is not None:
        texts = {field: text[: TAG.most] for field, text in source.model_dump().items() if isinstance(text, str)}
        source = source.model_copy(update=texts)
    return draft.model_copy(update={"source": source, "user": draft.user and draft.user[: TAG.most]})


def without_status(batch: Batch) -> Batch:
    """What a job may say of itself: the platform says when it begins and ends, and how."""
    return batch.model_copy(update={"status": None, "ended": None})
