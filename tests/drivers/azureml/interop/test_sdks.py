"""Microsoft's SDKs beside the plugin: who finds a workspace, and who reads Blob Storage, sees the same as ours."""

from __future__ import annotations

import base64
import warnings
from importlib import import_module
from typing import Any

from contract_tests.witnesses.sdk import Sdk
from tests.drivers.azureml.interop.conftest import OTHER, ours, theirs

import tracklayer as tl
from tracklayer.drivers.azureml import from_ml_client
from tracklayer.emulators.azureml import GROUP, REGION, SUBSCRIPTION, WORKSPACE, AzuremlEmulator
from tracklayer.emulators.stage import Stage


def read(client: tl.Client, run: str, path: str) -> bytes:
    with client.open_artifact(run, path) as stream:
        return stream.read()


def test_the_sdk_finds_the_workspace_that_ours_opens(microsoft: Sdk, experiment: str) -> None:
    found = microsoft.ask("workspace", subscription=SUBSCRIPTION, group=GROUP, name=OTHER)
    assert found == {"name": OTHER, "region": REGION, "url": theirs(OTHER)}
    with tl.connect(found["url"]) as by_its_uri, tl.connect(ours(OTHER)) as by_its_name:
        with by_its_uri.start_run(experiment, name="one") as run:
            run.log_param("a", 1)
        assert by_its_name.run(run.id).params == {"a": 1}
    assert microsoft.ask("at", url=theirs(OTHER, "v1.0"), what="read_run", run=run.id)["params"] == {"a": "1"}


def test_ours_takes_the_sdk_s_own_client(experiment: str) -> None:
    with warnings.catch_warnings():  # marshmallow's, of what the SDK does while it is imported
        warnings.simplefilter("ignore")
        kind: Any = import_module("azure.ai.ml").MLClient
    credential: Any = import_module("azure.identity").DefaultAzureCredential()
    driver = from_ml_client(kind(credential, SUBSCRIPTION, GROUP, WORKSPACE))
    assert driver.url == ours(WORKSPACE)
    with tl.connect(driver.url) as client, client.start_run(experiment, name="by the driver's URL") as run:
        run.log_param("a", 1)
    page = driver.list_experiments()
    assert experiment in {found.name for found in page.items}
    driver.close()


def test_the_blob_sdk_reads_what_we_wrote_and_we_what_it_changed(
    microsoft: Sdk, azure: AzuremlEmulator, client: tl.Client, experiment: str
) -> None:
    with client.start_run(experiment) as run:
        run.log_text("text", "folder/é a+b.txt")
    (account,) = (one.account for one in azure.workspaces.all() if one.name == WORKSPACE)
    key = azure.connection_string(account)
    held = microsoft.ask("blobs", account=key, run=run.id)
    assert base64.b64decode(held["folder/é a+b.txt"]) == b"text"
    data = base64.b64encode(b"another").decode()
    microsoft.ask("change_blob", account=key, run=run.id, path="folder/é a+b.txt", data=data)
    assert read(client, run.id, "folder/é a+b.txt") == b"another"


def test_real_host_names_and_no_others(stage: Stage, microsoft: Sdk, client: tl.Client, experiment: str) -> None:
    with client.start_run(experiment) as run:
        run.log_text("text", "a.txt")
    assert microsoft.ask("at", url=theirs(WORKSPACE), what="list_files", run=run.id)
    assert stage.proxy is not None
    asked = {host.partition(":")[0] for host in stage.proxy.asked}
    known = {"login.microsoftonline.com", "management.azure.com", f"{REGION}.api.azureml.ms"}
    assert known <= asked
    assert all(host.endswith(".blob.core.windows.net") for host in asked - known)
    assert stage.proxy.refused == []
