"""Films like the ones named, from the quickstart's server: neighbours.py [--server HOST:PORT] TITLE..."""

import argparse
import csv
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "clients" / "python"))

try:
    import vectorsearch  # Found in the checkout; installed, it needs no path.
except ImportError as missing:
    sys.exit(f"{missing}. This needs grpcio, protobuf, numpy and protoc for {sys.executable}; on Debian: apt-get install "
             "python3-grpcio python3-protobuf python3-numpy protobuf-compiler, and run /usr/bin/python3")


def read_titles():
    """Title → id."""
    path = ROOT / "samples" / "movielens-latest-small" / "movies.csv"
    with open(path, encoding="utf-8", newline="") as file:
        return {row["title"]: int(row["movieId"]) for row in csv.DictReader(file)}


def main():
    parser = argparse.ArgumentParser(description="Films like the ones named, from the quickstart's server.")
    parser.add_argument("--server", default="127.0.0.1:6410", help="host and gRPC port (default %(default)s)")
    parser.add_argument("title", nargs="+", help='such as "Heat (1995)"')
    arguments = parser.parse_args()

    ids = read_titles()
    for title in arguments.title:
        if title not in ids:
            near = [known for known in ids if title.lower() in known.lower()][:5]
            hint = f"did you mean {'; '.join(near)}?" if near else "it must stand as in movies.csv, with its year"
            sys.exit(f"no film is called '{title}': {hint}")

    with vectorsearch.Client(arguments.server) as client:
        films = client.points("films")
        answers = films.query(ids=[ids[title] for title in arguments.title], limit=5, with_payload=True)
        for title, hits in zip(arguments.title, answers):
            print(f"Films like {title}")
            for hit in hits:
                print(f"  {hit.score:.6f}  {hit.id:>6}  {hit.payload['title']}")


if __name__ == "__main__":
    try:
        main()
    except vectorsearch.VectorSearchError as error:
        sys.exit(str(error))
