#!/usr/bin/env bash
# Makes the stubs and builds the example: build.sh FOLDER puts the program neighbours into FOLDER.
# Debian: g++ pkg-config libgrpc++-dev protobuf-compiler protobuf-compiler-grpc
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
rm -rf "$out/stubs" && mkdir -p "$out/stubs"
protoc -I"$root/protos" --cpp_out="$out/stubs" --grpc_out="$out/stubs" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" \
  "$root"/protos/vectorsearch/v1/*.proto
# What the example uses: the service of points.proto, and all messages.
cd "$out/stubs/vectorsearch/v1"
g++ -std=c++17 -O0 -I"$out/stubs" "$root/examples/cpp/neighbours.cc" points.grpc.pb.cc $(ls ./*.pb.cc | grep -v '[.]grpc[.]') -o "$out/neighbours" \
  $(pkg-config --cflags --libs grpc++ protobuf)
