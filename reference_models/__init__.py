"""Baselines for road extraction: nothing yet; torch will live here and nowhere else."""
