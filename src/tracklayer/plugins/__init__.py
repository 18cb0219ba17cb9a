"""Tracklayer inside other people's programs: each plugin is imported by its host, and by nobody else."""
