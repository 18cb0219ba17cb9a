"""Plugins: tracklayer where other tools have a place for a logger, and as the store of MLflow's own API."""
