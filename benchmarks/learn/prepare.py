"""Brings public data sets to the files that `vectorsearch learn` reads.

    python3 benchmarks/learn/prepare.py DATA OUT [part ...]

DATA has one folder a set, as their publishers give them (see docs/learning-text-sound.md); OUT is made. Parts: mnist, emoji,
spoken, triple, texts, news, words, prices. Nothing but Python's standard library is used, and nothing is drawn at random without a
fixed seed, so everyone gets the same files.
"""
import csv
import gzip
import io
import os
import random
import struct
import sys
import tarfile

LANGUAGES = ["en", "de", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"]
SPEAKERS = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def write(data, *path):
    file = os.path.join(*path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "wb") as out:
        out.write(data)


def table(header, rows, *path):
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    write(text.getvalue().encode(), *path)


def idx(values, *sizes):
    return struct.pack(">BBBB", 0, 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}i", *sizes) + bytes(values)


def mnist(data, out):
    """Training pictures 0 to 49,999 to learn from and 50,000 to 59,999 to tune on; all of training; test."""
    pictures = b"".join(read(data, "mnist", f"train-images-part{n}-idx3-ubyte.gz")[16:] for n in range(3))
    labels = read(data, "mnist", "train-labels-idx1-ubyte.gz")[8:]
    for name, first, last in (("fit", 0, 50000), ("valid", 50000, 60000), ("train", 0, 60000)):
        write(idx(pictures[784 * first:784 * last], last - first, 28, 28), out, "mnist", f"{name}-images-idx3-ubyte")
        write(idx(labels[first:last], last - first), out, "mnist", f"{name}-labels-idx1-ubyte")
    write(read(data, "mnist", "t10k-images-idx3-ubyte.gz"), out, "mnist", "test-images-idx3-ubyte")
    write(read(data, "mnist", "t10k-labels-idx1-ubyte.gz"), out, "mnist", "test-labels-idx1-ubyte")


def emoji_words(data):
    """(index, language) -> label and keywords."""
    words = {}
    rows = read(data, "emoji", "emoji.tsv").decode().splitlines()
    for row in rows[1:]:
        cell = row.split("\t")
        words[int(cell[0]), "en"] = f"{cell[6]} {cell[7].replace('_', ' ')}".strip()
    for row in read(data, "emoji", "labels-multilingual.tsv.gz").decode().splitlines()[1:]:
        cell = row.split("\t") + [""]
        if cell[1] in LANGUAGES:
            words[int(cell[0]), cell[1]] = f"{cell[2]} {cell[3].replace('_', ' ')}".strip()
    return words, len(rows) - 1


def emoji(data, out):
    """design: learn on one design, test on the other; emoji: a fifth held out whole; each in English and in ten languages."""
    words, count = emoji_words(data)
    for design in ("google", "twitter"):
        write(idx(read(data, "emoji", f"{design}32.rgb.gz"), count, 32, 32, 3), out, "emoji", f"{design}.idx")
    order = list(range(count))
    random.Random(1).shuffle(order)
    held = set(order[:count // 5])
    fit = {n for n in order if n not in set(order[:2 * count // 5])}

    def rows(designs, keep, languages):
        return [(n, language, words[n, language], f"{design}.idx#{n}") for n in range(count) if keep(n)
                for language in languages if (n, language) in words for design in designs]

    header = ("group", "part", "text", "image")
    for name, languages in (("en", ["en"]), ("ten", LANGUAGES)):
        both = ("google", "twitter")
        table(header, rows(("google",), lambda n: True, languages), out, "emoji", f"design-{name}-train.csv")
        table(header, rows(("twitter",), lambda n: True, languages), out, "emoji", f"design-{name}-test.csv")
        table(header, rows(both, lambda n: n in fit, languages), out, "emoji", f"emoji-{name}-fit.csv")
        table(header, rows(("google",), lambda n: n not in fit and n not in held, languages), out, "emoji", f"emoji-{name}-valid.csv")
        table(header, rows(both, lambda n: n not in held, languages), out, "emoji", f"emoji-{name}-train.csv")
        table(header, rows(("google",), lambda n: n in held, languages), out, "emoji", f"emoji-{name}-test.csv")


def spoken(data, out):
    """The official split, and for each speaker one in which he is left out whole."""
    clips = []
    for speaker in SPEAKERS:
        with tarfile.open(fileobj=io.BytesIO(read(data, "fsdd", f"{speaker}.tar.gz"))) as tar:
            for member in tar.getmembers():
                name = os.path.basename(member.name)
                if not name.endswith(".wav"):
                    continue
                write(tar.extractfile(member).read(), out, "spoken", name)
                digit, who, number = name[:-4].split("_")
                clips.append((name, digit, who, int(number)))
    clips.sort()

    def listed(name, keep):
        table(("path", "label"), [(clip[0], clip[1]) for clip in clips if keep(clip)], out, "spoken", name)

    listed("official-train.csv", lambda clip: clip[3] >= 5)
    listed("official-test.csv", lambda clip: clip[3] < 5)
    for speaker in SPEAKERS:
        listed(f"without-{speaker}-train.csv", lambda clip: clip[2] != speaker)
        listed(f"without-{speaker}-test.csv", lambda clip: clip[2] == speaker)


def triple(data, out):
    """Words, spoken and written digits; picture and sound never in one row. Without theo, and by the official split."""
    if not os.path.exists(os.path.join(out, "spoken")):
        spoken(data, out)
    if not os.path.exists(os.path.join(out, "mnist")):
        mnist(data, out)
    chosen = ["en", "de", "fr", "es", "it", "nl", "pt", "ru", "sv", "tr", "pl", "da"]
    words = {}
    for row in read(data, "number-words", "digits.tsv").decode().splitlines()[1:]:
        language, digit, word = row.split("\t")
        if language.split("-")[0] in chosen:
            words.setdefault(digit, []).append(word)
    labels = {name: read(out, "mnist", f"{name}-labels-idx1-ubyte")[8:] for name in ("train", "test")}
    clips = sorted(name for name in os.listdir(os.path.join(out, "spoken")) if name.endswith(".wav"))
    draw = random.Random(1)

    def rows(part, pictures, sounds):
        found = [(str(labels[part][n]), draw.choice(words[str(labels[part][n])]), f"mnist/{part}-images-idx3-ubyte#{n}", "") for n in range(pictures)]
        return found + [(name[0], draw.choice(words[name[0]]), "", f"spoken/{name}") for name in sounds]

    header = ("group", "text", "image", "audio")
    number = {name: int(name[:-4].split("_")[2]) for name in clips}
    table(header, rows("train", 6000, [name for name in clips if number[name] >= 5]), out, "triple-official-train.csv")
    table(header, rows("test", 1000, [name for name in clips if number[name] < 5]), out, "triple-official-test.csv")
    for speaker in SPEAKERS:
        table(header, rows("train", 6000, [name for name in clips if speaker not in name]), out, f"triple-without-{speaker}-train.csv")
        table(header, rows("test", 1000, [name for name in clips if speaker in name]), out, f"triple-without-{speaker}-test.csv")


def labelled(data, name):
    """(label, text) of the training and of the test part of a set, with line ends undone."""
    folder = os.path.join(data, name)
    for part in ("train", "test"):
        lines = []
        for file in sorted(file for file in os.listdir(folder) if file.startswith(part)):
            # Not splitlines(): it also cuts at form feeds and other signs that texts contain.
            for line in filter(None, read(folder, file).decode().split("\n")):
                cell = line.split("\t")
                text = cell[-1].replace("\\n", " ").replace("\\t", " ").replace("\\\\", "\\")
                lines.append((cell[0], " ".join(text.split())))
        yield part, lines


def tokens(text):
    """Words and signs apart and in lower case: fastText cuts at spaces only."""
    cut = []
    for letter in text.lower():
        cut.append(letter if letter.isalnum() or letter.isspace() else f" {letter} ")
    return " ".join("".join(cut).split())


def texts(data, out):
    """The same shuffled texts as `label<TAB>text` and as fastText reads them, cut into tokens as ours are."""
    for name in ("r8", "mr", "trec", "20ng"):
        for part, lines in labelled(data, name):
            random.Random(1).shuffle(lines)
            write("".join(f"{label}\t{tokens(text)}\n" for label, text in lines if tokens(text)).encode(), out, "texts", f"{name}-{part}.tsv")
            write("".join(f"__label__{label} {tokens(text)}\n" for label, text in lines if tokens(text)).encode(), out, "texts", f"{name}-{part}.ft")


def news(data, out):
    """Short news in four classes: 3,800 to learn from, 3,800 to test on."""
    rows = list(csv.reader(io.StringIO(read(data, "ag-news-test", "test.csv.gz").decode())))
    random.Random(1).shuffle(rows)
    lines = ["{}\t{}\n".format(row[0], " ".join(" ".join(row[1:]).replace("\\", " ").split())) for row in rows]
    write("".join(lines[:3800]).encode(), out, "texts", "news-train.tsv")
    write("".join(lines[3800:]).encode(), out, "texts", "news-test.tsv")


def words(data, out):
    """Running text for word vectors: the bodies of both parts of 20 Newsgroups, cut into tokens, a passage a line."""
    with open(os.path.join(out, "texts", "corpus.txt"), "w", encoding="utf-8") as file:
        for _, lines in labelled(data, "20ng"):
            for _, text in lines:
                file.write(tokens(text) + "\n")


def prices(data, out):
    """Listings as they are, and ads of houses in which a place that is not known is an empty cell and not the word nan."""
    write(read(data, "airbnb-dc", "listings.csv.gz"), out, "prices", "listings.csv")
    header, *rows = csv.reader(io.StringIO(read(data, "house-ads-vn", "ads.csv.gz").decode(), newline=""))
    table(header, [["" if cell == "nan" else cell for cell in row] for row in rows], out, "prices", "ads.csv")


PARTS = {part.__name__: part for part in (mnist, emoji, spoken, triple, texts, news, words, prices)}

if __name__ == "__main__":
    if len(sys.argv) < 3 or any(name not in PARTS for name in sys.argv[3:]):
        sys.exit(__doc__)
    for name in sys.argv[3:] or PARTS:
        os.makedirs(os.path.join(sys.argv[2], "texts"), exist_ok=True)
        PARTS[name](sys.argv[1], sys.argv[2])
        print(name, "done")
