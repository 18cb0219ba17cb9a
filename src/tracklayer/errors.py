"""Every error tracklayer raises, in one tree.

::

    TracklayerError
    ├── InvalidInput                 wrong for every provider: nothing was sent
    ├── Unsupported                  this provider cannot: refused here, nothing was sent
    ├── DriverMissing                the URL's driver or its SDK is not installed; names the pip command
    ├── MigrationError               a migration could not be carried through
    ├── JournalDamaged               a journal cannot be read: what was lost, and where
    ├── Unflushed                    what was logged has not reached its place: says how to send it
    └── ProviderError                the provider answered with an error; the native one is its __cause__
        ├── NotFound                 no such experiment, run or file
        ├── AlreadyExists            the name or id is taken
        ├── Conflict                 another value is there already, or the state forbids it
        ├── Unauthenticated          no credentials, or wrong ones
        ├── PermissionDenied         the credentials are good, the right is missing
        ├── RateLimited              asked too fast; `retry_after` seconds when the provider says so
        ├── Unavailable              not reachable, or failing on its side
        ├── Timeout                  no answer in time: it may or may not have been done
        ├── QuotaExceeded            a limit of the account is reached
        └── Rejected                 legal-looking input was refused: our traits of the provider are wrong
"""

from __future__ import annotations

from collections.abc import Mapping


class TracklayerError(Exception):
    """The root: `except TracklayerError` catches all that tracklayer raises on purpose."""


class InvalidInput(TracklayerError):
    """What was passed is wrong for every provider: says what, where, and what to do."""


class Unsupported(TracklayerError):
    """The provider cannot do what was asked, and nothing was sent to it.

    * `provider`: its name, as in a URL (`mlflow`, `sagemaker`).
    * `feature`: the `tracklayer.spi.features.Feature` that is not claimed, as its text.
    * `why`: the reason, in one line.
    """

    def __init__(self, provider: str, feature: str, why: str) -> None:
        super().__init__(f"{provider} does not offer {feature}: {why}")
        self.provider = provider
        self.feature = feature
        self.why = why


class DriverMissing(TracklayerError):
    """No driver serves the URL, or the package it needs is not installed."""

    def __init__(self, message: str, pip: str | None = None) -> None:
        super().__init__(message if pip is None else f"{message}; install it with: {pip}")
        self.pip = pip


class MigrationError(TracklayerError):
    """A migration could not be carried through; says which run and what remains."""


class JournalDamaged(TracklayerError):
    """A journal, or the beginning of one, cannot be read; or a newer tracklayer wrote it."""


class Unflushed(TracklayerError):
    """What was logged has not reached its place. It is kept; the message says where, and how to send it.

    * `pending`: place -> the records that have not landed there.
    """

    def __init__(self, message: str, *, pending: Mapping[str, int]) -> None:
        super().__init__(message)
        self.pending = dict(pending)


class ProviderError(TracklayerError):
    """The provider refused or failed.

    * `provider`, `operation`: who, and at what (`mlflow`, `runs/create`).
    * `retryable`: trying the same again is safe and may help.
    """

    #: What an error of this kind is, unless the table of native errors says otherwise.
    retryable: bool = False

    def __init__(self, message: str, *, provider: str, operation: str, retryable: bool | None = None) -> None:
        super().__init__(f"{provider}: {operation}: {message}")
        self.message = message
        self.provider = provider
        self.operation = operation
        if retryable is not None:
            self.retryable = retryable


class NotFound(ProviderError):
    """There is no such experiment, run or file."""


class AlreadyExists(ProviderError):
    """The name or id is taken."""


class Conflict(ProviderError):
    """Another value is there already, or the state of the run forbids the change."""


class Unauthenticated(ProviderError):
    """No credentials, or wrong ones."""


class PermissionDenied(ProviderError):
    """The credentials are good, the right is missing."""


class RateLimited(ProviderError):
    """Asked too fast. `retry_after`: seconds to wait, when the provider says."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, operation=operation, retryable=retryable)
        self.retry_after = retry_after


class Unavailable(ProviderError):
    """Not reachable, or failing on its own side. `retry_after`: seconds, when the provider says."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, operation=operation, retryable=retryable)
        self.retry_after = retry_after


class Timeout(ProviderError):
    """No answer in time: the call may or may not have been carried out."""

    retryable = True


class QuotaExceeded(ProviderError):
    """A limit of the account is reached; waiting does not help."""


class Rejected(ProviderError):
    """Input that is legal by our traits was refused: the traits are wrong. Please report it."""
