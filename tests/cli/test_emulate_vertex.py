"""`tracklayer emulate vertex`: the official SDK as it is, over gRPC and REST, and tracklayer itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.command import MAIN, PATIENCE

#: A user's training code: it knows nothing of emulators.
TRAINING = """
import sys
from google.cloud import aiplatform

for transport in ("grpc", "rest"):
    place = {"project": "tracklayer-emulator", "location": "us-central1", "api_transport": transport}
    aiplatform.init(experiment=f"digits-{transport}", experiment_tensorboard=False, **place)
    with aiplatform.start_run("first"):
        aiplatform.log_params({"lr": 0.1})
        aiplatform.log_metrics({"accuracy": 0.9})
import requests
try:
    requests.get("https://huggingface.co/", timeout=60)
except requests.exceptions.ProxyError as error:
    print("refused" if "403 huggingface.co is not emulated" in str(error) else error)
import tracklayer as tl
with tl.connect("vertex://tracklayer-emulator/us-central1") as client:
    for experiment in ("digits-grpc", "digits-rest"):
        (run,) = client.runs(experiment)
        print(run.name, run.status, run.params, run.metrics["accuracy"].last)
sys.exit(7)
"""
#: tracklayer alone, without the proxy.
DIRECT = """
import os
import tracklayer as tl
from tracklayer.emulators.remote import RemoteEmulator
with tl.connect("vertex://tracklayer-emulator/us-central1") as client:
    with client.start_run("digits") as run:
        run.log_text("the text", "a.txt")
    print([file.path for file in client.artifacts(run.id)])
emulator = RemoteEmulator(os.environ["TRACKLAYER_EMULATOR_VERTEX"])
print(os.environ["STORAGE_EMULATOR_HOST"] == os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM"] == emulator.url)
print(os.environ.get("HTTPS_PROXY"), emulator.knobs()["time_kept"])
"""
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
#: What of the surroundings would lead the command elsewhere, or to another account.
ASTRAY = {
    "GOOGLE_APPLICATION_CREDENTIALS": "/real.json",
    "GOOGLE_CLOUD_PROJECT": "prod",
    "GOOGLE_CLOUD_QUOTA_PROJECT": "prod",
    "GOOGLE_API_KEY": "real",
    "CLOUDSDK_AUTH_ACCESS_TOKEN": "real",
    "CLOUDSDK_CONFIG": "/home/real",
    "STORAGE_EMULATOR_HOST": "http://elsewhere.example.org",
    "GCE_METADATA_HOST": "elsewhere.example.org",
}


def emulate(tmp_path: Path, *given: str, **extra: str) -> subprocess.CompletedProcess[str]:
    quiet = {"TRACKLAYER_HOME": str(tmp_path), "TRACKLAYER_CAPTURE": "off", "TRACKLAYER_SYSTEM_METRICS": "off"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MAIN, "emulate", "vertex", *given],
        env={**os.environ, **quiet, **extra},
        capture_output=True,
        encoding="utf-8",
        timeout=3 * PATIENCE,
        check=False,
    )


def test_the_official_sdk_and_tracklayer_meet_in_it(tmp_path: Path) -> None:
    done = emulate(tmp_path, "--", sys.executable, "-W", "ignore", "-c", TRAINING)
    assert done.returncode == 7, done.stderr
    own = done.stdout.splitlines()[-3:]  # the SDK prints, too
    assert own == ["refused", *["first finished {'lr': 0.1} 0.9"] * 2], done.stderr
    said = {line.split()[0]: line.split()[1:] for line in done.stderr.splitlines() if line.split()}
    assert said["operation"] == ["calls", "errors", "which"]
    assert said["aiplatform.CreateContext"] == ["4", "0"]
    assert said["aiplatform.CreateMetadataStore"] == ["1", "0"]
    assert said["huggingface.co"] == ["1"]
    assert "us-central1-aiplatform.googleapis.com" not in said, "only what is refused is listed by host"


def test_the_environment_leads_nowhere_else(tmp_path: Path) -> None:
    done = emulate(tmp_path, "--json", "--", sys.executable, "-c", SHOW, **ASTRAY)
    shown, told = map(json.loads, done.stdout.splitlines())
    assert {
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_API_KEY",
        "CLOUDSDK_AUTH_ACCESS_TOKEN",
        "STORAGE_EMULATOR_HOST",
        "GCE_METADATA_HOST",
    }.isdisjoint(shown)
    assert (shown["GOOGLE_CLOUD_PROJECT"], shown["GOOGLE_CLOUD_REGION"]) == ("tracklayer-emulator", "us-central1")
    assert shown["CLOUDSDK_CONFIG"] == os.devnull
    assert shown["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] == shown["REQUESTS_CA_BUNDLE"]
    assert not Path(shown["GOOGLE_APPLICATION_CREDENTIALS"]).exists(), "it is gone with the command"
    assert (told["code"], told["operations"], told["refused"]) == (0, [], {})


def test_without_the_proxy_and_with_a_knob(tmp_path: Path) -> None:
    done = emulate(tmp_path, "--direct", "--knob", "time_kept=nanoseconds", "--", sys.executable, "-c", DIRECT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['a.txt']", "True", "None nanoseconds"]


def test_a_package_that_is_not_installed_is_named_with_its_pip_command(tmp_path: Path) -> None:
    script = "import sys; sys.modules['grpc'] = sys.modules['trustme'] = None\n" + MAIN
    done = subprocess.run(
        [sys.executable, "-c", script, "emulate", "vertex", "--", "true"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tracklayer: the emulators need what is not installed: grpc, trustme; install it with:"
        " pip install 'tracklayer[emulators]'\n"
    )
