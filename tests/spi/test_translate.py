"""Native errors to ours: the first row that fits says what an error is."""

from __future__ import annotations

import pytest

from tracklayer.errors import Conflict, NotFound, ProviderError, RateLimited, Rejected, Timeout, Unavailable
from tracklayer.spi import Rule, translated, translating


class Native(Exception):
    """What an SDK raises."""

    def __init__(self, code: int, text: str = "said the server") -> None:
        super().__init__(text)
        self.code = code


class Throttled(Native):
    """A kind of its own."""


TABLE = [
    Rule(Throttled, RateLimited, retry_after=lambda error: float(error.code)),
    Rule(Native, NotFound, when=lambda error: error.code == 404),
    Rule(Native, Unavailable, when=lambda error: error.code == 503, retry_after=lambda _: 7.0),
    Rule(Native, Unavailable, when=lambda error: error.code == 501, retryable=False),
    Rule(Native, Conflict, when=lambda error: error.code == 409, retryable=True),
    Rule(Native, Rejected, when=lambda error: error.code < 500),
    Rule(TimeoutError, Timeout),
]


def ours(native: Exception) -> ProviderError | None:
    return translated(TABLE, native, provider="acme", operation="runs/create")


@pytest.mark.parametrize(
    ("native", "kind"),
    [
        (Native(404), NotFound),
        (Native(503), Unavailable),
        (Native(409), Conflict),
        (Native(400), Rejected),
        (Throttled(404), RateLimited),
        (TimeoutError("slow"), Timeout),
    ],
)
def test_the_first_row_that_fits_decides(native: Exception, kind: type[ProviderError]) -> None:
    error = ours(native)
    assert type(error) is kind
    assert (error.provider, error.operation) == ("acme", "runs/create")


@pytest.mark.parametrize("native", [Native(500), KeyError("x"), OSError()])
def test_what_no_row_fits_is_not_ours(native: Exception) -> None:
    assert ours(native) is None


def test_what_the_provider_asks_to_wait_is_read_where_waiting_helps() -> None:
    for native, seconds in ((Throttled(3), 3.0), (Native(503), 7.0)):
        error = ours(native)
        assert isinstance(error, (RateLimited, Unavailable))
        assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("native", "retryable"),
    [(Native(404), False), (Native(503), True), (Native(501), False), (Native(409), True), (Throttled(1), True)],
)
def test_an_error_is_worth_another_try_by_its_kind_or_by_its_row(native: Exception, retryable: bool) -> None:
    error = ours(native)
    assert error is not None
    assert error.retryable is retryable


@pytest.mark.parametrize(
    ("text", "said"),
    [("two\nlines\t and  blanks ", "two lines and blanks"), ("", "Native"), ("  \n", "Native")],
)
def test_the_message_is_one_line_and_never_empty(text: str, said: str) -> None:
    assert str(ours(Native(404, text))) == f"acme: runs/create: {said}"


def test_within_the_block_errors_become_ours_with_their_cause() -> None:
    native = Native(404)
    with pytest.raises(NotFound) as caught, translating(TABLE, provider="acme", operation="runs/get"):
        raise native
    assert caught.value.__cause__ is native
    assert caught.value.operation == "runs/get"


@pytest.mark.parametrize("other", [KeyError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_other_errors_pass_the_block_as_they_are(other: BaseException) -> None:
    with pytest.raises(type(other)) as caught, translating(TABLE, provider="acme", operation="runs/get"):
        raise other
    assert caught.value is other


def test_an_error_that_is_ours_already_passes_as_it_is() -> None:
    error = Conflict("taken", provider="acme", operation="x")
    with pytest.raises(Conflict) as caught, translating(TABLE, provider="acme", operation="runs/get"):
        raise error
    assert caught.value is error
