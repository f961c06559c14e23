"""Shared settings of the test suite."""
