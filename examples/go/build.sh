#!/usr/bin/env bash
# Makes the stubs and builds the example: build.sh FOLDER puts the program neighbours into FOLDER.
# Debian: golang-go golang-google-grpc-dev protobuf-compiler protoc-gen-go-1-3
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
source=$out/src/neighbours
rm -rf "$source" "$out/protos" && mkdir -p "$source/v1" "$out/protos/vectorsearch/v1"

# Debian's generator is older than proto3's optional, which is the same bytes as without.
for proto in "$root"/protos/vectorsearch/v1/*.proto; do
  sed 's/^\( *\)optional /\1/' "$proto" > "$out/protos/vectorsearch/v1/$(basename "$proto")"
done
cd "$out/protos"
mapping=$(for proto in vectorsearch/v1/*.proto; do printf 'M%s=neighbours/v1,' "$proto"; done)
mapping+=Mgoogle/protobuf/duration.proto=github.com/golang/protobuf/ptypes/duration,
mapping+=Mgoogle/protobuf/timestamp.proto=github.com/golang/protobuf/ptypes/timestamp,
mapping+=Mgoogle/protobuf/field_mask.proto=google.golang.org/genproto/protobuf/field_mask,
protoc -I. --go_out="plugins=grpc,${mapping}import_path=v1:$out/protos" vectorsearch/v1/*.proto
find . -name '*.pb.go' -exec cp {} "$source/v1/" \;
cp "$root/examples/go/neighbours.go" "$source/"
cd "$source"
GO111MODULE=off GOFLAGS= GOPATH=$out:/usr/share/gocode GOCACHE=${GOCACHE:-$out/cache} go build -p 2 -o "$out/neighbours" .
