"""gRPC with the package's own clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.auth import credentials as auth

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import LOCATION, NUMBER, PROJECT, VertexEmulator
from tracklayer.emulators.vertex.messages import library

L = f"projects/{PROJECT}/locations/{LOCATION}"
STORE = f"{L}/metadataStores/default"
ANONYMOUS: Any = auth.AnonymousCredentials
SERVICES = "google.cloud.aiplatform_v1.services"


@pytest.fixture(scope="session")
def v1() -> Any:
    """The package: it takes seconds to import, and has no types that would help here."""
    return library("google.cloud.aiplatform_v1")


def over(channel: Any, service: str) -> Any:
    """A transport."""
    name = service.replace("Service", "_service").lower()
    return getattr(library(f"{SERVICES}.{name}.transports"), f"{service}GrpcTransport")(channel=channel)


@pytest.fixture
def channel(emulator: VertexEmulator) -> Iterator[Any]:
    with grpc.insecure_channel(emulator.grpc) as channel:
        yield channel


@pytest.fixture
def metadata(channel: Any, v1: Any) -> Any:
    client = v1.MetadataServiceClient(transport=over(channel, "MetadataService"))
    client.create_metadata_store(parent=L, metadata_store={}, metadata_store_id="default").result(10)
    return client


@pytest.fixture
def boards(channel: Any, v1: Any) -> Any:
    return v1.TensorboardServiceClient(transport=over(channel, "TensorboardService"))


def test_the_store_is_one_for_grpc_and_rest(v1: Any, metadata: Any, emulator: VertexEmulator) -> None:
    made = metadata.create_context(
        parent=STORE, context=v1.Context(schema_title="system.Experiment", metadata={"a": 1}), context_id="exp-a"
    )
    assert made.name == f"projects/{NUMBER}/locations/{LOCATION}/metadataStores/default/contexts/exp-a"
    rest = v1.MetadataServiceClient(
        transport="rest", credentials=ANONYMOUS(), client_options={"api_endpoint": emulator.url}
    )
    assert rest.get_context(name=made.name) == made
    assert [one.name for one in rest.list_contexts(parent=STORE)] == [made.name]
    called = [call.operation for call in emulator.calls.all()]
    assert called == ["CreateMetadataStore", "CreateContext", "GetContext", "ListContexts"]


def test_errors_have_their_own_statuses(v1: Any, metadata: Any, emulator: VertexEmulator) -> None:
    with pytest.raises(exceptions.NotFound, match="GetContext is unable to find context"):
        metadata.get_context(name=f"{STORE}/contexts/nobody")
    made = metadata.create_context(parent=STORE, context=v1.Context(), context_id="exp-a")
    with pytest.raises(exceptions.AlreadyExists):
        metadata.create_context(parent=STORE, context=v1.Context(), context_id="exp-a")
    metadata.update_context(context=v1.Context(name=made.name, description="d"))
    with pytest.raises(exceptions.Aborted, match="does not match server"):
        metadata.update_context(context=v1.Context(name=made.name, description="e", etag=made.etag))
    with pytest.raises(exceptions.InvalidArgument):
        metadata.create_context(parent=STORE, context=v1.Context(), context_id="Not OK")
    codes = [call.code for call in emulator.calls.all() if call.code]
    assert codes == ["NOT_FOUND", "ALREADY_EXISTS", "ABORTED", "INVALID_ARGUMENT"]


def test_a_struct_takes_nan_or_not_and_rest_cannot_read_it(v1: Any, metadata: Any, emulator: VertexEmulator) -> None:
    odd = library("google.protobuf.struct_pb2").Struct()
    odd["deep"] = {"list": [{"x": float("nan")}]}
    request = v1.CreateContextRequest(parent=STORE, context_id="exp-a")
    v1.CreateContextRequest.pb(request).context.metadata.CopyFrom(odd)
    with pytest.raises(exceptions.InvalidArgument, match="not finite"):
        metadata.create_context(request)
    emulator.tune(struct_nan="accepted", metadata_measure="json")
    made = metadata.create_context(request)
    rest = v1.MetadataServiceClient(
        transport="rest", credentials=ANONYMOUS(), client_options={"api_endpoint": emulator.url}
    )
    with pytest.raises(exceptions.InternalServerError):
        rest.get_context(name=made.name)


def test_operations_are_polled_on_the_same_channel(boards: Any, emulator: VertexEmulator) -> None:
    emulator.tune(operation_delay=0.1)
    operation = boards.create_tensorboard(parent=L, tensorboard={"display_name": "board"})
    assert operation.result(10).display_name == "board"
    assert emulator.calls.count("GetOperation") >= 1


def test_points_and_streams_pass(boards: Any) -> None:
    board = boards.create_tensorboard(parent=L, tensorboard={"display_name": "board"}).result(10).name
    experiment = boards.create_tensorboard_experiment(parent=board, tensorboard_experiment_id="exp").name
    run = boards.create_tensorboard_run(
        parent=experiment, tensorboard_run={"display_name": "run"}, tensorboard_run_id="run"
    ).name
    series = boards.create_tensorboard_time_series(
        parent=run, tensorboard_time_series={"display_name": "pictures", "value_type": "BLOB_SEQUENCE"}
    ).name
    number = series.rpartition("/")[2]
    values = [{"step": 1, "blobs": {"values": [{"data": b"png"}]}}]
    data = {"tensorboard_time_series_id": number, "value_type": "BLOB_SEQUENCE", "values": values}
    boards.write_tensorboard_run_data(tensorboard_run=run, time_series_data=[data])
    (point,) = boards.export_tensorboard_time_series_data(tensorboard_time_series=series)
    request = {"time_series": series, "blob_ids": [point.blobs.values[0].id]}
    (answer,) = boards.read_tensorboard_blob_data(request)
    assert answer.blobs[0].data == b"png"


@pytest.mark.parametrize(("kind", "made"), [("drop-before", 0), ("reset", 0), ("drop-after", 1)])
def test_a_cut_connection_is_unavailable(
    v1: Any, metadata: Any, emulator: VertexEmulator, kind: Any, made: int
) -> None:
    emulator.fault(Fault("CreateContext", kind))
    with pytest.raises(exceptions.ServiceUnavailable):
        metadata.create_context(parent=STORE, context=v1.Context(), context_id="exp-a")
    assert len(list(metadata.list_contexts(parent=STORE))) == made


def test_a_fault_answers_as_it_is_told(metadata: Any, emulator: VertexEmulator) -> None:
    emulator.fault(Fault("GetContext", "answer", status=429, code="RESOURCE_EXHAUSTED", message="Quota exceeded"))
    emulator.fault(Fault("GetContext", "slow", seconds=0.01))
    with pytest.raises(exceptions.ResourceExhausted, match="Quota exceeded"):
        metadata.get_context(name=f"{STORE}/contexts/exp-a")
    with pytest.raises(exceptions.NotFound):
        metadata.get_context(name=f"{STORE}/contexts/exp-a")


def test_tls_wants_a_token_and_plaintext_does_not(v1: Any, emulator: VertexEmulator) -> None:
    credentials = grpc.ssl_channel_credentials(Path(emulator.ca).read_bytes())
    with grpc.secure_channel(emulator.grpc_tls, credentials) as channel:
        client = v1.TensorboardServiceClient(transport=over(channel, "TensorboardService"))
        with pytest.raises(exceptions.Unauthenticated, match="missing required authentication"):
            client.list_tensorboards(parent=L)
        emulator.tune(tokens=False)
        assert list(client.list_tensorboards(parent=L)) == []


def test_an_unknown_method_is_unimplemented(channel: Any) -> None:
    call = channel.unary_unary("/google.cloud.aiplatform.v1.ModelService/ListModels")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_projects_are_known_over_grpc(channel: Any) -> None:
    manager = library("google.cloud.resourcemanager_v3")
    transports = library("google.cloud.resourcemanager_v3.services.projects.transports")
    client = manager.ProjectsClient(transport=transports.ProjectsGrpcTransport(channel=channel))
    assert client.get_project(name=f"projects/{NUMBER}").project_id == PROJECT
