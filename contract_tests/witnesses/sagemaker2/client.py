"""The process of the official SDK, version 2."""

from __future__ import annotations

from importlib import import_module

from contract_tests.witnesses.answering import answer
from contract_tests.witnesses.experiments import Experiments


def make() -> Experiments:
    return Experiments(
        runs=import_module("sagemaker.experiments"),
        analytics=import_module("sagemaker.analytics"),
        session=import_module("sagemaker").Session(),
        associations=import_module("sagemaker.lineage.association"),
        artifacts=import_module("sagemaker.lineage.artifact"),
        downloader=import_module("sagemaker.s3").S3Downloader,
    )


if __name__ == "__main__":
    answer(make)
