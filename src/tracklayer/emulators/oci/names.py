"""The names of what is there: two tenancies in one region, each with its namespace, its platform and its workspaces.

Shapes of OCIDs: https://docs.oracle.com/iaas/Content/General/Concepts/identifiers.htm.
"""

from __future__ import annotations

from dataclasses import dataclass

REGION = "us-ashburn-1"
#: A workspace that every platform has, and the bucket that every namespace has, from the start.
WORKSPACE = "default"
BUCKET = "tracklayer-emulator"


@dataclass(frozen=True)
class Tenancy:
    """A customer of the cloud, with one user.

    * `profile`: its section of the configuration file. * `namespace`: its own in Object Storage.
    * `platform`: the OCID of its AI Data Platform. * `compartment`: where its buckets and resources lie.
    """

    profile: str
    ocid: str
    user: str
    namespace: str
    platform: str
    compartment: str


def _tenancy(profile: str, letter: str, namespace: str) -> Tenancy:
    unique = f"aaaaaaaa{letter * 52}"
    return Tenancy(
        profile=profile,
        ocid=f"ocid1.tenancy.oc1..{unique}",
        user=f"ocid1.user.oc1..{unique}",
        namespace=namespace,
        platform=f"ocid1.aidataplatform.oc1.iad.{unique}",
        compartment=f"ocid1.compartment.oc1..{unique}",
    )


HOME = _tenancy("DEFAULT", "t", "axtracklayer")
OTHER = _tenancy("OTHER", "u", "axothertenant")
TENANCIES = (HOME, OTHER)
#: The managed MLflow of the first tenancy, as a tracklayer URL.
PLACE = f"oci://aidp/{REGION}/{HOME.platform}/{WORKSPACE}"
#: A host of an MLflow server that somebody runs behind a signature; each below `.oci.example` is one.
SELF_HOSTED = "mlflow.oci.example"
