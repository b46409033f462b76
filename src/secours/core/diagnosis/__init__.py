"""Diagnosis: causes of failures."""
