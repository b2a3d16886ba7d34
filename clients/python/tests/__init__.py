"""Tests of the Python client. Run from clients/python: python3 -m unittest discover."""
