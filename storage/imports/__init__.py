"""Feeding Bursar by file (spec/formats.md): one loader per kind, one report per import."""

from storage.imports.load import load, load_config_folder
from storage.imports.report import ImportReport, Quarantined

__all__ = ["ImportReport", "Quarantined", "load", "load_config_folder"]
