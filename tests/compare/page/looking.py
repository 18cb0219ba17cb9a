"""A page in headless Chromium: whatever goes wrong in it, and whatever it asks for, fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

Scheme = Literal["light", "dark"]
#: What Debian and others call it.
NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium: `apt-get install chromium`."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program is not None, "these tests need Chromium: apt-get install -y chromium"
    # Chromium's own sandbox works for no root user, as one is in a container.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, *, width: int = 1600, scheme: Scheme = "light", scripts: bool = True
) -> Iterator[Page]:
    """The page when it is ready. At the end: it has said nothing on the console, thrown nothing, asked for nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts, offline=True
    )
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    if scripts:
        page.wait_for_selector("html[data-ready]")
        page.evaluate("for (const one of charts) one.show()")
    yield page
    assert wrong == [], wrong
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    context.close()
