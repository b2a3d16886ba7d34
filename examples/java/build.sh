#!/usr/bin/env bash
# Makes the stubs and builds the example: build.sh FOLDER puts the classes into FOLDER/classes.
# Debian: default-jdk-headless libgrpc-java libprotobuf-java libguava-java libnetty-java libperfmark-java
#         protobuf-compiler protobuf-compiler-grpc-java-plugin
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
rm -rf "$out/stubs" "$out/classes" && mkdir -p "$out/stubs" "$out/classes"
protoc -I"$root/protos" --java_out="$out/stubs" --grpc-java_out="$out/stubs" \
  --plugin=protoc-gen-grpc-java="$(command -v grpc_java_plugin)" "$root"/protos/vectorsearch/v1/*.proto
javac -nowarn -encoding UTF-8 -cp '/usr/share/java/*' -d "$out/classes" "$root/examples/java/Neighbours.java" "$out"/stubs/vectorsearch/v1/*.java
