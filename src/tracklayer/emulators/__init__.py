"""Stand-ins for the clouds' own services, on loopback, under the vendors' own rules."""
