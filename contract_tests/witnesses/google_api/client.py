"""The process of Google's API client, which knows Vertex AI and Cloud Storage by their discovery documents only."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from contract_tests.witnesses.answering import answer


class GoogleApi:
    """What can be asked. A resource is named by its whole name, or within the metadata store by its id."""

    def __init__(self) -> None:
        build: Any = import_module("googleapiclient.discovery").build
        project, location = os.environ["GOOGLE_CLOUD_PROJECT"], os.environ["GOOGLE_CLOUD_REGION"]
        endpoint = {"api_endpoint": f"https://{location}-aiplatform.googleapis.com"}
        self._place: Any = build("aiplatform", "v1", client_options=endpoint).projects().locations()
        self._storage: Any = build("storage", "v1")
        self._parent = f"projects/{project}/locations/{location}"
        self._store = f"{self._parent}/metadataStores/default"

    def context(self, name: str) -> dict[str, Any]:
        """A context as the service gives it."""
        found = self._place.metadataStores().contexts().get(name=f"{self._store}/contexts/{name}").execute()
        return dict(found)

    def contexts(self, filter: str) -> list[str]:
        """The ids of the contexts for which a filter holds."""
        return [_last(one) for one in self._every(self._place.metadataStores().contexts(), "contexts", filter)]

    def write_run(self, experiment: str, run: str, metadata: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """A run as somebody makes it who knows only the service: its metadata are whatever is given."""
        contexts = self._place.metadataStores().contexts()
        body = {"displayName": run, "schemaTitle": "system.ExperimentRun", "schemaVersion": "0.0.1", **more}
        made = contexts.create(
            parent=self._store, contextId=f"{experiment}-{run}", body={**body, "metadata": metadata}
        ).execute()
        contexts.addContextChildren(
            context=f"{self._store}/contexts/{experiment}", body={"childContexts": [made["name"]]}
        ).execute()
        return dict(made)

    def change(self, name: str, **metadata: Any) -> dict[str, Any]:
        """A context with other keys of its metadata, under its etag."""
        found = self.context(name)
        found["metadata"] = {**found["metadata"], **metadata}
        return dict(self._place.metadataStores().contexts().patch(name=found["name"], body=found).execute())

    def artifacts(self, run: str) -> list[dict[str, Any]]:
        """The artifacts in a run's context."""
        condition = f'in_context("{self._store}/contexts/{run}")'
        return list(self._every(self._place.metadataStores().artifacts(), "artifacts", condition))

    def points(self, board_run: str) -> dict[str, list[list[Any]]]:
        """All points of a TensorBoard run, by Export: step, time and value, as the service writes them."""
        series = self._place.tensorboards().experiments().runs().timeSeries()
        found = series.list(parent=board_run, pageSize=1_000).execute().get("tensorboardTimeSeries", ())
        return {one["displayName"]: sorted(self._exported(series, one["name"]), key=_step) for one in found}

    def _exported(self, series: Any, name: str) -> Iterator[list[Any]]:
        after = ""
        while True:
            body = {"pageSize": 10_000} | ({"pageToken": after} if after else {})
            said = series.exportTensorboardTimeSeries(tensorboardTimeSeries=name, body=body).execute()
            for point in said.get("timeSeriesDataPoints", ()):
                value = point.get("scalar", {}).get("value", 0.0)
                yield [int(point.get("step", 0)), point.get("wallTime"), value]
            after = said.get("nextPageToken", "")
            if not after:
                return

    def read_file(self, uri: str) -> str:
        """A file in Cloud Storage, base64."""
        at = urlsplit(uri)
        data = self._storage.objects().get_media(bucket=at.netloc, object=at.path.removeprefix("/")).execute()
        return base64.b64encode(data).decode()

    def delete(self, name: str) -> dict[str, Any]:
        """Delete a context: the long-running operation."""
        return dict(self._place.metadataStores().contexts().delete(name=f"{self._store}/contexts/{name}").execute())

    def refused(self, name: str) -> dict[str, Any]:
        """The error that looking at a context ends with, as its body tells it."""
        errors: Any = import_module("googleapiclient.errors")
        try:
            self.context(name)
        except errors.HttpError as error:
            return dict(json.loads(error.content)["error"])
        return {}

    def _every(self, collection: Any, key: str, condition: str) -> Iterator[dict[str, Any]]:
        asked = collection.list(parent=self._store, filter=condition, pageSize=100)
        while asked is not None:
            said = asked.execute()
            yield from said.get(key, ())
            asked = collection.list_next(asked, said)


def _last(resource: Mapping[str, Any]) -> str:
    return str(resource["name"]).rpartition("/")[2]


def _step(point: list[Any]) -> int:
    return int(point[0])


if __name__ == "__main__":
    answer(GoogleApi)
