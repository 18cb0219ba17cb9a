"""MLflow behind OCI's signature: the MLflow driver, with an identity of OCI that signs each attempt anew.

The identity belongs to the instance: servers, tenancies and profiles live side by side in one process.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from tracklayer.drivers._stores import FolderFiles, OciFiles
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.driver import MlflowDriver
from tracklayer.drivers.mlflow.errors import Answered, answered
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.search import quoted
from tracklayer.drivers.mlflow.shapes import MlflowRun
from tracklayer.drivers.oci.artifacts import SignedProxyFiles
from tracklayer.drivers.oci.config import OciConfig
from tracklayer.drivers.oci.traits import AIDP, OCI, PROVIDER
from tracklayer.drivers.oracle import CREDENTIALS, OciSignature, Oracle, advised
from tracklayer.errors import Conflict, NotFound, ProviderError, Timeout, Unavailable, Unsupported
from tracklayer.model import ExperimentRef, Owner, Query, Run, RunDraft
from tracklayer.spi import Driver, Feature, Traits, every

T = TypeVar("T")

#: What a request that is sent twice says, to be carried out once: 1 to 64 characters, known for 24 hours.
RETRY_TOKEN = "opc-retry-token"  # noqa: S105 -- a name
#: How a server says that it has no such call.
_NO_CALL = (404, 405, 501)


class OciDriver(MlflowDriver):
    """One server, `oci+https://host[:port][/prefix]` or `oci://aidp/REGION/PLATFORM-OCID/WORKSPACE`."""

    traits = OCI
    credentials = CREDENTIALS

    def __init__(
        self, url: str, rest: Rest, *, traits: Traits = OCI, artifacts: Artifacts, platform: bool = False
    ) -> None:
        """`platform`: it is a workspace of AI Data Platform, which knows requests that are sent twice."""
        super().__init__(url, rest, traits=traits, artifacts=artifacts)
        self._platform = platform
        self._met = platform  # it has no version to ask for

    @classmethod
    def open(cls, url: str, /) -> Driver:
        config = OciConfig.read(url)
        oracle = Oracle(config.login, provider=PROVIDER)
        signature = OciSignature(oracle.identity, provider=PROVIDER)
        rest = Rest(config.base, signature, provider=PROVIDER, read=config.patience, failure=_failure)
        files = Artifacts(OciFiles(oracle), SignedProxyFiles(rest), FolderFiles(), provider=PROVIDER)
        traits = AIDP if config.platform else OCI
        return cls(config.url, rest, traits=traits, artifacts=files, platform=config.platform)

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        try:
            return super().create_run(experiment, draft)
        except Conflict:
            if not self._platform:
                raise
        # Its token is known with another start: an attempt of before that was not to be found yet, and is now.
        return super().create_run(experiment, draft)

    def console(self, run: Run, /) -> str | None:
        """MLflow's own page, of a server of one's own: AI Data Platform's pages have no address that is documented."""
        return None if self._platform else super().console(run)

    def _create(self, path: str, shape: type[T], body: Mapping[str, Any], token: str | None) -> T:
        """Make something once, however often it is sent: here at once again, and by whoever has the same token."""
        headers = {RETRY_TOKEN: _retry_token(path, body, token)}
        if not self._platform:
            return self._rest.call("POST", path, shape, body=body, repeatable=False, headers=headers)
        try:
            return self._rest.call("POST", path, shape, body=body, headers=headers)
        except (Timeout, Unavailable) as error:
            if not error.retryable:
                raise
        return self._rest.call("POST", path, shape, body=body, repeatable=token is not None, headers=headers)

    def _made_before(self, experiment: ExperimentRef, token: str) -> MlflowRun | None:
        """The run of that token. One that no filter can say, as there is no LIKE, is looked for among all runs."""
        if not self._platform or quoted(token) is not None:
            return super()._made_before(experiment, token)
        query = Query(experiments=(experiment,), view="all")
        for page in every(lambda after: self.list_runs(query, after)):
            if page.token == token:
                return self._get(page.ref)
        return None

    def _turn(self, owner: Owner, verb: str, *, deleted: bool) -> None:
        try:
            super()._turn(owner, verb, deleted=deleted)
        except (NotFound, Unavailable) as error:
            if not _no_such_call(error):
                raise
            feature = Feature.DELETE if deleted else Feature.RESTORE
            raise Unsupported(PROVIDER, feature.value, f"the server has no such call: {error}") from error


def _no_such_call(error: ProviderError) -> bool:
    """Is it the call that is missing? MLflow says of a thing that it is not there by a code of its own."""
    said = error.__cause__
    return isinstance(said, Answered) and said.status in _NO_CALL and said.code != "RESOURCE_DOES_NOT_EXIST"


def _retry_token(path: str, body: Mapping[str, Any], token: str | None) -> str:
    """The same for each attempt to make the run of one draft; for all else a new one."""
    if token is None:
        return uuid.uuid4().hex
    return hashlib.sha256("\n".join((path, str(body.get("experiment_id")), token)).encode()).hexdigest()


def _failure(status: int, headers: Mapping[str, str], body: bytes) -> Answered:
    """What the server, or OCI before it, said with an answer that is no success."""
    found = answered(status, headers, body)
    return Answered(found.status, found.code, advised(found.code, found.said), found.retry_after)
