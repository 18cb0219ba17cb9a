"""Pictures: the images that the first runs logged, read from their places, to stand side by side."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath

from tracklayer.api import connect
from tracklayer.compare.align import Row
from tracklayer.compare.page.images import Image, image
from tracklayer.compare.page.parts import listed, section, soft
from tracklayer.compare.reading import MOST_THREADS, reason
from tracklayer.model import Artifact
from tracklayer.render import text
from tracklayer.render.page import Html, element

#: Runs whose pictures are shown, and pictures of each.
MOST_RUNS, MOST_OF_A_RUN = 6, 6
#: Files of a run that are looked through for pictures.
MOST_FILES = 1_000
#: Bytes of one picture, and of all in a page: base64 makes four of three.
LARGEST, MOST_BYTES = 400_000, 3_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
LONGEST = 80


@dataclass(frozen=True)
class Picture:
    """A picture that a run logged."""

    row: int
    path: str
    data: bytes
    is_a: Image


@dataclass(frozen=True)
class Pictures:
    """The pictures of some rows, and a line for each that is not shown, with the reason."""

    rows: tuple[int, ...]
    found: tuple[Picture, ...]
    left_out: tuple[str, ...]


def pictures(rows: Sequence[Row], wanted: Sequence[int]) -> Pictures:
    """The pictures of the first of the wanted rows. One that cannot be read is told of and keeps no other."""
    chosen = tuple(wanted[:MOST_RUNS])
    with ThreadPoolExecutor(min(MOST_THREADS, max(len(chosen), 1)), thread_name_prefix="tracklayer-pictures") as pool:
        answers = list(pool.map(lambda row: list(_of(row, rows[row])), chosen))
    found: list[Picture] = []
    left_out: list[str] = []
    held = 0
    for one in (one for answer in answers for one in answer):
        if isinstance(one, str):
            left_out.append(one)
        elif held + len(one.data) > MOST_BYTES:
            left_out.append(f"{rows[one.row].name}: {one.path}: the page has {text.size(held)} of pictures already")
        else:
            held += len(one.data)
            found.append(one)
    return Pictures(chosen, tuple(found), tuple(left_out))


def _of(index: int, row: Row) -> Iterator[Picture | str]:
    """A row's pictures, from its first copy; a line for each that cannot be shown."""
    held = row.copies[0]
    try:
        with connect(held.place) as client:
            files = (file for file, _ in zip(client.artifacts(held.run), range(MOST_FILES), strict=False))
            likely = sorted((file for file in files if file.path.lower().endswith(SUFFIXES)), key=lambda one: one.path)
            for file in likely[:MOST_OF_A_RUN]:
                why = _too_large(file)
                if why:
                    yield f"{row.name}: {file.path}: {why}"
                    continue
                with client.open_artifact(held.run, file.path) as stream:
                    data = stream.read(LARGEST + 1)
                is_a = image(data)
                if len(data) > LARGEST:
                    yield f"{row.name}: {file.path}: larger than {text.size(LARGEST)}"
                elif is_a is None:
                    yield f"{row.name}: {file.path}: no picture that a page can show, whatever its name says"
                else:
                    yield Picture(index, file.path, data, is_a)
            if len(likely) > MOST_OF_A_RUN:
                yield f"{row.name}: {len(likely) - MOST_OF_A_RUN:,} more pictures"
    except Exception as error:  # noqa: BLE001 -- a run without pictures keeps no page
        yield f"{row.name}: {reason(error)}"


def _too_large(file: Artifact) -> str:
    return "" if file.size is None or file.size <= LARGEST else f"larger than {text.size(LARGEST)}"


def side_by_side(rows: Sequence[Row], shown: Pictures) -> Iterator[Html]:
    """The section: a row of pictures for each name of a file, a picture a run."""
    if not shown.found and not shown.left_out:
        return
    named = _named(shown.found)
    parts = [
        element(
            "div",
            element("h3", text.shortened(text.plain(name), LONGEST)),
            element("div", *(_figure(rows, one) for one in same), class_="pictures"),
        )
        for name, same in named.items()
    ]
    note = f"Of the first {text.counted(len(shown.rows), 'run')}, each up to {text.size(LARGEST)}."
    left_out = [soft("Not shown:"), listed(shown.left_out)] if shown.left_out else []
    yield section("pictures", "Pictures side by side", soft(note), *parts, *left_out)


def _named(found: Sequence[Picture]) -> dict[str, list[Picture]]:
    """Pictures by the name of their file, whatever folder a team keeps it in; by path where a run has two of a name."""
    files = Counter((one.row, PurePosixPath(one.path).name) for one in found)
    doubled = {name for (_, name), count in files.items() if count > 1}
    named: dict[str, list[Picture]] = {}
    for one in found:
        name = PurePosixPath(one.path).name
        named.setdefault(one.path if name in doubled else name, []).append(one)
    return named


def _figure(rows: Sequence[Row], one: Picture) -> Html:
    name = text.shortened(text.plain(rows[one.row].name), LONGEST)
    source = f"data:{one.is_a.media_type};base64,{base64.b64encode(one.data).decode()}"
    shown = element(
        "img",
        src=source,
        alt=f"{one.path} of {rows[one.row].name}",
        width=str(one.is_a.width),
        height=str(one.is_a.height),
    )
    return element("figure", shown, element("figcaption", name))
