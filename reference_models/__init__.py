"""Baselines for road extraction: synthetic towns, losses, networks, training. torch lives here."""
