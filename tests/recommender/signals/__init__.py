"""Tests of the criteria, one file each."""
