"""Names of AWS's resources: what may be one, and which we give.

* An experiment's id is `experiment/<name>`, as its ARN ends: an id is not taken for a name. A run's id is the name of
  its trial component.
* The name of a run's trial component follows from its experiment and token, so that making it twice is making it once:
  `<experiment>-<digest>`, in lower case, no part longer than the official SDK takes. The run's own name is shown as its
  display name; it is no part of this one, because the same token gives the same run whatever name comes with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

#: service-2.json of botocore: ExperimentEntityName, which is every name and display name.
PATTERN = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}"
LONGEST = 120
#: What the official SDK takes of an experiment's name, and of a run's: `MAX_NAME_LEN_IN_BACKEND / 2 - 1`.
PART = 59
#: Letters of the digest in a trial component's name: 100 bits.
DIGEST = 20
#: The official SDK's trial of an experiment (`TRIAL_NAME_TEMPLATE`), and how much of the experiment's name it takes.
GROUP, GROUP_HEAD = "Default-Run-Group-", 100
_EXPERIMENT = "experiment/"


def legal(name: str) -> bool:
    """Could AWS have something of this name?"""
    return len(name) <= LONGEST and re.fullmatch(PATTERN, name) is not None


def experiment_id(name: str) -> str:
    """The id of the experiment of that name."""
    return _EXPERIMENT + name


def experiment_name(text: str) -> str | None:
    """The name in an experiment's id; None for a text that is no id."""
    name = text.removeprefix(_EXPERIMENT)
    return name if name != text and legal(name) else None


def slug(text: str, most: int = LONGEST) -> str:
    """A legal name that reads like the text; empty when nothing of it can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-zA-Z0-9]+", "-", plain).strip("-")[:most].rstrip("-")


def digest(*texts: str, letters: int = DIGEST) -> str:
    """Lower-case letters and digits that stand for these texts in this order."""
    data = "".join(f"{len(text)}:{text}" for text in texts).encode()
    return base64.b32encode(hashlib.sha256(data).digest()).decode().lower()[:letters]


def component(experiment: str, token: str) -> str:
    """The trial component of the run of that token."""
    return f"{experiment[:PART].rstrip('-')}-{digest(experiment.lower(), token)}".lower()


def trial(experiment: str, number: int, *, apart: bool = False) -> str:
    """The `number`th trial of an experiment, from 1 on. The first is the official SDK's own.

    * `apart`: another experiment has that name, or the experiment's is too long: with a digest in it.
    """
    if number == 1 and not apart:
        return GROUP + experiment[:GROUP_HEAD].rstrip("-")
    end = f"-{number}" if number > 1 else ""
    if not apart and len(GROUP + experiment + end) <= LONGEST:
        return GROUP + experiment + end
    end = f"-{digest(experiment.lower(), letters=8)}{end}"
    return GROUP + experiment[: LONGEST - len(GROUP) - len(end)].rstrip("-") + end


def trial_number(trial_name: str, experiment: str) -> int | None:
    """Which of the experiment's trials this is; None when it is not one of ours."""
    found = re.search(r"-(\d{1,3})$", trial_name)
    for number in {1, int(found[1]) if found else 1}:
        if trial_name.lower() in {trial(experiment, number, apart=apart).lower() for apart in (False, True)}:
            return number
    return None
