"""The journal: what is logged is on disk before the call returns, and is carried to its places from there.

* `frames`, `records`: how a journal's file is written; docs/journal.md describes it.
* `writer`, `clock`: append. `reader`: read on from where one was.
* `folder`, `process`, `cursor`: a journal's folder, who writes it, and how far each place has got.
* `shipment`, `creation`, `cargo`, `refusals`: one journal to one place.
* `breaker`, `carrier`, `dispatch`, `keeper`: what this process logs, all the time.
* `sync`: for what other processes left.
"""
