"""Names for runs that the user gives no name."""

from __future__ import annotations

import hashlib

FIRST = (  # noqa: SIM905 -- words read best as a text
    "amber bold brave bright brisk calm clear clever cosy crisp deft eager early fair fleet fresh gentle glad golden"
    " green happy hardy honest jolly keen kind lively loyal lucid lucky mellow merry mild neat noble patient plucky"
    " polite proud quick quiet rapid ready serene sharp silver sleek sly snug solid spry steady still sturdy subtle"
    " sunny swift tidy trusty vivid warm wise witty zesty"
).split()
SECOND = (  # noqa: SIM905 -- likewise
    "badger beaver bison buzzard crane cricket curlew deer dolphin eagle egret falcon ferret finch fox gannet gecko"
    " goose grouse hare hawk heron ibis jackdaw jay kestrel kite lark lemur linnet lynx marten mole moose moth newt"
    " otter owl oyster panda petrel pigeon plover puffin quail rabbit raven robin salmon seal shrew skylark sparrow"
    " stork swallow swan swift tern thrush toad trout turtle viper vole wren"
).split()


def run_name(token: str) -> str:
    """Two words and a number, always the same for one token: `brisk-heron-417`."""
    digest = int.from_bytes(hashlib.sha256(token.encode()).digest()[:8], "big")
    first, second = FIRST[digest % len(FIRST)], SECOND[digest // len(FIRST) % len(SECOND)]
    return f"{first}-{second}-{digest // len(FIRST) // len(SECOND) % 1_000}"
