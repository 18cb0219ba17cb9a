"""Signed URLs, and the files of runs, volumes and DBFS."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from tests.emulators.databricks.asking import Answer, Asker

from tracklayer.emulators.databricks import VOLUME

AZURE = "adb-1.2.azuredatabricks.net"


@pytest.fixture(scope="session")
def run_of() -> Callable[[Asker], str]:
    """A run of a workspace, made when it is first asked for."""
    made: dict[str, str] = {}

    def find(ask: Asker) -> str:
        if ask.host not in made:
            made[ask.host] = ask.run()
        return made[ask.host]

    return find


def credential(ask: Asker, run: str, path: str, purpose: str = "write") -> dict[str, Any]:
    said = ask("POST", f"mlflow/artifacts/credentials-for-{purpose}", run_id=run, path=[path]).content
    found: dict[str, Any] = said["credential_infos"][0]
    # Which host stands in a URL is for the proxy to see: here it is asked at the emulator's own address.
    found["signed_uri"] = near(ask, found["signed_uri"])
    return found


def near(ask: Asker, url: str) -> str:
    return f"{ask.emulator.url}/-storage/{url.split('/', 3)[3].removeprefix('-storage/')}"


def sent(ask: Asker, method: str, given: dict[str, Any], extra: str = "", data: bytes = b"", **more: str) -> Answer:
    headers = {one["name"]: one["value"] for one in given["headers"]} | more
    return ask.raw(method, given["signed_uri"] + extra, headers, data=data)


def test_a_url_reads_and_writes_one_file_for_a_while(ask: Asker, run_of: Callable[[Asker], str]) -> None:
    write = credential(ask, run_of(ask), "deep/a b")
    assert write["type"] == "AWS_PRESIGNED_URL"
    assert sent(ask, "PUT", write, data=b"text").status == 200
    read = credential(ask, run_of(ask), "deep/a b", "read")
    found = sent(ask, "GET", read)
    assert (found.status, found.body) == (200, b"text")
    part = sent(ask, "GET", read, Range="bytes=1-2")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, b"ex", "bytes 1-2/4")
    listed = ask("GET", "mlflow/artifacts/list", run_id=run_of(ask), path="deep").content["files"]
    assert listed == [{"path": "deep/a b", "is_dir": False, "file_size": 4}]
    ask.emulator.tune(ahead=901.0)
    assert sent(ask, "GET", read).status == 403


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("another file", "SignatureDoesNotMatch"),
        ("later", "SignatureDoesNotMatch"),
        ("to write", "SignatureDoesNotMatch"),
        ("no header", "SignatureDoesNotMatch"),
        ("credentials", "InvalidArgument"),
    ],
)
def test_what_is_not_signed_is_refused(ask: Asker, run_of: Callable[[Asker], str], what: str, code: str) -> None:
    read, write = credential(ask, run_of(ask), "a", "read"), credential(ask, run_of(ask), "a")
    if what == "another file":
        read["signed_uri"] = read["signed_uri"].replace("/a?", "/b?")
        refused = sent(ask, "GET", read)
    elif what == "later":
        read["signed_uri"] = read["signed_uri"].replace("expires=", "expires=9")
        refused = sent(ask, "GET", read)
    elif what == "to write":
        refused = sent(ask, "PUT", read, data=b"x")
    elif what == "no header":
        refused = sent(ask, "PUT", {**write, "headers": []}, data=b"x")
    else:
        refused = sent(ask, "PUT", write, data=b"x", Authorization=f"Bearer {ask.token}")
    assert refused.status in {400, 403}
    assert f"<Code>{code}</Code>" in refused.body.decode()


def test_a_file_goes_to_s3_in_parts_that_are_large_enough(ask: Asker, run_of: Callable[[Asker], str]) -> None:
    ask.emulator.tune(smallest_part=4)
    which = {"run_id": run_of(ask), "path": "parts"}
    for size, status in ((4, 200), (3, 400)):
        begun = ask("POST", "mlflow/artifacts/create-multipart-upload", num_parts=2, **which).content
        tags = []
        for number, one in enumerate(begun["upload_credential_infos"], start=1):
            one["signed_uri"] = near(ask, one["signed_uri"])
            tag = sent(ask, "PUT", one, data=bytes([number]) * size).headers["ETag"]
            tags.append({"part_number": number, "etag": tag})
        whole = {"upload_id": begun["upload_id"], "part_etags": tags, **which}
        assert ask("POST", "mlflow/artifacts/complete-multipart-upload", **whole).status == status
        ending = begun["abort_credential_info"]
        ending["signed_uri"] = near(ask, ending["signed_uri"])
        assert sent(ask, "DELETE", ending).status == 204
    assert ask.emulator.storage.open_uploads() == 0
    assert sent(ask, "GET", credential(ask, run_of(ask), "parts", "read")).body == b"\1\1\1\1\2\2\2\2"


def test_blob_storage_puts_blocks_together(ask: Asker, run_of: Callable[[Asker], str]) -> None:
    ask.emulator.tune(azure_storage="AZURE_SAS_URI")
    azure = ask.at(AZURE)
    given = credential(azure, run_of(azure), "blocks")
    ids = [base64.b64encode(f"{one:04}".encode()).decode().replace("=", "%3D") for one in range(2)]
    for one in ids:
        assert sent(azure, "PUT", given, f"&comp=block&blockid={one}", one.encode()).status == 201
    assert sent(azure, "PUT", given, "&comp=block&blockid=%21", b"x").status == 400
    assert sent(azure, "PUT", given, "&comp=block&blockid=YQ%3D%3D", b"x").status == 400
    listed = "".join(f"<Latest>{one.replace('%3D', '=')}</Latest>" for one in reversed(ids))
    assert sent(azure, "PUT", given, "&comp=blocklist", f"<BlockList>{listed}</BlockList>".encode()).status == 201
    read = credential(azure, run_of(azure), "blocks", "read")
    assert sent(azure, "GET", read).body == "".join(reversed(ids)).encode()
    assert sent(azure, "PUT", given, data=b"x").status == 400
    assert sent(azure, "PUT", given, "&comp=blocklist", b"<BlockList><Latest>YQ==</Latest></BlockList>").status == 400


def test_data_lake_storage_appends_and_flushes(ask: Asker, run_of: Callable[[Asker], str]) -> None:
    azure = ask.at(AZURE)
    given = credential(azure, run_of(azure), "lake")
    assert given["type"] == "AZURE_ADLS_GEN2_SAS_URI"
    assert sent(azure, "PATCH", given, "&action=append&position=0", b"x").status == 404
    assert sent(azure, "PUT", given, "&resource=file").status == 201
    for position, data in ((0, b"ab"), (2, b"cd")):
        assert sent(azure, "PATCH", given, f"&action=append&position={position}", data).status == 202
    assert sent(azure, "PATCH", given, "&action=flush&position=3").status == 400
    assert sent(azure, "PATCH", given, "&action=flush&position=4").status == 200
    assert sent(azure, "GET", credential(azure, run_of(azure), "lake", "read")).body == b"abcd"
    refused = azure("POST", "mlflow/artifacts/create-multipart-upload", run_id=run_of(azure), path="x", num_parts=1)
    assert refused.code == "FEATURE_DISABLED"


@pytest.mark.parametrize("path", ["../x", "a//b", "", "/a"])
def test_a_path_stays_below_its_run(ask: Asker, run_of: Callable[[Asker], str], path: str) -> None:
    refused = ask("POST", "mlflow/artifacts/credentials-for-read", run_id=run_of(ask), path=[path])
    assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
    assert ask("POST", "mlflow/artifacts/credentials-for-read", run_id="none", path=["a"]).status == 404


def test_the_files_api_has_volumes_and_if_it_may_files_of_runs(ask: Asker, run_of: Callable[[Asker], str]) -> None:
    token = {"Authorization": f"Bearer {ask.token}"}
    place = f"/api/2.0/fs/files{VOLUME}/deep/a%20b"
    assert ask.raw("PUT", place, token, data=b"x").status == 404
    assert ask.raw("PUT", f"/api/2.0/fs/directories{VOLUME}/deep", token).status == 204
    assert [ask.raw("PUT", place, token, data=b"x").status for _ in range(2)] == [204, 409]
    assert ask.raw("PUT", f"{place}?overwrite=true", token, data=b"xyz").status == 204
    assert ask.raw("GET", place, {**token, "Range": "bytes=1-"}).body == b"yz"
    listed = ask.raw("GET", f"/api/2.0/fs/directories{VOLUME}/deep", token).content["contents"]
    assert [(one["name"], one["file_size"]) for one in listed] == [("a b", 3)]
    assert ask.raw("DELETE", place, token).status == 204
    assert ask.raw("GET", place, token).status == 404
    assert ask.raw("PUT", "/api/2.0/fs/directories/Volumes/a/b/c/x", token).status == 404
    assert ask.raw("GET", f"/api/2.0/fs/files{VOLUME}/../x", token).status in {400, 404}
    inside = f"/WorkspaceInternal/Mlflow/Artifacts/1/Runs/{run_of(ask)}/artifacts/by-files"
    assert ask.raw("PUT", f"/api/2.0/fs/files{inside}", token, data=b"x").status == 204
    ask.emulator.tune(run_files="refused")
    assert ask.raw("PUT", f"/api/2.0/fs/files{inside}", token, data=b"x").status == 403
    assert sent(ask, "GET", credential(ask, run_of(ask), "by-files", "read")).body == b"x"


def test_dbfs_takes_a_file_a_megabyte_at_a_time(ask: Asker) -> None:
    handle = ask("POST", "dbfs/create", path="/mnt/a", overwrite=True).content["handle"]
    for block, status in ((b"ab", 200), (b"x" * (2**20 + 1), 400), (b"cd", 200)):
        data = base64.b64encode(block).decode()
        assert ask("POST", "dbfs/add-block", handle=handle, data=data).status == status
    assert ask("POST", "dbfs/close", handle=handle).status == 200
    assert ask("POST", "dbfs/close", handle=handle).status == 404
    assert ask("POST", "dbfs/create", path="/mnt/a").code == "RESOURCE_ALREADY_EXISTS"
    read = ask("GET", "dbfs/read", path="/mnt/a", offset=1, length=2).content
    assert (read["bytes_read"], base64.b64decode(read["data"])) == (2, b"bc")
    assert ask("GET", "dbfs/list", path="/mnt").content["files"] == [
        {"path": "/mnt/a", "is_dir": False, "file_size": 4}
    ]
    assert ask("GET", "dbfs/get-status", path="/mnt").content["is_dir"] is True
    assert ask("POST", "dbfs/create", path="/databricks/mlflow-tracking/1/x").status == 403
