"""What is shown to readers, on a terminal and on a page: texts, and the skeleton of a page."""
