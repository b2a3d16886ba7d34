#!/bin/bash
# Text classification and word vectors beside fastText (Debian's package "fasttext"): the same files, dimension, epochs and
# threads, each from files to a measured model by five seeds, on a machine with nothing else to do.
#   benchmarks/learn/beside_fasttext.sh TEXTS WORK [--words ANALOGIES SIMILARITY…]
# TEXTS is the folder that prepare.py made, WORK gets the models. VECTORSEARCH names the program. Ends with one JSON line a run.
set -eu
texts=$1 work=$2
shift 2
program=${VECTORSEARCH:-vectorsearch}
mkdir -p "$work"

now() { date +%s.%N; }
report() { python3 -c 'import sys; s, e = map(float, sys.argv[3:5]); print("{\"set\": \"%s\", \"by\": \"%s\", \"seconds\": %.2f, \"accuracy\": %s, \"train_seconds\": %s}" % (sys.argv[1], sys.argv[2], e - s, sys.argv[5], sys.argv[6]))' "$@"; }
field() { python3 -c 'import json, sys; line = json.loads(sys.stdin.read().strip().splitlines()[-1]); print(eval("line" + sys.argv[1]))' "$1"; }

theirs() { # set, epochs, seed
  begin=$(now)
  fasttext supervised -input "$texts/$1-train.ft" -output "$work/$1" -dim 100 -lr 0.5 -epoch "$2" -wordNgrams 2 -bucket 200000 -minCount 1 -thread 1 -seed "$3" -verbose 0
  trained=$(now)
  accuracy=$(fasttext test "$work/$1.bin" "$texts/$1-test.ft" | awk '$1 == "P@1" {print $2}')
  report "$1" fasttext "$begin" "$(now)" "$accuracy" "$(python3 -c "print($trained - $begin)")"
}

ours() { # set, epochs, name, seed, settings…
  set_name=$1 epochs=$2 by=$3 seed=$4
  shift 4
  begin=$(now)
  line=$("$program" learn text --train "$texts/$set_name-train.tsv" --test "$texts/$set_name-test.tsv" --dim 100 --epochs "$epochs" --threads 1 --seed "$seed" "$@" --json 2>/dev/null)
  end=$(now)
  report "$set_name" "$by" "$begin" "$end" "$(echo "$line" | field '["metrics"]["accuracy"]')" "$(echo "$line" | field '["train_seconds"]')"
}

bigrams="--set word-ngrams=2 --set min-chars=0 --set max-chars=0"
if [ "${1:-}" != --words ]; then
  for seed in 1 2 3 4 5; do
    for name in mr r8 trec; do
      theirs $name 10 $seed
      ours $name 10 bigrams $seed $bigrams
      [ $seed -gt 1 ] || ours $name 10 defaults $seed
    done
    theirs 20ng 5 $seed
    ours 20ng 5 bigrams $seed $bigrams --set learning-rate=0.2 --set idf-power=1.5
  done
  exit 0
fi
analogies=$2
shift 2
begin=$(now)
fasttext skipgram -input "$texts/corpus.txt" -output "$work/words" -dim 100 -epoch 5 -minCount 5 -thread 1 -verbose 0
echo "{\"set\": \"corpus\", \"by\": \"fasttext\", \"seconds\": $(python3 -c "print(round($(now) - $begin, 1))")}"
"$program" learn text --method skipgram --train "$texts/corpus.txt" --dim 100 --epochs 5 --threads 1 --beside "$work/words.vec" \
  --analogies "$analogies" --similarity "$@" --out "$work/words.vsmodel" --json
