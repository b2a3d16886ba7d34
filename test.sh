#!/usr/bin/env bash
# Builds everything and runs every test that this machine can run. The last line is "N passed, N failed".
#
#   ./test.sh          the reduced form, a few minutes on two cores
#   ./test.sh --full   the long forms (sets VECTORSEARCH_FULL=1)
#
# A .NET SDK is enough. What needs more (Python, Node, Ruby …) is left out where it is missing, and said so at the end;
# with VECTORSEARCH_REQUIRE_ALL=1 each thing left out counts as a failure.
#
# A suite that isn't .NET is a script that prints "left out: WHAT (WHY)" for what it could not run, and whose last line
# is "N passed, N failed" or "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")"

suites=(tests/interop/run.sh clients/run.sh)
results="$PWD/artifacts/test-results"
passed=0 failed=0 skipped=0
left_out=()
failures=()

usage() {
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"
}

for argument in "$@"; do
  case "$argument" in
    --full) export VECTORSEARCH_FULL=1 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "test.sh: unknown argument '$argument'; expected --full or --help" >&2; exit 2 ;;
  esac
done

fail() {
  failures+=("$1")
  failed=$((failed + 1))
}

# The number in attribute $2 of the trx file $1's only Counters element. A skipped test is in total and not in executed.
counter() {
  sed -n 's/.*<Counters.* '"$2"'="\([0-9]*\)".*/\1/p' "$1" | head -n 1
}

# Every project under tests/ that doesn't say IsTestProject=false; one that can't be read is run, and so fails.
test_projects() {
  sed -n 's/^Project(.*"\([^"]*\.csproj\)".*/\1/p' VectorSearch.sln | tr '\\' '/' | sort | while read -r project; do
    case "$project" in
      tests/*) [ "$(dotnet msbuild "$project" -getProperty:IsTestProject 2>/dev/null)" = false ] || echo "$project" ;;
    esac
  done
}

run_dotnet() {
  local project="$1" name trx code total executed ok bad
  name="$(basename "$project" .csproj)"
  trx="$results/$name.trx"
  printf '\n== %s\n' "$name"
  dotnet test "$project" -c Release --no-build --nologo --logger "trx;LogFileName=$name.trx" \
    --results-directory "$results" --blame-hang-timeout 20m --blame-hang-dump-type none </dev/null
  code=$?
  if [ ! -f "$trx" ]; then
    fail "$name: no result file, exit code $code"
    return
  fi
  total=$(counter "$trx" total) executed=$(counter "$trx" executed)
  ok=$(counter "$trx" passed) bad=$(counter "$trx" failed)
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - executed))
  if [ "$bad" -gt 0 ]; then
    failures+=("$name: $bad of $total")
  elif [ "$code" -ne 0 ]; then
    fail "$name: the test run broke off, exit code $code"
  elif [ "$total" -eq 0 ]; then
    left_out+=("$name (it has no tests)")
  fi
}

run_suite() {
  local suite="$1" log code tally line ok bad
  log="$results/$(echo "$suite" | tr '/' '-').log"
  printf '\n== %s\n' "$suite"
  bash "$suite" </dev/null 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  while IFS= read -r line; do left_out+=("${line#*: }"); done < <(grep -i '^left out: ' "$log")
  tally=$(tail -n 1 "$log" | grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$')
  if [ -z "$tally" ]; then
    fail "$suite: broke off before its tally, exit code $code"
    return
  fi
  set -- $tally
  ok=$1 bad=$3
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + ${5:-0}))
  if [ "$bad" -gt 0 ]; then
    failures+=("$suite: $bad of $((ok + bad))")
  elif [ "$code" -ne 0 ]; then
    fail "$suite: exit code $code"
  fi
}

summary() {
  local line
  printf '\n== Summary (%d min %02d s)\n' $((SECONDS / 60)) $((SECONDS % 60))
  if [ "${#left_out[@]}" -gt 0 ]; then
    for line in "${left_out[@]}"; do echo "left out: $line"; done
    if [ "${VECTORSEARCH_REQUIRE_ALL:-}" = 1 ]; then
      echo "VECTORSEARCH_REQUIRE_ALL=1: each of these counts as a failure"
      failed=$((failed + ${#left_out[@]}))
    fi
  else
    echo "nothing was left out"
  fi
  if [ "${#failures[@]}" -gt 0 ]; then
    for line in "${failures[@]}"; do echo "failed: $line"; done
  fi
  if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  [ "$failed" -eq 0 ]
}

rm -rf "$results"
mkdir -p "$results"

echo "== Build"
if ! dotnet build VectorSearch.sln -c Release -m -nologo -v minimal -clp:"ErrorsOnly;Summary" </dev/null; then
  fail "the solution does not build"
  summary
  exit 1
fi

for project in $(test_projects); do run_dotnet "$project"; done
for suite in "${suites[@]}"; do
  if [ -f "$suite" ]; then run_suite "$suite"; fi
done
[ $((passed + failed)) -gt 0 ] || fail "no test ran"
summary
