"""The process of the official SDK, the last of version 1."""

from __future__ import annotations

from contract_tests.witnesses.answering import answer
from contract_tests.witnesses.vertex import Vertex

if __name__ == "__main__":
    answer(Vertex)
