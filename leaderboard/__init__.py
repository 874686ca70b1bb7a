"""Scoring of submitted prediction folders: nothing yet; it will import roadmetrics only."""
