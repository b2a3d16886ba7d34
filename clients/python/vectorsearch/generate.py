"""Generates the protobuf messages, vectorsearch/v1/*_pb2.py, from the repository's protos.

They are not tracked, so that they always fit the protos and the protoc at hand. In a checkout the package does this by
itself on its first import; an installed package has them. By hand: ``python3 clients/python/vectorsearch/generate.py``.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

PACKAGE = pathlib.Path(__file__).resolve().parent


def protos() -> pathlib.Path | None:
    """The folder of the protos in a checkout; None where there is no checkout around the package."""
    folder = PACKAGE.parents[2] / "protos"
    return folder if (folder / "vectorsearch" / "v1" / "points.proto").is_file() else None


def is_current() -> bool:
    """Whether every message module is there and not older than its proto."""
    folder = protos()
    if folder is None:
        return (PACKAGE / "v1").is_dir()
    for proto in (folder / "vectorsearch" / "v1").glob("*.proto"):
        module = PACKAGE / "v1" / f"{proto.stem}_pb2.py"
        if not module.is_file() or module.stat().st_mtime < proto.stat().st_mtime:
            return False
    return True


def messages() -> None:
    """Runs protoc. ImportError says what is missing and how to get it."""
    folder = protos()
    if folder is None:
        raise ImportError("vectorsearch: the generated messages are missing and there are no protos beside the package; install it again")
    protoc = shutil.which("protoc")
    if protoc is None:
        raise ImportError("vectorsearch: protoc is needed once to generate the messages (Debian: apt-get install protobuf-compiler)")
    sources = sorted(str(path.relative_to(folder)) for path in (folder / "vectorsearch" / "v1").glob("*.proto"))
    done = subprocess.run(
        [protoc, f"--proto_path={folder}", f"--python_out={PACKAGE.parent}", *sources],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImportError(f"vectorsearch: protoc could not generate the messages: {done.stderr.strip()}")


if __name__ == "__main__":
    messages()
    print(f"generated {PACKAGE / 'v1'}", file=sys.stderr)
