"""The plan of a migration: what would be done, told by doing it to a stand-in of the target."""
