"""From a URL to a driver: what is unknown, what is secret, and what is not installed."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from threading import Event, Thread

import pytest

from tracklayer.drivers.memory import MemoryDriver
from tracklayer.errors import DriverMissing, InvalidInput
from tracklayer.spi import driver_class, open_driver, scheme_of, schemes

SECRET = "hunter2"


def install(folder: Path, code: str, *, extras: tuple[str, ...] = (), target: str = "acme_tracker:AcmeDriver") -> None:
    """What pip leaves behind of a third party's package: a module, and its metadata."""
    (folder / "acme_tracker.py").write_text(dedent(code))
    metadata = folder / "acme_tracker-1.0.dist-info"
    metadata.mkdir()
    (metadata / "entry_points.txt").write_text(f"[tracklayer.drivers]\nacme = {target}\n")
    offered = "".join(f"Provides-Extra: {extra}\n" for extra in extras)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-tracker\nVersion: 1.0\n{offered}")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are found in."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "acme_tracker", raising=False)
    return tmp_path


def test_our_own_drivers_are_found_as_everybodys() -> None:
    assert {"memory", "local", "mlflow+http", "mlflow+https"} <= set(schemes())
    assert list(schemes()) == sorted(schemes())
    assert driver_class("memory") is MemoryDriver


@pytest.mark.parametrize("url", ["memory://x", "MEMORY://x", "Memory://x?like=memory"])
def test_a_url_is_opened_by_its_scheme_in_any_case(url: str) -> None:
    assert scheme_of(url) == "memory"
    assert isinstance(open_driver(url), MemoryDriver)


@pytest.mark.parametrize("url", ["mlfow+http://host", "s3://bucket/x", "C:\\runs", "http://host:5000"])
def test_an_unknown_scheme_is_named_and_the_known_ones_are_listed(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"unknown URL scheme '[a-z0-9+]+': use one of .*memory:"):
        open_driver(url)


@pytest.mark.parametrize("url", ["", "runs.db", "./runs", "/runs/x", "://host", "1a://x", "é://x"])
def test_what_is_no_url_is_refused_with_the_shape_of_one(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"not a tracklayer URL.*SCHEME:PLACE"):
        open_driver(url)


@pytest.mark.parametrize(
    "url",
    [
        f"mlflow+http://ada:{SECRET}@host:5000",
        f"mlflow+https://{SECRET}@host",
        f"MLFLOW+HTTP://ada:{SECRET}@host/a@b",
        f"mlflow+http://ada:x@{SECRET}@host",
        f"mlflow+http://ada:x/{SECRET}@host",
        f"mlflow+http://ada:x?{SECRET}@host",
        f"mlflow+http://ada:x#{SECRET}@host",
        f"nonsense://ada:{SECRET}@host?token={SECRET}",
    ],
)
def test_credentials_in_a_url_are_refused_and_never_echoed(url: str) -> None:
    with pytest.raises(InvalidInput, match="credentials do not belong in a URL") as caught:
        open_driver(url)
    assert SECRET not in str(caught.value)
    assert "ada" not in str(caught.value)


@pytest.mark.parametrize("url", [f"//ada:{SECRET}@host", f"ada:{SECRET}@host", f"x y://ada:{SECRET}@host?t={SECRET}"])
def test_a_secret_in_what_is_no_url_is_not_echoed_either(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_driver(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["local:/home/ada@example.com/store.db", "mlflow+http://host:5000/teams/a@b"])
def test_an_at_sign_elsewhere_is_no_secret(url: str) -> None:
    assert scheme_of(url) == url.partition(":")[0]


def test_a_third_partys_driver_is_found(site: Path) -> None:
    install(site, "from tracklayer.drivers.memory import MemoryDriver as AcmeDriver")
    assert "acme" in schemes()
    assert driver_class("acme") is MemoryDriver


def test_a_missing_package_is_named_with_the_pip_command(site: Path) -> None:
    install(site, "import acme_sdk")
    with pytest.raises(DriverMissing) as caught:
        open_driver("acme://place")
    assert str(caught.value) == (
        "acme: needs the package 'acme_sdk', which is not installed;"
        " install it with: pip install --upgrade acme-tracker"
    )
    assert caught.value.pip == "pip install --upgrade acme-tracker"


def test_a_missing_extra_is_named_with_the_pip_command(site: Path) -> None:
    install(site, "import acme_sdk", extras=("dev", "acme"))
    with pytest.raises(DriverMissing, match=r"install it with: pip install 'acme-tracker\[acme\]'$"):
        open_driver("acme://place")


def test_an_sdk_that_is_imported_late_is_missed_late(site: Path) -> None:
    install(
        site,
        """
        class AcmeDriver:
            @classmethod
            def open(cls, url):
                import acme_sdk
        """,
    )
    assert driver_class("acme")
    with pytest.raises(DriverMissing, match=r"needs the package 'acme_sdk'.*pip install"):
        open_driver("acme://place")


def test_drivers_are_imported_one_after_the_other(site: Path) -> None:
    """Two threads that import modules of one package in turns may each get half of one from Python."""
    install(
        site,
        """
        import sys
        from tracklayer.drivers.memory import MemoryDriver as AcmeDriver

        sys.importing.set()  # the other thread begins now
        assert not sys.imported.wait(0.3), "another driver was imported meanwhile"
        """,
    )
    importing, imported = Event(), Event()

    def other() -> None:
        importing.wait(10)
        driver_class("memory")
        imported.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.importing", importing, raising=False)
        patch.setattr("sys.imported", imported, raising=False)
        thread = Thread(target=other)
        thread.start()
        assert driver_class("acme") is MemoryDriver
        thread.join(10)
    assert imported.is_set()
