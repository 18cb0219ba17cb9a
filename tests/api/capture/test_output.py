"""A copy of what is printed: whole, in order, and nothing that a program could notice."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tracklayer.api.capture import Tee


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Path]]:
    """Standard streams of one file, whose path it gives; put in place by the test, as pytest resets them before it."""
    path = tmp_path / "terminal"
    with path.open("wb", buffering=0) as raw:
        out = io.TextIOWrapper(io.BufferedWriter(raw), encoding="latin-1", newline="")
        error = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", newline="")

        def begin() -> Path:
            monkeypatch.setattr(sys, "stdout", out)
            monkeypatch.setattr(sys, "stderr", error)
            return path

        yield begin


class Notebook(io.TextIOBase):
    """A stream as ipykernel's OutStream is: without a buffer or, at times, a file number, and with an echo."""

    __module__ = "ipykernel.iostream"
    encoding = "UTF-8"

    def __init__(self, echo: io.StringIO | None = None) -> None:
        self.texts: list[str] = []
        self.echo = echo

    def write(self, string: str) -> int:
        if self.echo is not None:
            self.echo.write(string)
        self.texts.append(string)
        return len(string)

    def flush(self) -> None:
        if self.echo is not None:
            self.echo.flush()


@contextmanager
def cell() -> Iterator[None]:
    """Runs a cell as IPython 9 does: it has its own `write` meanwhile, and puts back what it found."""
    stream: Any = sys.stdout
    found = stream.write

    def write(text: str) -> Any:
        return found(text)

    stream.write = write
    yield
    stream.write = found


class Fixed:
    """A stream that lets no method of its be replaced, as xeus-python's does."""

    __slots__ = ("texts",)
    encoding = "utf-8"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> int:
        self.texts.append(text)
        return len(text)

    def flush(self) -> None:
        self.texts.append("<flush>")


def untouched(stream: Any) -> bool:
    return not {"write", "flush"} & (vars(stream).keys() | vars(getattr(stream, "buffer", stream)).keys())


def test_both_streams_in_order_as_utf_8(terminal: Callable[[], Path], tmp_path: Path) -> None:
    terminal()
    tee = Tee(tmp_path / "deep" / "output.log")
    print("before")
    assert tee.start()
    assert tee.start(), "twice is once"
    print("one", 1, sep="-", flush=True)
    print("two", file=sys.stderr)
    sys.stdout.writelines(["ä", "\r\n"])
    print("\udcff", file=sys.stderr)
    tee.stop()
    tee.stop()
    print("after")
    assert (tmp_path / "deep" / "output.log").read_bytes() == "one-1\ntwo\nä\r\n\\udcff\n".encode()
    assert untouched(sys.stdout)
    assert untouched(sys.stderr)


def test_the_streams_do_all_they_did(terminal: Callable[[], Path], tmp_path: Path) -> None:
    path = terminal()
    stream, buffer = sys.stdout, sys.stdout.buffer
    tee = Tee(tmp_path / "output.log")
    tee.start()
    assert sys.stdout is stream
    assert sys.stdout.buffer is buffer
    assert (sys.stdout.isatty(), sys.stdout.encoding) == (False, "latin-1")
    assert os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    assert sys.stdout.write("äb") == 2
    with pytest.raises(UnicodeEncodeError):
        print("\u20ac")
    with pytest.raises(TypeError):
        sys.stdout.write(b"c")  # type: ignore[arg-type]
    sys.stdout.flush()
    tee.stop()
    assert path.read_bytes() == b"\xe4b"
    assert (tmp_path / "output.log").read_text(encoding="utf-8") == "äb", "what was refused was not written"


def test_bytes_are_copied_once_however_they_come(terminal: Callable[[], Path], tmp_path: Path) -> None:
    path = terminal()
    tee = Tee(tmp_path / "output.log")
    tee.start()
    print("text")
    sys.stdout.flush()
    assert sys.stdout.buffer.write(b"raw \xe4\n") == 6
    sys.stderr.buffer.write(memoryview(b"half \xc3"))
    sys.stderr.buffer.write(b"\xa4\n")
    print("waits until later", end="")
    tee.stop()
    sys.stdout.flush()
    sys.stderr.flush()
    assert (tmp_path / "output.log").read_text(encoding="utf-8") == "text\nraw ä\nhalf ä\nwaits until later"
    assert path.read_bytes() == b"text\nraw \xe4\nwaits until laterhalf \xc3\xa4\n"


def test_a_handler_made_before_is_heard_too(
    terminal: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal()
    logger, handler = logging.getLogger("training"), logging.StreamHandler(sys.stderr)
    monkeypatch.setattr(logger, "handlers", [handler])
    tee = Tee(tmp_path / "output.log")
    tee.start()
    logger.warning("loss is NaN")
    with redirect_stdout(io.StringIO()):
        print("caught by the program itself")
    tee.stop()
    assert (tmp_path / "output.log").read_text() == "loss is NaN\n"


@pytest.mark.parametrize("first", [0, 1])
def test_two_at_once_end_in_any_order(terminal: Callable[[], Path], tmp_path: Path, first: int) -> None:
    terminal()
    paths = [tmp_path / "0", tmp_path / "1"]
    tees = [Tee(path) for path in paths]
    tees[0].start()
    print("a")
    tees[1].start()
    print("b")
    tees[first].stop()
    print("c")
    tees[1 - first].stop()
    print("d")
    assert paths[first].read_text() == ["a\nb\n", "b\n"][first]
    assert paths[1 - first].read_text() == ["a\nb\nc\n", "b\nc\n"][1 - first]
    assert untouched(sys.stdout)


def test_it_goes_on_where_it_ended(terminal: Callable[[], Path], tmp_path: Path) -> None:
    terminal()
    tee = Tee(tmp_path / "output.log")
    for text in ("a", "b"):
        tee.start()
        print(text)
        tee.stop()
    assert (tmp_path / "output.log").read_text() == "a\nb\n"


def test_others_who_replace_the_same_method_keep_theirs(terminal: Callable[[], Path], tmp_path: Path) -> None:
    terminal()
    heard: list[str] = []

    def hearing(who: str, write: Any) -> Any:
        def heard_write(text: str) -> Any:
            heard.append(f"{who} {text}")
            return write(text)

        return heard_write

    stream: Any = sys.stdout
    stream.write = earlier = hearing("earlier", stream.write)
    tee = Tee(tmp_path / "output.log")
    tee.start()
    stream.write = later = hearing("later", stream.write)
    stream.write("a")
    tee.stop()
    assert stream.write is later
    stream.write("b")
    assert heard == ["later a", "earlier a", "later b", "earlier b"]
    assert (tmp_path / "output.log").read_text() == "a"
    stream.write = earlier
    tee.start()
    tee.stop()
    assert stream.write is earlier


@pytest.mark.parametrize("echo", [None, io.StringIO()])
def test_a_notebook(echo: io.StringIO | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Notebook(echo)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    one, two = Tee(tmp_path / "1"), Tee(tmp_path / "2")
    with cell():
        one.start()
        print("a", flush=True)
        two.start()
    with cell():
        sys.stderr.writelines(["b", "\n"])
        with pytest.raises(io.UnsupportedOperation):
            sys.stdout.fileno()
        one.stop()
    with cell():
        print("c")
        two.stop()
        print("d")
    assert "".join(stream.texts) == "a\nb\nc\nd\n"
    assert (tmp_path / "1").read_text() == "a\nb\n"
    assert (tmp_path / "2").read_text() == "b\nc\n"
    assert sys.stdout is stream
    assert stream.echo is echo
    assert echo is None or echo.getvalue() == "a\nb\nc\nd\n"


@pytest.mark.parametrize("by_line", [False, True])
def test_a_shell_that_puts_back_the_method_it_found(
    by_line: bool, terminal: Callable[[], Path], tmp_path: Path
) -> None:
    path = terminal()
    stream: Any = sys.stdout
    stream.reconfigure(line_buffering=by_line)
    tee = Tee(tmp_path / "output.log")
    with cell():
        tee.start()
        print("a")
        sys.stdout.flush()
    with cell():
        print("b\xe4")
        sys.stdout.flush()
        print("c", flush=True)
    with cell():
        print("d", flush=True)
        tee.stop()
        print("e")
    sys.stdout.flush()
    assert (tmp_path / "output.log").read_text(encoding="utf-8") == "a\nb\xe4\nc\nd\n"
    assert path.read_bytes() == b"a\nb\xe4\nc\nd\ne\n"
    assert "flush" not in vars(stream)


def test_a_stream_whose_methods_are_fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Fixed()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", None)  # as pythonw has it
    one, two = Tee(tmp_path / "1"), Tee(tmp_path / "2")
    one.start()
    two.start()
    print("a", flush=True)
    one.stop()
    sys.stdout.writelines(["b"])
    assert sys.stdout.encoding == "utf-8"
    two.stop()
    assert sys.stdout is stream
    assert "".join(stream.texts) == "a\n<flush>b"
    assert (tmp_path / "1").read_text() == "a\n"
    assert (tmp_path / "2").read_text() == "a\nb"


def test_under_pytest(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tee = Tee(tmp_path / "output.log")
    tee.start()
    print("a")
    sys.stdout.buffer.write(b"b\n")
    print("c", file=sys.stderr)
    tee.stop()
    assert (tmp_path / "output.log").read_text() == "a\nb\nc\n"
    assert capfd.readouterr() == ("a\nb\n", "c\n")


@pytest.mark.parametrize(("most", "kept"), [(0, ""), (4, "abc\n"), (5, "abc\n"), (6, "abc\nä"), (9, "abc\näöd")])
def test_a_file_that_is_too_long_is_cut_between_characters(
    terminal: Callable[[], Path], tmp_path: Path, most: int, kept: str
) -> None:
    terminal()
    tee = Tee(tmp_path / "output.log", most)
    tee.start()
    print("abc")
    sys.stdout.write("äödef")
    print("more")
    tee.stop()
    text = (tmp_path / "output.log").read_text(encoding="utf-8")
    assert text == f"{kept}\n[the output is cut here: it is longer than {most} bytes]\n"


def test_a_file_that_is_just_full_is_not_cut(terminal: Callable[[], Path], tmp_path: Path) -> None:
    terminal()
    tee = Tee(tmp_path / "output.log", 4)
    tee.start()
    print("abc")
    tee.stop()
    assert (tmp_path / "output.log").read_text() == "abc\n"


def test_a_full_disk_is_told_once_and_print_does_not_notice(
    terminal: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    terminal()

    def full(*_: object) -> int:
        message = "No space left on device"
        raise OSError(message)

    logger, handler = logging.getLogger("tracklayer"), logging.StreamHandler(sys.stderr)
    monkeypatch.setattr(logger, "handlers", [handler])  # it prints what it is told of printing
    caplog.set_level(logging.DEBUG, "tracklayer")
    tee = Tee(tmp_path / "output.log")
    tee.start()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        print("lost")
        print("lost")
    print("there is room again")
    tee.stop()
    assert (tmp_path / "output.log").read_text() == "there is room again\n"
    sys.stderr.flush()
    assert (tmp_path / "terminal").read_text().count("No space left on device") == 1


def test_a_file_that_somebody_closed_is_not_mistaken_for_the_next_of_its_number(
    terminal: Callable[[], Path], tmp_path: Path
) -> None:
    terminal()
    tee = Tee(tmp_path / "output.log")
    tee.start()
    number = tee._file
    assert number is not None
    os.close(number)
    print("into nothing")
    other = os.open(tmp_path / "other", os.O_WRONLY | os.O_CREAT)
    os.dup2(other, number)
    print("not here")
    tee.stop()
    assert os.fstat(number).st_size == 0, "and it is left open"
    for file in {other, number}:
        os.close(file)


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    tee = Tee(tmp_path / "file" / "output.log")
    assert tee.start() is False
    print("a")
    tee.stop()


def test_streams_that_cannot_be_heard_are_left_alone(terminal: Callable[[], Path], tmp_path: Path) -> None:
    terminal()
    detached: Any = sys.stderr
    buffer = detached.detach()
    sys.stdout.close()
    tee = Tee(tmp_path / "output.log")
    tee.start()
    with pytest.raises(ValueError, match="closed file"):
        print("a")
    tee.stop()
    assert "write" not in vars(buffer)


def test_every_thread_is_heard_and_no_text_is_torn(terminal: Callable[[], Path], tmp_path: Path) -> None:
    terminal()
    tee = Tee(tmp_path / "output.log")
    tee.start()
    threads = [Thread(target=lambda n=n: [sys.stdout.write(f"{n}" * 50 + "\n") for _ in range(200)]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tee.stop()
    lines = (tmp_path / "output.log").read_text().splitlines()
    assert sorted(lines) == sorted(f"{n}" * 50 for n in range(4) for _ in range(200))


PROGRAM = """
import os, sys, threading
from tracklayer.api.capture import Tee
from tracklayer.api.capture.taps import TAPS

tee = Tee(sys.argv[1])
tee.start()
print("parent", flush=True)
held, over = threading.Event(), threading.Event()

def hold():
    with TAPS.writing:
        held.set()
        over.wait(60)

threading.Thread(target=hold).start()
held.wait(60)
child = os.fork()
if child == 0:
    print("child", flush=True)
    os._exit(0)
os.waitpid(child, 0)
over.set()
print("still here")
"""


def test_a_forked_child_and_a_program_that_ends_without_stopping(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path / "output.log")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (tmp_path / "output.log").read_text() == "parent\nchild\nstill here\n"
    assert (tmp_path / "output.log").stat().st_mode & 0o777 == 0o600
