#!/usr/bin/env bash
# Measures Garnet's vector sets and Chroma on the files that it is given; what `vectorsearch bench server --peers` calls.
#
#   run.sh --base F --queries F --truth F --seconds S --connections 1,8,64
#
# Installs both into $PEERS_HOME (default ./peers-home) the first time, starts them, loads the rows (minutes to an hour of
# processor time; kept running if PEERS_KEEP=1 and then used again), and prints one JSON line for each.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
home="${PEERS_HOME:-./peers-home}"
garnet_port="${GARNET_PORT:-7401}" chroma_port="${CHROMA_PORT:-7402}"
degree=32 chroma_degree=16 chroma_ef="${CHROMA_EF:-200}"

mkdir -p "$home"
[ -x "$home/garnet/garnet-server" ] || dotnet tool install garnet-server --version 2.2.8 --tool-path "$home/garnet" >&2
[ -d "$home/chroma/node_modules/chromadb" ] || npm install --prefix "$home/chroma" chromadb@3.0.9 chromadb-js-bindings-linux-x64-gnu@1.0.3 >&2
[ -f "$home/bench/VectorSearch.PeerBench.dll" ] || dotnet build -c Release "$here" -o "$home/bench" >&2
bench() { dotnet "$home/bench/VectorSearch.PeerBench.dll" "$@"; }
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

started=()
trap '[ "${PEERS_KEEP:-}" = 1 ] || for pid in "${started[@]}"; do kill "$pid"; done' EXIT
start() { # PORT COMMAND…
  local port="$1"
  shift
  "$@" > "$home/$port.log" 2>&1 &
  started+=($!)
  for _ in $(seq 300); do
    if listens "$port"; then return; fi
    sleep 0.2
  done
  echo "nothing listens on port $port; see $home/$port.log" >&2
  exit 1
}

if ! listens "$garnet_port"; then
  start "$garnet_port" "$home/garnet/garnet-server" --bind 127.0.0.1 --port "$garnet_port" -m 4g --enable-vector-set-preview
  bench load garnet "$garnet_port" "$@" --degree $degree
fi
bench measure garnet "$garnet_port" "$@"
if ! listens "$chroma_port"; then
  rm -rf "$home/chroma-data"
  start "$chroma_port" "$home/chroma/node_modules/.bin/chroma" run --path "$home/chroma-data" --port "$chroma_port"
  bench load chroma "$chroma_port" "$@" --degree $chroma_degree --ef "$chroma_ef"
fi
bench measure chroma "$chroma_port" "$@" --ef "$chroma_ef"
