from __future__ import annotations

import base64
import json
import random
from collections import Counter
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.mlflow.conftest import NewRun

from tracklayer.drivers.mlflow import MlflowDriver, search
from tracklayer.drivers.mlflow.search import Place
from tracklayer.drivers.mlflow.shapes import MlflowRun, RunInfo, Runs
from tracklayer.drivers.mlflow.traits import MLFLOW
from tracklayer.errors import InvalidInput
from tracklayer.model import Clause, Entity, ExperimentRef, Operator, Order, Query, RunRef

HOME = ExperimentRef(id="7")


# -- clauses


@pytest.mark.parametrize(
    ("entity", "key", "operator", "value", "said"),
    [
        ("param", "lr", "=", "0.1", "params.`lr` = '0.1'"),
        ("tag", "a b/c.d", "=", "it's", 'tags.`a b/c.d` = "it\'s"'),
        ("tag", "t", "=", "", "tags.`t` = ''"),
        ("tag", "t", "=", 'it\'s "both"', None),
        ("attribute", "status", "!=", "failed", "attributes.status != 'FAILED'"),
        ("attribute", "name", "=", "n'1", 'attributes.run_name = "n\'1"'),
        ("attribute", "id", "=", "abc", "attributes.run_id = 'abc'"),
        ("attribute", "started", "<=", 12, "attributes.start_time <= 12"),
        ("attribute", "ended", ">", -5, "attributes.end_time > -5"),
        ("attribute", "started", "<=", 12.5, None),
        ("attribute", "started", "<=", "12", None),
        ("attribute", "user", "=", "ada", None),
        ("attribute", "status", "IN", ("failed",), None),
        ("param", "lr", "=", 0.1, None),
        ("metric", "loss", "<", 0.1, None),
        ("dataset", "name", "=", "d", None),
    ],
)
def test_a_clause_in_mlflows_language(
    entity: Entity, key: str, operator: Operator, value: object, said: str | None
) -> None:
    assert search.comparison(Clause(entity=entity, key=key, operator=operator, value=value)) == said


def test_what_is_claimed_can_be_said() -> None:
    """All but texts with both kinds of quotes."""
    for named, operators in MLFLOW.search.clauses.items():
        entity, _, key = named.partition(".")
        value = 12 if key in {"started", "ended"} else "text"
        for operator in operators:
            assert search.comparison(Clause(entity=entity, key=key or "k", operator=operator, value=value))


def test_a_clause_that_cannot_be_said_is_left_out() -> None:
    assert search.filters(["a = 1", None, "b = 2"]) == "a = 1 AND b = 2"
    assert search.filters([None]) == ""


TEXTS = [
    "it's", 'say "hi"', "a`b", "a\\b", "x\\", "100%_", "a;b--c", "/* */ x", "a\nb", "a\r\tb", "é🎉", "", "1", "  x ",
    "NaN", "a AND b", "x' OR '1'='1", '" AND params.`a` = "b', "a, (b)", "IS NULL", "-- ", "#", "?", ":x", "@x",
    "$1", "[a]", "''",
]  # fmt: skip


def test_a_server_finds_runs_by_any_text(driver: MlflowDriver, experiment: ExperimentRef, new_run: NewRun) -> None:
    made = {text: new_run(tags={"k e:y/ü.-": text}, name=f"n{text}").id for text in TEXTS}
    for text, run in made.items():
        for clause in (
            Clause(entity="tag", key="k e:y/ü.-", operator="=", value=text),
            Clause(entity="attribute", key="name", operator="=", value=f"n{text}"),
        ):
            found = driver.list_runs(Query(experiments=(experiment,), where=(clause,))).items
            assert run in {one.id for one in found}
            if search.comparison(clause) is not None:
                assert [one.id for one in found] == [run]


def test_a_server_finds_runs_by_random_texts(driver: MlflowDriver, experiment: ExperimentRef, new_run: NewRun) -> None:
    rolled = random.Random(7)  # noqa: S311 -- texts
    texts = {"".join(rolled.choices("'\"`\\% ;-()=aé\n", k=rolled.randint(1, 8))) for _ in range(40)}
    made = {text: new_run(tags={"t": text}, name=f"n{text}").id for text in texts}
    for text, run in made.items():
        where = (
            Clause(entity="tag", key="t", operator="=", value=text),
            Clause(entity="attribute", key="name", operator="=", value=f"n{text}"),
            Clause(entity="attribute", key="status", operator="=", value="running"),
        )
        assert run in {one.id for one in driver.list_runs(Query(experiments=(experiment,), where=where)).items}


# -- the token


@pytest.mark.parametrize("token", ["plain", "it's", 'a "b"', 'it\'s "both" 100%', "é🎉", "x" * 300])
def test_a_token_is_looked_for(token: str) -> None:
    body = search.token_search(HOME, token)
    assert body["run_view_type"] == "ALL"
    assert body["filter"].startswith("tags.`tracklayer.token` ")


# -- cursors


@pytest.mark.parametrize("wrong", ["", "x", "{}", "[1,2]", '["a",[],null]', "[1,[2],3]"])
def test_a_wrong_cursor_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="not a cursor"):
        Place.read(wrong)


def test_a_cursor_comes_back() -> None:
    for place in (Place(), Place(-5, ("a", "b"), "t"), Place(None, (), "t")):
        assert Place.read(place.text()) == place


# -- pages, before a server that does as MLflow does: order by start and id, cut by offset


class Server:
    """Runs by id, each with its start."""

    def __init__(self, starts: list[int | None]) -> None:
        self.ids = count(100)
        self.runs: dict[str, int | None] = {}
        for start in starts:
            self.add(start)

    def add(self, start: int | None) -> None:
        self.runs[f"{next(self.ids) * 7919 % 1000:03}-{start}"] = start

    def answer(self, body: dict[str, object]) -> Runs:
        sign = 1 if "ASC" in str(body["order_by"]) else -1
        rows = [(run, start) for run, start in self.runs.items() if self.holds(start, str(body["filter"]))]
        rows.sort(key=lambda row: (row[1] is None, sign * (row[1] or 0), row[0]))
        token = body.get("page_token")
        offset = json.loads(base64.b64decode(str(token)))["offset"] if token else 0
        size = int(str(body["max_results"]))
        ahead = offset + size if len(rows) > offset + size else None
        page = [MlflowRun(RunInfo("7", run_id=run, start_time=start)) for run, start in rows[offset : offset + size]]
        next_token = ahead and base64.b64encode(json.dumps({"offset": ahead}).encode()).decode()
        return Runs(tuple(page), next_token or None)

    @staticmethod
    def holds(start: int | None, bound: str) -> bool:
        if not bound:
            return True
        _, operator, limit = bound.split()
        return start is not None and (start >= int(limit) if operator == ">=" else start <= int(limit))


def listed(server: Server, query: Query, meanwhile: list[int | None]) -> list[str]:
    """All pages; after each, one run is made meanwhile. Each cursor goes through its text, as users hold it."""
    found: list[str] = []
    after: str | None = None
    for number in range(1_000):
        place = Place.read(after)
        answer = server.answer(search.runs_search(query, place, 50_000))
        runs, ahead = search.next_page(query, place, answer)
        assert len(runs) <= query.page_size
        found += [run.info.id for run in runs]
        if ahead is None:
            return found
        after = ahead.text()
        if number < len(meanwhile):
            server.add(meanwhile[number])
    message = "the list has no end"
    raise AssertionError(message)


starts = st.integers(-3, 3)


@settings(max_examples=400)
@given(
    st.lists(starts, max_size=25),
    st.integers(1, 6),
    st.lists(st.integers(-2, 20), max_size=8),
    st.booleans(),
)
def test_each_run_is_given_once_whatever_is_made_meanwhile(
    before: list[int | None], page_size: int, meanwhile: list[int | None], rising: bool
) -> None:
    server = Server(before)
    there = set(server.runs)
    order = (Order(entity="attribute", key="started", descending=not rising),) if rising else ()
    query = Query(experiments=(HOME,), page_size=page_size, order_by=order)
    found = Counter(listed(server, query, meanwhile))
    assert {run: found[run] for run in there} == dict.fromkeys(there, 1)
    assert max(found.values(), default=1) == 1


@given(st.integers(0, 15), st.integers(1, 4))
def test_a_server_that_says_no_start_pages_by_its_own_tokens(number: int, page_size: int) -> None:
    server = Server([None] * number)
    found = listed(server, Query(experiments=(HOME,), page_size=page_size), [])
    assert sorted(found) == sorted(server.runs)


def test_the_order_is_the_servers() -> None:
    server = Server([3, 1, 2, 2, 2])
    falling = listed(server, Query(experiments=(HOME,), page_size=2), [])
    assert [server.runs[run] for run in falling] == [3, 2, 2, 2, 1]
    order = (Order(entity="attribute", key="started"),)
    rising = listed(server, Query(experiments=(HOME,), page_size=2, order_by=order), [])
    assert [server.runs[run] for run in rising] == [1, 2, 2, 2, 3]


def test_a_run_that_is_deleted_meanwhile_hides_no_other() -> None:
    server = Server([9, 8, 7, 6, 5, 4])
    query = Query(experiments=(HOME,), page_size=2)
    place = Place()
    runs, ahead = search.next_page(query, place, server.answer(search.runs_search(query, place, 50_000)))
    assert ahead is not None
    for run in runs:
        del server.runs[run.info.id]
    runs, _ = search.next_page(query, ahead, server.answer(search.runs_search(query, ahead, 50_000)))
    assert [run.info.start_time for run in runs] == [7, 6]


def test_more_is_not_asked_for_than_a_server_gives() -> None:
    query = Query(experiments=(HOME,), page_size=50_000)
    assert search.runs_search(query, Place(5, ("a",)), 50_000)["max_results"] == 50_000
    assert search.runs_search(query, Place(5, ("a",)), 60_000)["max_results"] == 50_001


def test_answers_leave_out_what_is_not_read() -> None:
    given = b'{"runs": [{"info": {"run_id": "r", "experiment_id": "0", "new": {"a": [1]}}, "outputs": {}}]}'
    (run,) = msgspec.json.decode(given, type=Runs).runs
    assert RunRef(id=run.info.id) == RunRef(id="r")
