#!/usr/bin/env bash
# Tests the Python and Node clients: alone, and by the shared cases against the real server, which it starts. Part of
# test.sh, which says what the output means. Needs the solution built in Release.
set -uo pipefail
cd "$(dirname "$0")/.."

server=src/VectorSearch.Cli/bin/Release/net10.0/vectorsearch.dll
work="$(mktemp -d)"
passed=0 failed=0
server_pid=""

clean_up() {
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
  fi
  rm -rf "$work"
}
trap clean_up EXIT

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

# Starts the server on free ports and sets TEST_SERVER.
start_server() {
  dotnet "$server" serve --data "$work/data" --grpc-port 0 --http-port 0 --ready-file "$work/ready" >"$work/server.log" 2>&1 &
  server_pid=$!
  for _ in $(seq 600); do
    if [ -s "$work/ready" ]; then
      TEST_SERVER="127.0.0.1:$(sed -n 's/.*"grpc[^"]*": *\([0-9]*\).*/\1/ip' "$work/ready")"
      export TEST_SERVER
      return 0
    fi
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "the server did not become ready:"
  cat "$work/server.log"
  server_pid=""
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

python="$(find_python)"
if ! start_server; then failed=$((failed + 1)); fi

if [ -z "$python" ]; then
  echo "left out: Python client (no python3 that has grpcio, protobuf and numpy; Debian: python3-grpcio python3-protobuf python3-numpy)"
elif ! why=$(cd clients/python && "$python" -c 'import vectorsearch' 2>&1); then
  echo "left out: Python client (${why##*$'\n'})"
else
  test_python "$python"
fi

if ! command -v npm >/dev/null; then
  echo "left out: Node client (no node with npm)"
elif [ ! -d clients/node/node_modules/@grpc/grpc-js ]; then
  echo "left out: Node client (its packages are missing; npm ci --prefix clients/node)"
else
  test_node
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
