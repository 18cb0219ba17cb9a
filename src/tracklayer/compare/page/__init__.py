"""The comparison as a page: one HTML file that opens anywhere, offline."""

from tracklayer.compare.page.write import Written, write_page

__all__ = ["Written", "write_page"]
