"""The process of the official SDK, version 3."""

from __future__ import annotations

from importlib import import_module

from contract_tests.witnesses.answering import answer
from contract_tests.witnesses.experiments import Experiments


def make() -> Experiments:
    return Experiments(
        runs=import_module("sagemaker.core.experiments.run"),
        analytics=import_module("sagemaker.core.analytics"),
        session=import_module("sagemaker.core.helper.session_helper").Session(),
        associations=import_module("sagemaker.core.lineage.association"),
        artifacts=import_module("sagemaker.core.lineage.artifact"),
        downloader=import_module("sagemaker.core.s3.client").S3Downloader,
    )


if __name__ == "__main__":
    answer(make)
