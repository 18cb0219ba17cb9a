"""What looks like a secret is hidden before it is written down."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api.fake_secrets import ALNUM, AZURE, HEX, JWT, NAMES, PEM, PLAIN, SHAPED, made

from tracklayer.api.redaction import HIDDEN, Redaction, Redactor
from tracklayer.errors import InvalidInput
from tracklayer.model import ParamValue

COOKIE = made(HEX, 64)
#: Within a larger text only the secret is hidden: what surrounds it, with `{}` for the secret.
AROUND = (
    "{}",
    "see {} for more",
    "a\n{}\nb",
    "'{}'",
    '{{"value": "{}", "lr": 0.1}}',
    "a={},b=2",
    "https://example.com/?v={}&lr=1",
)
#: Texts that name a secret, the secret, and what is left.
TEXTS = (
    ("postgres://user:{}@host/db", "hunter2"),
    ("postgresql+psycopg2://user:{}@host:5432/db?sslmode=require", "p%40ss"),
    ("postgres://user:{}@host/db", "pa/ss"),
    ("redis://:{}@cache:6379/0", "hunter2"),
    ("amqp://guest:{}@rabbit:5672//", "hunter2"),
    ("mongodb+srv://me:{}@cluster0.mongodb.net/test", "hunter2"),
    ("https://{}@github.com/org/repo.git", made(ALNUM, 40)),
    ("git+https://x-access-token:{}@github.com/org/repo", "xyz"),
    ("https://{}@o1.ingest.sentry.io/1", made(HEX, 32)),
    ("http://proxy:{}@10.0.0.1:3128", "p@ss"),
    ("DefaultEndpointsProtocol=https;AccountName=me;AccountKey={};EndpointSuffix=core.windows.net", AZURE),
    ("Endpoint=sb://me.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey={}", AZURE[:44]),
    ("https://me.blob.core.windows.net/c/b?sv=2022-11-02&se=2024-05-01&sr=b&sp=r&sig={}", made(ALNUM, 40) + "%3D"),
    ("https://b.s3.amazonaws.com/k?X-Amz-Date=20240501T120000Z&X-Amz-Signature={}&X-Amz-Expires=60", made(HEX, 64)),
    ("https://storage.googleapis.com/b/k?X-Goog-Expires=60&X-Goog-Signature={}", made(HEX, 512)),
    ("https://api.example.com/v1?token={}&lr=1", "abcdefgh"),
    ("Server=tcp:db.example.com,1433;User ID=me;Password={};Encrypt=true", "p@ss,w0rd"),
    ("host=db user=me password={} dbname=x", "hunter2"),
    ('{{"api_key": "{}", "max_tokens": 5}}', "xyz"),
    ("{{'api_key': '{}', 'pad_token': '<pad>'}}", "xyz"),
    ('"{{\\"client_secret\\": \\"{}\\", \\"lr\\": 1}}"', "xyz"),
    ('client = OpenAI(api_key="{}", timeout=3)', "xyz"),
    ("export HF_TOKEN={}; python train.py", "xyz"),
    ("HF_TOKEN={} python train.py", "xyz"),
    ("python train.py --hf-token {} --lr 1", "xyz"),
    ("python train.py --hf-token={} --lr 1", "xyz"),
    ("python train.py db.password={} lr=1", "hunter2"),
    ("curl -H 'Authorization: Bearer {}' https://example.com", "xyz123"),
    ('curl -H "Authorization: Basic {}" https://example.com', "bWU6aHVudGVyMg=="),
    ("Authorization: {}", "xyz123"),
    ("X-Api-Key: {}", "xyz"),
    ("sent with Bearer {} today", COOKIE),
    ("lr: 0.1\npassword: {}\nseed: 1", "hunter2"),
    ("logger:\n  wandb:\n    api_key: '{}'\n    project: x", "xyz"),
    ("env=[HF_TOKEN={}]", "hunter2"),
    ("the key:\n{}\nends", PEM),
)


def shown(redactor: Redactor, *results: object) -> str:
    """All that anybody could see of it."""
    return "\n".join([repr(redactor), repr(vars(redactor)), *redactor.hidden, *map(repr, results), *map(str, results)])


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_hidden_by_its_name(name: str) -> None:
    for what, secret in {**PLAIN, **SHAPED}.items():
        redactor = Redactor()
        params, tags = redactor.params({name: secret, "lr": 0.1}), redactor.tags({name: secret})
        environ = redactor.environment({name: secret, "HOME": "/root"})
        lines = [redactor.command(["t", f"--{name}", secret, "--lr", "1"]), redactor.command(["t", f"{name}={secret}"])]
        lines += [redactor.command(["t", f"--{name}={secret}"]), redactor.command(["t", f"++{name}={secret}", "x"])]
        assert params == {name: HIDDEN, "lr": 0.1}, what
        assert tags == {name: HIDDEN}
        assert environ == {name: HIDDEN, "HOME": "/root"}
        assert lines[0] == shlex.join(["t", f"--{name}"]) + " *** --lr 1"
        assert secret not in shown(redactor, params, tags, environ, *lines)
        lines = [f"{place}.{name}: " for place in ("params", "tags", "env", "command")]
        assert [line.rpartition("its name")[0] or line.partition("looks")[0] for line in redactor.hidden] == lines


@pytest.mark.parametrize("kind", SHAPED)
@pytest.mark.parametrize("around", AROUND)
def test_a_value_is_hidden_by_its_look(kind: str, around: str) -> None:
    secret = SHAPED[kind]
    text, left = around.format(secret), around.format(HIDDEN)
    redactor = Redactor()
    assert redactor.params({"note": text}) == {"note": left}
    assert redactor.tags({"note": text}) == {"note": left}
    assert redactor.environment({"NOTE": text}) == {"NOTE": left}
    assert redactor.text("description", text) == left
    line = redactor.command(["train.py", "--note", text, text, f"note={text}"])
    assert line == shlex.join(["train.py", "--note", left, left, f"note={left}"]).replace("'***'", HIDDEN)
    assert secret not in shown(redactor, line)
    places = [line.partition(": ")[0] for line in redactor.hidden]
    assert [*places[:4], places[-1]] == ["params.note", "tags.note", "env.NOTE", "description", "command.note"]
    assert all(": looks like a" in line for line in redactor.hidden)


@pytest.mark.parametrize(("text", "secret"), TEXTS)
def test_a_secret_that_a_text_names(text: str, secret: str) -> None:
    redactor = Redactor()
    left = text.format(HIDDEN)
    assert redactor.text("description", text.format(secret)) == left
    assert redactor.tags({"note": text.format(secret)}) == {"note": left}
    assert redactor.params({"note": text.format(secret)}) == {"note": left}
    line = redactor.command(["t", text.format(secret)])
    assert secret not in line.replace("abcdefgh", secret)
    assert secret not in shown(redactor, line)
    assert redactor.text("description", left) == left


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["train.py", "a b"], "train.py 'a b'"),
        (["t", "--api-key", "abc", "--lr=1"], "t --api-key *** --lr=1"),
        (["t", "--hf_token=abc"], "t '--hf_token=***'"),
        (["t", "db.password=abc", "secret=x"], "t 'db.password=***' 'secret=***'"),
        (["t", "+db.password=abc", "++trainer.hub_token=x y"], "t '+db.password=***' '++trainer.hub_token=***'"),
        (["t", "--PASSWORD", "x", "y"], "t --PASSWORD *** y"),
        (["t", "--password", "--lr", "1"], "t --password --lr 1"),
        (["t", "--token", "-x"], "t --token ***"),
        (["t", "--max-tokens", "5", "--tokenizer=bpe", "--keys", "3"], "t --max-tokens 5 --tokenizer=bpe --keys 3"),
        (["t", "--use-token", "true", "--token-file", "/run/x"], "t --use-token true --token-file /run/x"),
        (["t", "--api-key", "$OPENAI_API_KEY"], "t --api-key '$OPENAI_API_KEY'"),
        (["t", "postgresql://me:secret@host/x"], "t 'postgresql://me:***@host/x'"),
        (["curl", "-u", "me:hunter2", "x"], "curl -u 'me:***' x"),
        (["docker", "run", "-u", "1000:1000", "x"], "docker run -u 1000:1000 x"),
        (["docker", "run", "-e", "HF_TOKEN=abc", "x"], "docker run -e 'HF_TOKEN=***' x"),
        (["docker", "run", "--env=HF_TOKEN=abc", "x"], "docker run '--env=HF_TOKEN=***' x"),
        (["t", "--header", "Authorization: Bearer abc"], "t --header 'Authorization: Bearer ***'"),
        (["t", "-H", "X-Api-Key: abc"], "t -H 'X-Api-Key: ***'"),
        (["t", "db={password:hunter2,user:x}"], "t 'db={password:***,user:x}'"),
        (["t", '--config={"api_key": "abc", "lr": 1}'], 't \'--config={"api_key": "***", "lr": 1}\''),
        (["t", "--token"], "t --token"),
        (["t", "--", "a=b"], "t -- a=b"),
        (["t", "\udcff"], "t '?'"),
        ([], ""),
    ],
)
def test_a_command_line_without_its_secrets(words: list[str], shown: str) -> None:
    redactor = Redactor()
    assert redactor.command(words) == shown
    assert redactor.text("command", shown) == shown


@pytest.mark.parametrize(
    ("key", "value", "left"),
    [
        ("password", 1234, HIDDEN),
        ("pin", 1234, HIDDEN),
        ("token", 1234, HIDDEN),
        ("api_key", 1234, HIDDEN),
        ("password", True, True),
        ("use_token", True, True),
        ("secret", False, False),
        ("token", 0.5, 0.5),
        ("password", float("inf"), float("inf")),
        ("password_length", 12, 12),
        ("api_keys", 3, 3),
        ("passwords", 3, 3),
        ("max_tokens", 512, 512),
        ("pad_token", 0, 0),
        ("user_pin", "a", "a"),
        ("password", "", ""),
        ("password", "None", "None"),
        ("password", "hunter2", HIDDEN),
        ("password", "***", "***"),
        ("password", "********", "********"),
        ("password", "/run/secrets/db", "/run/secrets/db"),
        ("password", "${DB_PASSWORD}", "${DB_PASSWORD}"),
        ("api_key", "OPENAI_API_KEY", "OPENAI_API_KEY"),
        ("api_key", "SOME_THING", HIDDEN),
        ("api_key", "os.environ/OPENAI_API_KEY", "os.environ/OPENAI_API_KEY"),
        ("token", "<|endoftext|>", "<|endoftext|>"),
        ("token", "[MASK]", "[MASK]"),
        ("client_secret", "https://me.vault.azure.net/secrets/x", "https://me.vault.azure.net/secrets/x"),
        ("client_secret", "arn:aws:secretsmanager:eu-west-1:1:secret:x", "arn:aws:secretsmanager:eu-west-1:1:secret:x"),
        ("image_pull_secret", "regcred", "regcred"),
        ("secrets", "['HF_TOKEN', 'WANDB_API_KEY']", "['HF_TOKEN', 'WANDB_API_KEY']"),
        ("credentials.type", "managed", "managed"),
        ("my_token", "short", "short"),
        ("my_token", made(ALNUM, 40), HIDDEN),
        ("session_key", made(HEX, 40), HIDDEN),
        ("session_key", "user", "user"),
        ("x" * 600 + ".password", "hunter2", HIDDEN),
    ],
)
def test_what_a_name_hides(key: str, value: ParamValue, left: ParamValue) -> None:
    kept = Redactor().params({key: value})[key]
    assert (kept, type(kept)) == (left, type(left))


def test_a_base64_secret_that_starts_as_a_path_does() -> None:
    secret = "/" + made(ALNUM + "+/", 39)
    assert Redactor().params({"aws_secret_access_key": secret}) == {"aws_secret_access_key": HIDDEN}


def test_the_key_of_a_param_is_said_in_one_line() -> None:
    redactor = Redactor()
    redactor.params({"a\nb.password": "x", "c" * 500 + ".password": "x"})
    assert redactor.hidden == [r"params.a\nb.password: its name", f"params.{'c' * 113}...: its name"]


def test_each_place_and_reason_is_said_once() -> None:
    redactor = Redactor()
    for _ in range(3):
        redactor.params({"password": "x", "note": f"{JWT} and {JWT}"})
    assert redactor.hidden == ["params.password: its name", "params.note: looks like a JWT"]


class TestSettings:
    def test_what_is_allowed_is_never_hidden(self) -> None:
        redactor = Redactor(Redaction(allow=(r"params\.max_.*_key", "api_key", r"env\.HF_TOKEN", "description")))
        params: dict[str, ParamValue] = {"max_api_key": "abc", "api_key": JWT, "other.api_key": "abc", "pin": 1}
        assert redactor.params(params) == {**params, "other.api_key": HIDDEN, "pin": HIDDEN}
        assert redactor.environment({"HF_TOKEN": "abc"}) == {"HF_TOKEN": "abc"}
        assert redactor.tags({"HF_TOKEN": "abc"}) == {"HF_TOKEN": HIDDEN}
        assert redactor.text("description", JWT) == JWT
        assert redactor.command(["t", "--api_key", "abc"]) == "t --api_key abc"

    def test_a_number_that_is_allowed(self) -> None:
        assert Redactor(Redaction(allow=("pin",))).params({"pin": 7}) == {"pin": 7}

    def test_an_expression_that_matches_a_part_of_a_key_allows_nothing(self) -> None:
        assert Redactor(Redaction(allow=("params.a", "key", ""))).params({"api_key": "abc"}) == {"api_key": HIDDEN}

    def test_what_is_denied_is_always_hidden(self) -> None:
        redactor = Redactor(Redaction(deny=("(?i)corp-[0-9]+", r"params\.lr$", "^tags.team"), allow=("lr",)))
        params: dict[str, ParamValue] = {"lr": 0.1, "lr2": 0.1, "flag": True, "note": "of Corp-12 only", "corp-1": 7}
        assert redactor.params(params) == {**params, "lr": HIDDEN, "note": HIDDEN, "corp-1": HIDDEN}
        assert redactor.tags({"team": "x", "a": "corp-3"}) == {"team": HIDDEN, "a": HIDDEN}
        assert redactor.text("description", "corp-3") == HIDDEN
        assert redactor.command(["t", "--corp-7", "x", "corp-3", "lr=1"]) == "t *** *** *** lr=1"
        assert set(redactor.hidden) == {
            *("params.lr: denied", "params.note: denied", "params.corp-1: denied", "tags.team: denied"),
            *("tags.a: denied", "description: denied", "command: denied", "command.corp-7: denied"),
        }

    def test_to_deny_comes_before_to_allow(self) -> None:
        assert Redactor(Redaction(deny=("a",), allow=("a",))).params({"a": "x"}) == {"a": HIDDEN}
        assert Redactor(Redaction(deny=("token",), allow=("token",))).tags({"token": ""}) == {"token": HIDDEN}

    def test_off(self) -> None:
        redactor = Redactor(Redaction(enabled=False, deny=("x",)))
        everything = {"password": "x", "note": JWT}
        assert redactor.params({**everything, "pin": 1}) == {**everything, "pin": 1}
        assert redactor.tags(everything) == redactor.environment(everything) == everything
        assert redactor.text("description", PEM) == PEM
        assert redactor.command(["t", "--password", "a b", "\udcff"]) == "t --password 'a b' '?'"
        assert redactor.hidden == []

    def test_what_is_given_is_not_changed(self) -> None:
        params: dict[str, ParamValue] = {"password": "x"}
        Redactor().params(params)
        assert params == {"password": "x"}

    @pytest.mark.parametrize("pattern", ["(", "[a", "*", "(?P<a>x)(?P<a>y)", "a{2,1}"])
    @pytest.mark.parametrize("which", ["allow", "deny"])
    def test_what_is_no_regular_expression(self, which: str, pattern: str) -> None:
        with pytest.raises(InvalidInput, match=rf"^Redaction\.{which}\[1\] is not a regular expression: ") as caught:
            Redaction(**{which: ("fine", pattern)})
        assert "\n" not in str(caught.value)

    def test_a_text_is_no_list_of_expressions(self) -> None:
        with pytest.raises(InvalidInput, match=r"^Redaction\.deny: "):
            Redaction(deny="abc")

    def test_what_is_denied_is_not_in_the_repr(self) -> None:
        assert "hunter2" not in repr(Redaction(deny=("hunter2",)))


#: Pieces of which texts with secrets are made, and what may confuse their borders.
PIECES = st.one_of(
    st.sampled_from([*SHAPED.values(), *PLAIN.values()]),
    st.sampled_from(
        ["password", "api_key", "token", "Authorization", "Bearer ", "--token ", "AccountKey", "sig", "pad_token"]
    ),
    st.sampled_from(
        ["=", ":", ": ", "://", "@", "***", '"', "'", '\\"', "\\", "\\n", "\n", " ", ",", ";", "&", "?", "}", "{", "$"]
    ),
    st.text(max_size=8),
)
TEXT = st.lists(PIECES, max_size=12).map("".join)
VALUES = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT)
REDACTIONS = st.sampled_from([Redaction(), Redaction(deny=("a", r"\*")), Redaction(allow=(".*key",), deny=("[0-9]",))])


@settings(max_examples=400, deadline=None)
@given(REDACTIONS, st.dictionaries(TEXT, VALUES, max_size=4), st.dictionaries(TEXT, TEXT, max_size=4), TEXT)
def test_to_redact_twice_is_to_redact_once(
    redaction: Redaction, params: dict[str, ParamValue], tags: dict[str, str], text: str
) -> None:
    redactor = Redactor(redaction)
    once = redactor.params(params), redactor.tags(tags), redactor.environment(tags), redactor.text("a", text)
    again = redactor.params(once[0]), redactor.tags(once[1]), redactor.environment(once[2]), redactor.text("a", once[3])
    assert again == once
    assert all("\n" not in line for line in redactor.hidden)
    assert Redactor(redaction).params(params) == once[0]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(TEXT, st.text(st.characters(exclude_categories=())))))
def test_no_command_line_is_too_odd(words: list[str]) -> None:
    line = Redactor().command(words)
    line.encode()
    assert all(shlex.split(line) or not words for _ in words[:1])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SHAPED)), st.text(st.characters(blacklist_categories=("L", "N", "Cs")), max_size=20))
def test_a_key_is_found_between_any_signs(kind: str, sign: str) -> None:
    before = sign.rstrip("_-\\")
    assert SHAPED[kind] not in Redactor().text("a", before + SHAPED[kind] + sign)


def test_threads() -> None:
    redactor = Redactor()

    def work(number: int) -> bool:
        tags = {f"password{number}": "hunter2", "note": f"{JWT} {number}", "lr": "0.1"}
        return redactor.tags(tags) == {f"password{number}": HIDDEN, "note": f"*** {number}", "lr": "0.1"}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(800)))
    assert sorted(redactor.hidden) == sorted(
        ["tags.note: looks like a JWT", *(f"tags.password{number}: its name" for number in range(800))]
    )


def test_nothing_heavy_is_loaded_before_a_key_is_seen() -> None:
    program = """
import sys
from tracklayer.api.redaction import Redactor
redactor = Redactor()
redactor.params({"model": "meta-llama/Llama-2-7b-hf", "password": "x", "note": "a=b://c"})
print("detect_secrets" in sys.modules, "requests" in sys.modules)
redactor.text("a", "gh" + "p_" + 36 * "a")
print("detect_secrets" in sys.modules, redactor.hidden)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == [
        "False False",
        "True ['params.password: its name', 'a: looks like a GitHub token']",
    ]


def test_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a secret was about to be verified over the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    redactor = Redactor()
    assert set(redactor.tags(SHAPED).values()) == {HIDDEN}


HOSTILE = {
    "prefixes": "sk-" * 80_000,
    "tokens": "eyJ" * 80_000,
    "names": "token=" * 40_000,
    "perhaps": "xtoken=" * 40_000,
    "options": "--token " * 30_000,
    "urls": "://a:b" * 40_000,
    "databases": "redis://a:b" * 20_000,
    "keys": ("-----BEGIN " + "PRIVATE KEY-----") * 8_000,
    "quotes": "token='" * 35_000,
    "colons": "token:a " * 30_000,
    "commas": "password=" + "," * 240_000,
    "one word": "a" * 240_000,
    "spaces": "password" + " " * 240_000 + "=",
}
#: Seconds for 240 kB on a busy machine. It takes a tenth; what is quadratic takes hours.
PATIENCE = 10.0


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_takes_long(kind: str) -> None:
    before = time.perf_counter()
    Redactor().text("a", HOSTILE[kind])
    assert time.perf_counter() - before < PATIENCE
