"""RSA keys: made, written, fingerprinted, and told as a JSON Web Key. They open nothing anywhere but here."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

#: "minimum 2048 bits". https://docs.oracle.com/iaas/Content/API/Concepts/apisigningkey.htm
BITS = 2048


@dataclass(frozen=True)
class Key:
    """A pair of keys."""

    private: RSAPrivateKey

    @classmethod
    def new(cls) -> Key:
        """A new one."""
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- not needed to import emulators

        return cls(rsa.generate_private_key(public_exponent=65537, key_size=BITS))

    @cached_property
    def public(self) -> RSAPublicKey:
        """The public half."""
        return self.private.public_key()

    @cached_property
    def pem(self) -> bytes:
        """The private half as a file has it."""
        from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 -- likewise

        return self.private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())

    @cached_property
    def fingerprint(self) -> str:
        """MD5 of the public key's DER, as the Console shows it: `20:3b:97:...`."""
        from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 -- likewise

        der = self.public.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def jwk(public: RSAPublicKey) -> dict[str, str]:
    """A public key as a JSON Web Key: https://www.rfc-editor.org/rfc/rfc7517."""
    numbers = public.public_numbers()
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "session", "n": _b64(numbers.n), "e": _b64(numbers.e)}


def public_of(told: dict[str, str]) -> RSAPublicKey:
    """The public key that a JSON Web Key tells. Raises KeyError, ValueError."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- likewise

    return rsa.RSAPublicNumbers(_number(told["e"]), _number(told["n"])).public_key()


def _b64(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
