"""Generates the protobuf messages before the package is built; everything else is in pyproject.toml."""

import importlib.util
import pathlib

import setuptools

HERE = pathlib.Path(__file__).parent

# By its file: importing the package would need the messages that this makes.
_spec = importlib.util.spec_from_file_location("generate", HERE / "vectorsearch" / "generate.py")
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)

if generate.protos() is not None:
    generate.messages()

setuptools.setup()
