#!/usr/bin/env bash
# gRPC's interop cases against our server, by the gRPC libraries of other languages. Prints a table case x client and ends
# with "N passed, N failed". A language that is missing is left out by name; under CI=true that is a failure.
#
# What it needs: Node with npm, and the Debian packages of debian-packages.txt beside this file.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${INTEROP_WORK:-$root/artifacts/interop}
protos=$root/protos
server=$root/tests/VectorSearch.Interop.Server
results=$work/results
python=${PYTHON:-/usr/bin/python3}
cases=(empty_unary large_unary client_compressed_unary server_compressed_unary client_streaming client_compressed_streaming
  server_streaming server_compressed_streaming ping_pong empty_stream custom_metadata status_code_and_message
  special_status_message unimplemented_method unimplemented_service cancel_after_begin cancel_after_first_response
  timeout_on_sleeping_server health_check health_watch reflection_v1 reflection_v1alpha)
clients=(python node ruby c++ frames go java connect grpc-web)
left_out=()

mkdir -p "$work" && rm -rf "$results" && mkdir -p "$results"

# Notes why a client cannot run.
leave_out() { left_out+=("$1: $2"); }

# has CLIENT COMMAND...: true if every command is there.
has() {
  local client=$1 command
  shift
  for command in "$@"; do
    command -v "$command" > /dev/null || { leave_out "$client" "no $command"; return 1; }
  done
}

# generate CLIENT PLUGIN-ARGUMENTS...: runs protoc for the testing protos, and all others for Python.
generate() {
  local out=$work/$1
  shift
  mkdir -p "$out" && protoc -I"$protos" "$@" "$protos"/grpc/testing/*.proto
}

# built PROJECT DLL: builds a project of ours unless it is there.
built() {
  [ -f "$2" ] || dotnet build -c Release "$1" > "$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
}

start_server() {
  local dll=$server/bin/Release/net10.0/VectorSearch.Interop.Server.dll
  built "$server" "$dll"
  dotnet "$dll" > "$work/server.log" 2>&1 &
  server_pid=$!
  trap 'kill "$server_pid" 2> /dev/null; wait "$server_pid" 2> /dev/null' EXIT
  for _ in $(seq 300); do
    read -r port http_port < <(sed -n 's/^listening on \([0-9]*\), http on \([0-9]*\)$/\1 \2/p' "$work/server.log")
    [ -n "${port:-}" ] && return
    sleep 0.1
  done
  echo "The interop server did not start:" && cat "$work/server.log" && exit 1
}

run_python() {
  has python "$python" protoc grpc_python_plugin || return
  "$python" -c 'import grpc, google.protobuf' 2> /dev/null || { leave_out python "no python3-grpcio"; return; }
  generate python --python_out="$work/python" --grpc_python_out="$work/python" \
    --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" "$protos"/grpc/{health,reflection}/*/*.proto || return
  export INTEROP_GENERATED=$work/python
  timeout 120 "$python" "$here/python/client.py" "$port" > "$results/python"
  timeout 60 "$python" "$here/python/discover.py" "$port" >> "$results/python"
  "$python" -c 'import h2' 2> /dev/null || { leave_out frames "no python3-h2"; return; }
  timeout 60 "$python" "$here/python/frames.py" "$port" > "$results/frames"
}

run_node() {
  has node node npm || return
  mkdir -p "$work/node" && cp "$here/node/package.json" "$work/node/"
  (cd "$work/node" && npm install --no-audit --no-fund --silent > npm.log 2>&1) || { leave_out node "npm install failed"; return; }
  NODE_PATH=$work/node/node_modules timeout 120 node "$here/node/client.js" "$port" "$protos" > "$results/node"
  has connect protoc || return
  protoc -I"$protos" --include_imports --descriptor_set_out="$work/node/descriptors" "$protos"/grpc/testing/*.proto || return
  local protocol
  for protocol in connect grpc-web; do
    NODE_PATH=$work/node/node_modules timeout 120 node "$here/node/connect.js" "$http_port" "$work/node/descriptors" "$protocol" > "$results/$protocol"
  done
}

# The official client of the library, as Debian ships it: it ends with 0 or it does not.
run_ruby() {
  has ruby ruby || return
  local client
  client=$(find /usr/lib /usr/share /var/lib/gems -path '*grpc-*/src/ruby/pb/test/client.rb' 2> /dev/null | head -1)
  [ -n "$client" ] || { leave_out ruby "no ruby-grpc"; return; }
  local case
  for case in empty_unary large_unary client_compressed_unary client_streaming client_compressed_streaming server_streaming \
    ping_pong empty_stream custom_metadata status_code_and_message unimplemented_method unimplemented_service \
    cancel_after_begin cancel_after_first_response timeout_on_sleeping_server; do
    if timeout 60 ruby "$client" --server_host=127.0.0.1 --server_port="$port" --test_case="$case" > "$work/ruby.log" 2>&1; then
      echo "$case ok"
    else
      echo "$case FAIL $(tail -1 "$work/ruby.log")"
    fi
  done > "$results/ruby"
}

run_cpp() {
  has c++ g++ pkg-config protoc grpc_cpp_plugin || return
  pkg-config --exists grpc++ || { leave_out c++ "no libgrpc++-dev"; return; }
  if [ ! -x "$work/cpp/client" ] || [ "$here/cpp/client.cc" -nt "$work/cpp/client" ]; then
    generate cpp --cpp_out="$work/cpp" --grpc_out="$work/cpp" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" || return
    g++ -std=c++17 -O0 -I"$work/cpp" "$here/cpp/client.cc" "$work"/cpp/grpc/testing/*.cc -o "$work/cpp/client" \
      $(pkg-config --cflags --libs grpc++ protobuf) > "$work/cpp/build.log" 2>&1 || { leave_out c++ "does not compile: see $work/cpp/build.log"; return; }
  fi
  timeout 60 "$work/cpp/client" "$port" > "$results/c++"
}

run_go() {
  has go go protoc protoc-gen-go || return
  [ -d /usr/share/gocode/src/google.golang.org/grpc ] || { leave_out go "no golang-google-grpc-dev"; return; }
  local source=$work/go/src/interop
  if [ ! -x "$work/go/client" ] || [ "$here/go/main.go" -nt "$work/go/client" ]; then
    mkdir -p "$source" && cp "$here/go/main.go" "$source/"
    generate go --go_out="plugins=grpc,$(for f in test messages empty; do printf 'Mgrpc/testing/%s.proto=interop/testing,' $f; done)import_path=testing:$work/go" || return
    mkdir -p "$source/testing" && find "$work/go" -path "$work/go/src" -prune -o -name '*.pb.go' -exec cp {} "$source/testing/" \;
    (cd "$source" && GO111MODULE=off GOFLAGS= GOPATH=$work/go:/usr/share/gocode GOCACHE=$work/go/cache \
      go build -p 2 -o "$work/go/client" . > "$work/go/build.log" 2>&1) || { leave_out go "does not compile: see $work/go/build.log"; return; }
  fi
  timeout 60 "$work/go/client" "$port" > "$results/go"
}

run_java() {
  has java javac java protoc grpc_java_plugin || return
  [ -e /usr/share/java/grpc-netty.jar ] && [ -e /usr/share/java/protobuf.jar ] || { leave_out java "no libgrpc-java or libprotobuf-java"; return; }
  local classpath="/usr/share/java/*"
  if [ ! -e "$work/java/classes/Client.class" ] || [ "$here/java/Client.java" -nt "$work/java/classes/Client.class" ]; then
    generate java --java_out="$work/java" --grpc-java_out="$work/java" --plugin=protoc-gen-grpc-java="$(command -v grpc_java_plugin)" || return
    mkdir -p "$work/java/classes"
    javac -nowarn -encoding UTF-8 -cp "$classpath" -d "$work/java/classes" "$here/java/Client.java" \
      "$work"/java/grpc/testing/*.java > "$work/java/build.log" 2>&1 || { leave_out java "does not compile: see $work/java/build.log"; return; }
  fi
  timeout 60 java -cp "$work/java/classes:$classpath" Client "$port" > "$results/java" 2> "$work/java/run.log"
}

# What the server bears: attackers at the level of frames, and another client that must not notice.
run_hardening() {
  [ -d "$work/python/grpc/testing" ] && "$python" -c 'import grpc, hpack, hyperframe' 2> /dev/null \
    || { leave_out hardening "no python3-grpcio or python3-h2"; return; }
  INTEROP_GENERATED=$work/python timeout 600 "$python" "$here/hardening/hardening.py" "$port" "$server_pid" > "$results/hardening"
}

# What `vectorsearch bench attacks` sends besides, to a server of its own: calls and messages instead of frames.
run_attacks() {
  local cli=$root/src/VectorSearch.Cli seconds=5 dll name
  dll=$cli/bin/Release/net10.0/vectorsearch.dll
  [ "${VECTORSEARCH_FULL:-}" = 1 ] && seconds=30
  built "$cli" "$dll"
  local attacks=(malformed_frames oversize_messages compressed_bombs bad_metadata reset_and_return overload deadlines)
  timeout 900 dotnet "$dll" bench attacks --seconds "$seconds" --only "${attacks[@]}" > "$work/attacks.log" 2>&1
  for name in "${attacks[@]}"; do
    if grep -q -e "^missed: $name:" -e "^missed: the server" "$work/attacks.log" || ! grep -q "^$name " "$work/attacks.log"; then
      echo "$name FAIL $(grep -e "^missed: " "$work/attacks.log" | head -1)"
    else
      echo "$name ok $(sed -n "s/^$name  *//p" "$work/attacks.log")"
    fi
  done > "$results/attacks"
  cat "$work/attacks.log"
}

# outcome CLIENT CASE: ok, FAIL, n/a, or nothing if the client does not have the case.
outcome() { [ -f "$results/$1" ] && awk -v name="$2" '$1 == name { print $2; exit }' "$results/$1"; }

# library CLIENT: what sent the calls of a client, with its version here.
library() {
  case $1 in
    python) "$python" -c 'import grpc; print("grpcio", grpc.__version__)' ;;
    frames) "$python" -c 'import h2; print("h2", h2.__version__, "(Python), no gRPC library")' ;;
    node) echo "@grpc/grpc-js $(node_version @grpc/grpc-js)" ;;
    connect | grpc-web) echo "@connectrpc/connect $(node_version @connectrpc/connect) over HTTP/1.1$([ "$1" = connect ] && echo ', as JSON and as protobuf')" ;;
    ruby) ruby -e 'require "grpc"; puts "grpc #{GRPC::VERSION} (Ruby), its own interop client"' ;;
    c++) echo "grpc++ $(pkg-config --modversion grpc++)" ;;
    go) echo "grpc-go $(sed -n 's/^const Version = "\(.*\)"$/\1/p' /usr/share/gocode/src/google.golang.org/grpc/version.go)" ;;
    java) echo "grpc-java $(basename "$(readlink -f /usr/share/java/grpc-netty.jar)" .jar | sed 's/.*-//')" ;;
  esac
}

node_version() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).version' "$work/node/node_modules/$1/package.json"; }

# The table as docs/wire-protocol.md has it. With every client there and another outcome, the document is wrong.
check_document() {
  local document=$root/docs/wire-protocol.md table=$work/table.md case client cell
  {
    printf '| case |' && printf ' %s |' "${clients[@]}" && echo
    printf '|---|' && printf -- '---|%.0s' "${clients[@]}" && echo
    for case in "${cases[@]}"; do
      printf '| %s |' "$case"
      for client in "${clients[@]}"; do
        cell=$(outcome "$client" "$case")
        printf ' %s |' "${cell:-.}"
      done
      echo
    done
  } > "$table"
  [ "${#left_out[@]}" -eq 0 ] || return
  if [ "$(grep -c -x -F -f "$table" "$document")" -ne "$(wc -l < "$table")" ]; then
    echo "FAILED: docs/wire-protocol.md does not have the table $table" && failed=$((failed + 1))
  fi
}

print_table() {
  local case client cell kind
  passed=0 failed=0
  printf '%-28s' case && printf '%-9s' "${clients[@]}" && echo
  for case in "${cases[@]}"; do
    printf '%-28s' "$case"
    for client in "${clients[@]}"; do
      cell=$(outcome "$client" "$case")
      case $cell in ok) passed=$((passed + 1)) ;; FAIL) failed=$((failed + 1)) ;; esac
      printf '%-9s' "${cell:-.}"
    done
    echo
  done
  for kind in hardening attacks; do
    [ -f "$results/$kind" ] || continue
    echo && sed 's/^/attack: /' "$results/$kind"
    passed=$((passed + $(grep -c ' ok ' "$results/$kind"))) failed=$((failed + $(grep -c ' FAIL ' "$results/$kind")))
  done
  echo
  echo "ok passed, FAIL failed, n/a the library cannot express it, . not a case of this client"
  for client in "${clients[@]}"; do [ -s "$results/$client" ] && echo "$client: $(library "$client")"; done
  grep -H -E ' (FAIL|n/a) ' "$results"/* | sed "s|^$results/||"
}

start_server
run_python
run_node
run_ruby
run_cpp
run_go
run_java
run_hardening
run_attacks
print_table
for client in "${clients[@]}" hardening attacks; do
  # A client that was to run and said nothing is a failure, not an empty column.
  if [ ! -s "$results/$client" ] && ! printf '%s\n' "${left_out[@]:-}" | grep -q "^$client:"; then
    echo "FAILED: $client gave no results" && failed=$((failed + 1))
  fi
done
check_document
for reason in "${left_out[@]:-}"; do [ -n "$reason" ] && echo "left out: interop ${reason%%:*} (${reason#*: })"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && { [ "${CI:-}" != true ] || [ "${#left_out[@]}" -eq 0 ]; }
