"""What clients do not show: the wire itself."""

from __future__ import annotations

import json

import pytest
from tests.emulators.gcs.conftest import BUCKET, Http

UPLOAD = f"/upload/storage/v1/b/{BUCKET}/o"
QUANTUM = 256 * 1024


def begun(http: Http, name: str = "a", **parameters: str) -> str:
    """Where the pieces of an upload go."""
    answer = http.ask("POST", UPLOAD, params={"uploadType": "resumable", "name": name, **parameters}, json={})
    assert answer.status_code == 200
    assert answer.headers["Location"].startswith(http.emulator.url)
    return answer.headers["Location"].removeprefix(http.emulator.url)


def test_an_interrupted_upload_is_asked_about_and_carried_on(http: Http) -> None:
    place = begun(http)
    whole = bytes(range(256)) * 2048
    asked = http.ask("PUT", place, headers={"Content-Range": "bytes */*"})
    assert (asked.status_code, asked.headers.get("Range")) == (308, None)
    first = {"Content-Range": f"bytes 0-{QUANTUM - 1}/{len(whole)}"}
    answer = http.ask("PUT", place, data=whole[:QUANTUM], headers=first)
    assert (answer.status_code, answer.headers["Range"]) == (308, f"bytes=0-{QUANTUM - 1}")
    again = http.ask("PUT", place, data=whole[:QUANTUM], headers=first)
    assert again.headers["Range"] == f"bytes=0-{QUANTUM - 1}"
    rest = {"Content-Range": f"bytes {QUANTUM}-{len(whole) - 1}/{len(whole)}"}
    done = http.ask("PUT", place, data=whole[QUANTUM:], headers=rest)
    assert (done.status_code, done.json()["size"]) == (200, str(len(whole)))
    asked = http.ask("PUT", place, headers={"Content-Range": "bytes */*"})
    assert asked.json()["generation"] == done.json()["generation"]
    assert http.ask("GET", f"/storage/v1/b/{BUCKET}/o/a?alt=media").content == whole


@pytest.mark.parametrize(
    ("told", "size", "status"),
    [
        (f"bytes 0-{QUANTUM}/*", QUANTUM + 1, 400),
        ("bytes 0-9/100", 10, 400),
        ("bytes 0-9/10", 9, 400),
        ("bytes 10-19/20", 10, 503),
        ("lines 1-2/3", 1, 400),
    ],
    ids=["no-quantum", "short", "length", "gap", "unit"],
)
def test_a_piece_that_does_not_fit_is_refused(http: Http, told: str, size: int, status: int) -> None:
    assert http.ask("PUT", begun(http), data=b"x" * size, headers={"Content-Range": told}).status_code == status


def test_an_upload_whose_size_changes_is_refused(http: Http) -> None:
    place = begun(http)
    http.ask("PUT", place, data=b"x" * QUANTUM, headers={"Content-Range": f"bytes 0-{QUANTUM - 1}/{QUANTUM + 9}"})
    told = {"Content-Range": f"bytes {QUANTUM}-{QUANTUM}/{QUANTUM + 1}"}
    assert http.ask("PUT", place, data=b"x", headers=told).status_code == 400


def test_an_upload_may_be_one_piece_without_a_range(http: Http) -> None:
    assert http.ask("PUT", begun(http), data=b"whole").json()["size"] == "5"


def test_a_cancelled_upload_is_gone(http: Http) -> None:
    place = begun(http)
    assert http.ask("DELETE", place).status_code == 499
    assert http.ask("PUT", place, data=b"x").status_code == 404


def test_preconditions_are_checked_when_an_upload_begins_and_when_it_ends(http: Http) -> None:
    place = begun(http, ifGenerationMatch="0")
    http.put("a")
    assert http.ask("PUT", place, data=b"x").status_code == 412
    late = http.ask("POST", UPLOAD, params={"uploadType": "resumable", "name": "a", "ifGenerationMatch": "0"}, json={})
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("header", "good"),
    [("crc32c=mnG7TA==", True), ("md5=XUFAKrxLKna5cZ2REBfFkg==,crc32c=mnG7TA==", True), ("crc32c=AAAAAA==", False)],
    ids=["crc32c", "both", "wrong"],
)
def test_checksums_are_checked(http: Http, header: str, good: bool) -> None:
    path = f"{UPLOAD}?uploadType=media&name=a"
    answer = http.ask("POST", path, data=b"hello", headers={"X-Goog-Hash": header})
    assert answer.status_code == (200 if good else 400)
    assert good or "doesn't match calculated CRC32C" in answer.json()["error"]["message"]
    assert http.ask("PUT", begun(http), data=b"hello", headers={"X-Goog-Hash": header}).status_code == (
        200 if good else 400
    )


def test_a_multipart_upload_keeps_every_byte(http: Http) -> None:
    content = b"\r\n--\r\n\r\nx\r\n"
    body = (
        b'--mark\r\nContent-Type: application/json\r\n\r\n{"name": "a", "md5Hash": null}\r\n'
        b"--mark\r\ncontent-type: text/x-a\r\n\r\n" + content + b"\r\n--mark--"
    )
    headers = {"Content-Type": 'multipart/related; boundary="mark"'}
    made = http.ask("POST", f"{UPLOAD}?uploadType=multipart", data=body, headers=headers)
    assert (made.status_code, made.json()["contentType"]) == (200, "text/x-a")
    assert http.ask("GET", f"/download/storage/v1/b/{BUCKET}/o/a?alt=media").content == content


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", b"x"),
        ("multipart/related; boundary=mark", b"x"),
        ("multipart/related; boundary=mark", b"--mark\r\n{}\r\n--mark\r\n\r\nx\r\n--mark--"),
        ("multipart/related; boundary=mark", b"--mark\r\n\r\n{\r\n--mark\r\n\r\nx\r\n--mark--"),
        ("multipart/related; boundary=mark", b"--mark\r\n\r\n[]\r\n--mark\r\n\r\nx\r\n--mark--"),
    ],
    ids=["no-boundary", "no-parts", "no-head", "no-json", "no-object"],
)
def test_a_multipart_upload_that_is_none_is_refused(http: Http, kind: str, body: bytes) -> None:
    answer = http.ask("POST", f"{UPLOAD}?uploadType=multipart", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("asked", "status", "told", "content"),
    [
        ("bytes=2-4", 206, "bytes 2-4/10", b"234"),
        ("bytes=7-", 206, "bytes 7-9/10", b"789"),
        ("bytes=7-99", 206, "bytes 7-9/10", b"789"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=-99", 206, "bytes 0-9/10", b"0123456789"),
        ("bytes=10-", 416, "bytes */10", None),
        ("bytes=-0", 416, "bytes */10", None),
        ("bytes=-", 200, None, b"0123456789"),
        ("lines=1-2", 200, None, b"0123456789"),
    ],
)
def test_a_range_is_cut_out(http: Http, asked: str, status: int, told: str | None, content: bytes | None) -> None:
    http.put("a", b"0123456789")
    answer = http.ask("GET", f"/storage/v1/b/{BUCKET}/o/a?alt=media", headers={"Range": asked})
    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, told)
    assert content is None or answer.content == content


def test_a_range_of_nothing_cannot_be_satisfied(http: Http) -> None:
    http.put("a", b"")
    answer = http.ask("GET", f"/storage/v1/b/{BUCKET}/o/a?alt=media", headers={"Range": "bytes=0-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */0")


def test_a_download_says_what_it_is(http: Http) -> None:
    made = http.put("a", b"hello").json()
    headers = http.ask("GET", f"/storage/v1/b/{BUCKET}/o/a?alt=media").headers
    assert headers["X-Goog-Hash"] == "crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg=="
    assert headers["X-Goog-Generation"] == made["generation"]
    assert headers["X-Goog-Stored-Content-Length"] == "5"


def test_errors_have_the_services_shape(http: Http) -> None:
    answer = http.ask("GET", f"/storage/v1/b/{BUCKET}/o/nobody")
    assert answer.json()["error"] == {
        "code": 404,
        "message": f"No such object: {BUCKET}/nobody",
        "errors": [{"message": f"No such object: {BUCKET}/nobody", "domain": "global", "reason": "notFound"}],
    }
    assert http.ask("GET", f"/storage/v1/b/{BUCKET}/o/nobody?alt=media").text == f"No such object: {BUCKET}/nobody"
    assert http.emulator.calls.all()[0].code == "notFound"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/storage/v1/b/nobody", 404),
        ("GET", f"/storage/v1/b/{BUCKET}/o?maxResults=0", 400),
        ("GET", f"/storage/v1/b/{BUCKET}/o?pageToken=%21", 400),
        ("GET", f"/storage/v1/b/{BUCKET}/o?pageToken=gICA", 400),
        ("GET", f"/storage/v1/b/{BUCKET}/o?matchGlob=*", 501),
        ("GET", f"/storage/v1/b/{BUCKET}/o/a?ifGenerationMatch=x", 400),
        ("GET", f"/storage/v1/b/{BUCKET}/notificationConfigs", 501),
        ("POST", f"/storage/v1/b/{BUCKET}/o/a/explode", 501),
        ("POST", "/storage/v1/b", 400),
        ("POST", "/storage/v1/b?project=p", 400),
        ("POST", f"{UPLOAD}?uploadType=media", 400),
        ("POST", f"{UPLOAD}?uploadType=resumable", 400),
        ("POST", f"{UPLOAD}?uploadType=pigeon&name=a", 400),
        ("POST", f"/storage/v1/b/{BUCKET}/o/a/compose", 400),
        ("POST", "/batch/storage/v1", 400),
        ("GET", "/elsewhere", 501),
    ],
)
def test_what_is_wrong_is_refused(http: Http, method: str, path: str, status: int) -> None:
    http.put("a")
    assert http.ask(method, path).status_code == status


@pytest.mark.parametrize(
    ("name", "good"), [("x" * 1024, True), ("ü" * 512, True), ("x" * 1025, False), ("a\nb", False), ("..", False)]
)
def test_names_of_objects_have_1024_bytes(http: Http, name: str, good: bool) -> None:
    assert http.put(name).status_code == (200 if good else 400)


def test_a_body_that_is_no_json_is_refused(http: Http) -> None:
    for body in ("{", "[]"):
        assert http.ask("POST", "/storage/v1/b?project=p", data=body).status_code == 400


def test_a_page_has_1000_objects_at_most_and_goes_on_though_some_go(http: Http) -> None:
    store = http.emulator.gcs.store
    for number in range(1001):
        store.put(BUCKET, f"{number:04d}", b"", {}, {})
    first = http.ask("GET", f"/storage/v1/b/{BUCKET}/o?maxResults=5000").json()
    assert len(first["items"]) == 1000
    del store.buckets[BUCKET].blobs["0999"]
    rest = http.ask("GET", f"/storage/v1/b/{BUCKET}/o", params={"pageToken": first["nextPageToken"]}).json()
    assert [one["name"] for one in rest["items"]] == ["1000"]
    assert "nextPageToken" not in rest


def test_what_has_not_changed_is_not_sent_again(http: Http) -> None:
    generation = http.put("a").json()["generation"]
    path = f"/storage/v1/b/{BUCKET}/o/a"
    assert http.ask("GET", path, params={"ifGenerationNotMatch": generation}).status_code == 304
    assert http.ask("GET", path, params={"ifGenerationNotMatch": "1"}).status_code == 200
    assert http.ask("DELETE", path, params={"ifGenerationNotMatch": generation}).status_code == 412


def test_generations_rise_though_the_clock_stands(http: Http) -> None:
    generations = [int(http.put("a").json()["generation"]) for _ in range(3)]
    assert generations == [1_800_000_000_000_000 + number for number in range(3)]


@pytest.mark.parametrize(
    ("host", "path"),
    [("storage.googleapis.com", f"/{BUCKET}/a/b"), (f"{BUCKET}.storage.googleapis.com", "/a/b")],
    ids=["path", "host"],
)
def test_objects_are_reached_by_the_xml_api(http: Http, host: str, path: str) -> None:
    headers = {"Host": host}
    made = http.ask("PUT", path, data=b"hello", headers={**headers, "x-goog-if-generation-match": "0"})
    assert made.status_code == 200
    assert http.ask("PUT", path, data=b"x", headers={**headers, "x-goog-if-generation-match": "0"}).status_code == 412
    assert http.ask("GET", path, headers=headers).content == b"hello"
    head = http.ask("HEAD", path, headers=headers)
    assert (head.content, head.headers["X-Goog-Generation"]) == (b"", made.headers["X-Goog-Generation"])
    assert http.ask("DELETE", path, headers=headers).status_code == 204
    assert http.ask("GET", path, headers=headers).status_code == 404


def test_links_lead_to_the_host_that_was_asked(http: Http) -> None:
    answer = http.ask(
        "POST", f"{UPLOAD}?uploadType=resumable&name=a", json={}, headers={"Host": "storage.googleapis.com"}
    )
    assert answer.headers["Location"].startswith(f"https://storage.googleapis.com{UPLOAD}?")


def test_a_batch_has_100_calls(http: Http) -> None:
    part = "--mark\r\nContent-Type: application/http\r\n\r\nGET /storage/v1/b/bucket-a HTTP/1.1\r\n\r\n\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=mark"}
    good = http.ask("POST", "/batch/storage/v1", data=part * 100 + "--mark--", headers=headers)
    assert good.text.count("HTTP/1.1 200 OK") == 100
    assert json.loads(good.text.split("\r\n\r\n")[2].split("\r\n")[0])["name"] == BUCKET
    bad = http.ask("POST", "/batch/storage/v1", data=part * 101 + "--mark--", headers=headers)
    assert bad.status_code == 400
