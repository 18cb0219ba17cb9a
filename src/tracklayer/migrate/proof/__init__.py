"""Proof: both places read anew, everything compared, and a certificate of what was found."""
