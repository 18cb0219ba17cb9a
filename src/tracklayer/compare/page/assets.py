"""Assets: the page's style and scripts, and the library that draws, as they lie beside this file.

`static/echarts.min.js` is Apache ECharts as npm has it, byte for byte; docs/decisions/0011 says why it was chosen.
"""

from __future__ import annotations

from importlib.resources import files

#: The release of Apache ECharts, and the SHA-256 of `dist/echarts.min.js` in it.
ECHARTS = "6.1.0"
ECHARTS_SHA256 = "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"
#: Our own scripts, in the order in which they run: each may use what those before it make.
OURS = ("base", "chart", "runs", "sidebyside", "curves", "parallel", "scatter", "groups", "start")


def style() -> str:
    """The page's own style, beside that of every page."""
    return _read("report.css")


def scripts() -> tuple[str, str]:
    """The library, and our own scripts as one."""
    return _read("echarts.min.js"), "\n".join(['"use strict";', *(_read(f"{name}.js") for name in OURS)])


def _read(name: str) -> str:
    return files("tracklayer.compare.page").joinpath("static").joinpath(name).read_text(encoding="utf-8")
