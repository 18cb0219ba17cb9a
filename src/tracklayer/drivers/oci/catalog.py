"""A model in OCI Data Science's Model Catalog that points back to the run it came of."""

from __future__ import annotations

from dataclasses import dataclass

from tracklayer.model import Run

#: Characters of a value (oracle-ads 2.16.1, ads/model/model_metadata.py: METADATA_VALUE_LENGTH_LIMIT).
LONGEST = 16_000


@dataclass(frozen=True)
class CatalogPointer:
    """What the SDK's own models are made of.

    * `metadata`: each for `oci.data_science.models.Metadata(**one)`, among `custom_metadata_list`.
    * `provenance`: for `oci.data_science.models.CreateModelProvenanceDetails(**provenance)`.
    """

    metadata: tuple[dict[str, str], ...]
    provenance: dict[str, str]


def model_catalog_pointer(run: Run, url: str) -> CatalogPointer:
    """How a model of the catalog says what run it came of. `url`: the run's own, `run.url` of a run that is logged.

    * The provenance names the code, and the job run that trained it where the run has the tag `oci.job_run_ocid`
      (else the notebook session): `training_id` takes nothing but their OCIDs.
    * What is too long for the catalog is left out, never cut: half a URL leads nowhere.
    """
    source = run.source
    fields = {
        "repository_url": source and source.remote,
        "git_branch": source and source.branch,
        "git_commit": source and source.commit,
        "training_script": source and source.command,
        "training_id": run.tags.get("oci.job_run_ocid") or run.tags.get("oci.nb_session_ocid"),
    }
    texts = {"tracklayer.url": url, "tracklayer.run": run.id, "tracklayer.experiment": run.experiment.id}
    if run.name:
        texts["tracklayer.run_name"] = run.name
    about = {"description": "the run that this model came of", "category": "Training Profile"}
    return CatalogPointer(
        tuple({"key": key, "value": text, **about} for key, text in texts.items() if len(text) <= LONGEST),
        {name: text for name, text in fields.items() if text},
    )
