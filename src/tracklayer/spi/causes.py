"""What lies inside an error of an HTTP library: requests and urllib3 nest the true one."""

from __future__ import annotations

from collections.abc import Iterator


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies inside it: in `reason`, in its arguments, or as its cause. The last one is the root."""
    seen: list[BaseException | None] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:
        seen.append(inner)
        yield inner
        reason = getattr(inner, "reason", None)
        nested = next((one for one in inner.args if isinstance(one, BaseException)), None)
        inner = reason if isinstance(reason, BaseException) else nested or inner.__cause__


def reason(error: BaseException) -> str:
    """`Connection refused`, without the objects that urllib3 prints before it; one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = str(error).rpartition(": ")[2].strip("'\")> ").splitlines()
    return said[0].strip() if said and said[0].strip() else type(error).__name__
