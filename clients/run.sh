#!/usr/bin/env bash
# Tests the Python and Node clients: alone, by the shared cases against the real server, which it starts, and by the
# examples, which must print in every language what the C# one prints. Part of test.sh, which says what the output means.
# Needs the solution built in Release.
set -uo pipefail
cd "$(dirname "$0")/.."

server=src/VectorSearch.Cli/bin/Release/net10.0/vectorsearch.dll
work="$(mktemp -d)"
passed=0 failed=0
server_pid=""

stop_server() {
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=""
  fi
}
trap 'stop_server; rm -rf "$work"' EXIT

# The first Python that has what the client needs: Debian's, where its packages go, before one of another origin.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" /usr/bin/python3 python3; do
    if [ -n "$candidate" ] && "$candidate" -c 'import grpc, google.protobuf, numpy' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

# start_server LOG-LINE COMMAND...: runs the program on free ports, waits until it wrote its ready file and a line that has
# LOG-LINE, and sets TEST_SERVER.
start_server() {
  local line="$1" log="$work/server.log"
  shift
  rm -f "$work/ready"
  dotnet "$server" "$@" --grpc-port 0 --http-port 0 --ready-file "$work/ready" >"$log" 2>&1 </dev/null &
  server_pid=$!
  for _ in $(seq 1800); do
    if [ -s "$work/ready" ] && grep -q "$line" "$log"; then
      TEST_SERVER="127.0.0.1:$(sed -n 's/.*"grpc[^"]*": *\([0-9]*\).*/\1/ip' "$work/ready")"
      export TEST_SERVER
      return 0
    fi
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "the server did not become ready: $*"
  cat "$log"
  stop_server
  failed=$((failed + 1))
  return 1
}

# Adds to the tally: $1 the suite, $2 how many ran (empty: it broke off), $3 how many of these failed, $4 its exit code.
count() {
  if [ -z "$2" ] || [ "$2" -eq 0 ]; then
    echo "$1: broke off, exit code $4"
    failed=$((failed + 1))
    return
  fi
  echo "$1: $(($2 - $3)) passed, $3 failed"
  passed=$((passed + $2 - $3)) failed=$((failed + $3))
  if [ "$4" -ne 0 ] && [ "$3" -eq 0 ]; then failed=$((failed + 1)); fi
}

test_python() {
  local log="$work/python.log" code ran bad
  (cd clients/python && "$1" -m unittest 2>&1) | tee "$log"
  code=${PIPESTATUS[0]}
  ran=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in .*/\1/p' "$log" | tail -n 1)
  bad=$(grep -E '^FAILED \(' "$log" | grep -oE '(failures|errors)=[0-9]+' | cut -d= -f2 | paste -sd+ - | sed 's/^$/0/')
  count "Python client" "$ran" "$((${bad:-0}))" "$code"
}

test_node() {
  local log="$work/node.log" code
  (cd clients/node && npm run -s types && node --test --test-reporter=tap test/*.test.js 2>&1) | tee "$log" | grep -E '^(not ok|# (tests|pass|fail)|  +(error|message):)'
  code=${PIPESTATUS[0]}
  count "Node client" "$(sed -n 's/^# tests \([0-9]*\)$/\1/p' "$log")" "$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$log")" "$code"
}

# example NAME COMMAND...: passes if the command prints for these films what the C# example printed, and exits 0.
example() {
  local name="$1"
  shift
  if "$@" --server "$TEST_SERVER" "${films[@]}" >"$work/$name.txt" && diff "$work/C#.txt" "$work/$name.txt"; then
    echo "$name example: as C#"
    passed=$((passed + 1))
  else
    echo "$name example: failed"
    failed=$((failed + 1))
  fi
}

# discovered COMMAND...: passes if the command finds the server's services and collections without their protos.
discovered() {
  if "$@" --server "$TEST_SERVER" >"$work/discovered.txt" && grep -q '^vectorsearch.v1.Points: .*Query' "$work/discovered.txt" &&
    grep -q '"name": "films"' "$work/discovered.txt"; then
    echo "Python reflection example: $(grep -c '^[a-z].*: ' "$work/discovered.txt") services found"
    passed=$((passed + 1))
  else
    echo "Python reflection example: failed"
    failed=$((failed + 1))
  fi
}

# built NAME SCRIPT: builds an example into a folder of its name.
built() {
  if bash "$2" "$work/$1" >"$work/$1.log" 2>&1; then return 0; fi
  echo "$1 example: does not build"
  tail -n 20 "$work/$1.log"
  failed=$((failed + 1))
  return 1
}

test_examples() {
  films=("Toy Story (1995)" "Godfather, The (1972)" "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)")
  if ! dotnet examples/csharp/bin/Release/net10.0/neighbours.dll --server "$TEST_SERVER" "${films[@]}" >"$work/C#.txt" ||
    [ "$(grep -c '^Films like' "$work/C#.txt")" -ne "${#films[@]}" ] || [ "$(grep -c '^  [01]\.' "$work/C#.txt")" -ne 15 ]; then
    echo "C# example: failed"
    failed=$((failed + 1))
    return
  fi
  cat "$work/C#.txt"
  passed=$((passed + 1))
  if [ -n "$python" ]; then
    example Python "$python" examples/python/neighbours.py
    discovered "$python" examples/python/discover.py
  fi
  if [ -n "$node" ]; then example Node node examples/node/neighbours.js; fi
  if command -v protoc >/dev/null && command -v grpc_ruby_plugin >/dev/null && ruby -e 'require "grpc"' 2>/dev/null; then
    example Ruby ruby examples/ruby/neighbours.rb
  else
    echo "left out: Ruby example (no ruby with grpc, or no protoc; Debian: ruby-grpc protobuf-compiler protobuf-compiler-grpc)"
  fi
  if command -v go >/dev/null && command -v protoc-gen-go >/dev/null && [ -d /usr/share/gocode/src/google.golang.org/grpc ]; then
    built Go examples/go/build.sh && example Go "$work/Go/neighbours"
  else
    echo "left out: Go example (Debian: golang-go golang-google-grpc-dev protobuf-compiler protoc-gen-go-1-3)"
  fi
  if command -v javac >/dev/null && command -v grpc_java_plugin >/dev/null && [ -e /usr/share/java/grpc-netty.jar ] && [ -e /usr/share/java/protobuf.jar ]; then
    built Java examples/java/build.sh && example Java java -cp "$work/Java/classes:/usr/share/java/*" Neighbours
  else
    echo "left out: Java example (Debian: default-jdk-headless libgrpc-java libprotobuf-java protobuf-compiler-grpc-java-plugin)"
  fi
  if command -v g++ >/dev/null && command -v grpc_cpp_plugin >/dev/null && pkg-config --exists grpc++ 2>/dev/null; then
    built C++ examples/cpp/build.sh && example C++ "$work/C++/neighbours"
  else
    echo "left out: C++ example (Debian: g++ pkg-config libgrpc++-dev protobuf-compiler protobuf-compiler-grpc)"
  fi
}

python="$(find_python)"
if [ -z "$python" ]; then
  echo "left out: Python client (no python3 that has grpcio, protobuf and numpy; Debian: python3-grpcio python3-protobuf python3-numpy)"
elif ! why=$(cd clients/python && "$python" -c 'import vectorsearch' 2>&1); then
  echo "left out: Python client (${why##*$'\n'})"
  python=""
fi

node=""
if ! command -v npm >/dev/null; then
  echo "left out: Node client (no node with npm)"
elif [ ! -d clients/node/node_modules/@grpc/grpc-js ]; then
  echo "left out: Node client (its packages are missing; npm ci --prefix clients/node)"
else
  node=node
fi

if start_server "" serve --data "$work/data"; then
  if [ -n "$python" ]; then test_python "$python"; fi
  if [ -n "$node" ]; then test_node; fi
  stop_server
fi

if start_server "Serving until" quickstart --serve --data "$work/quickstart"; then
  test_examples
  stop_server
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
