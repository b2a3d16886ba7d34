#!/usr/bin/env python3
"""Runs vectorsearch, hnswlib and FAISS on the same files in turn and draws recall against queries a CPU second.

    g++ -O3 -march=native -std=c++17 -pthread hnswlib_bench.cpp -o hnswlib_bench
    g++ -O3 -march=native -std=c++17 faiss_bench.cpp -o faiss_bench -lfaiss -lopenblas -pthread   # optional
    python3 compare.py --data FOLDER --vectorsearch "dotnet PATH/vectorsearch.dll" --passes 3 --svg out.svg

FOLDER holds base.fbin, query.fbin and gt.ibin. Indexes are kept under --work between runs. Each pass runs every library
once, one after another, so that what else the machine does falls on all of them; ratios are taken within a pass and the
median over passes is reported.
"""
import argparse
import json
import math
import os
import shlex
import statistics
import subprocess
from xml.sax.saxutils import escape

LEVELS = (0.9, 0.95, 0.99, 0.999)


def main():
    args = parse()
    os.makedirs(args.work, exist_ok=True)
    passes = []
    for number in range(1, args.passes + 1):
        curves = {"vectorsearch": run_vectorsearch(args), "hnswlib": run_driver(args, "hnswlib", [])}
        for factory in args.faiss:
            curves["faiss " + factory] = run_driver(args, "faiss", ["--factory", factory])
        passes.append(curves)
        print(f"pass {number}: " + ", ".join(curves))
    report(passes)
    if args.svg:
        with open(args.svg, "w", encoding="utf-8") as file:
            file.write(draw(passes[-1], os.path.basename(os.path.normpath(args.data))))


def parse():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True, help="folder with base.fbin, query.fbin, gt.ibin")
    p.add_argument("--metric", default="l2", choices=("l2", "cosine", "dot"))
    p.add_argument("--vectorsearch", default="vectorsearch", help="how to start the command line tool")
    p.add_argument("--kind", default="sealed", choices=("sealed", "mutable"), help="which form of vectorsearch")
    p.add_argument("--arguments", default="", help="further options of bench ann, such as '--memory codes'")
    p.add_argument("--drivers", default=here, help="folder of the compiled drivers")
    p.add_argument("--faiss", action="append", default=[], help="a FAISS factory string; may be repeated")
    p.add_argument("--work", default="./compare-work", help="folder for built indexes")
    p.add_argument("--passes", type=int, default=3)
    p.add_argument("--svg", help="where to draw the curves of the last pass")
    return p.parse_args()


def run_vectorsearch(args):
    name = os.path.basename(os.path.normpath(args.data)) + args.arguments.replace(" ", "") + ".sealed"
    command = shlex.split(args.vectorsearch) + [
        "bench", "ann", "--base", f"{args.data}/base.fbin", "--queries", f"{args.data}/query.fbin",
        "--truth", f"{args.data}/gt.ibin", "--metric", args.metric, "--kind", args.kind, "--json"] + shlex.split(args.arguments)
    if args.kind == "sealed":
        command += ["--index", os.path.join(args.work, name)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    last = json.loads(output.strip().splitlines()[-1])
    return [(point["recall"], point["qps_cpu"]) for point in last["curve"]]


def run_driver(args, library, extra):
    name = os.path.basename(os.path.normpath(args.data)) + "-" + "".join(c if c.isalnum() else "-" for c in "".join(extra))
    command = [os.path.join(args.drivers, library + "_bench"), "--data", args.data, "--queries", "1000000", "--count", "0",
               "--index", os.path.join(args.work, name + "." + library)] + extra
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split(",") for line in output.splitlines() if line.startswith("RUN,")]
    # The configuration may hold commas (a FAISS factory string), so fields are counted from the end.
    return [(float(row[-3]), float(row[-2])) for row in rows]


def envelope(curve):
    """Points that no other beats in both recall and speed, by rising recall."""
    kept = []
    for recall, speed in sorted(curve, reverse=True):
        if not kept or speed > kept[-1][1]:
            kept.append((recall, speed))
    return kept[::-1]


def at(curve, level):
    """Speed at a recall, interpolated in its logarithm; None where it is not reached."""
    points = envelope(curve)
    if not points or points[-1][0] < level:
        return None
    if points[0][0] >= level:
        return points[0][1]
    above = next(i for i, point in enumerate(points) if point[0] >= level)
    (r0, s0), (r1, s1) = points[above - 1], points[above]
    share = (level - r0) / (r1 - r0)
    return math.exp((1 - share) * math.log(s0) + share * math.log(s1))


def report(passes):
    print(f"{'library':40}" + "".join(f"{'@' + str(level):>20}" for level in LEVELS))
    for library in passes[0]:
        cells = []
        for level in LEVELS:
            pairs = [(at(run[library], level), at(run["hnswlib"], level)) for run in passes]
            speeds = [mine for mine, _ in pairs if mine]
            ratios = [mine / other for mine, other in pairs if mine and other]
            speed = f"{statistics.median(speeds):,.0f}" if len(speeds) == len(passes) else "not reached"
            cells.append(f"{speed} ({statistics.median(ratios):.2f}x)" if ratios else speed)
        print(f"{library:40}" + "".join(f"{cell:>20}" for cell in cells))


COLOURS = ("#b83227", "#3d4b5c", "#2471a3", "#1e8449", "#7d3c98")
LEAST_RECALL, MOST_RECALL = 0.8, 0.9995


def draw(curves, title):
    """Recall on a scale of nines, speed on a logarithmic one; each curve is named at its right end."""
    width, height, left, top, right, bottom = 940, 500, 76, 70, 260, 60
    shown = {name: [point for point in envelope(curve) if LEAST_RECALL <= point[0]] for name, curve in curves.items()}
    shown = {name: curve for name, curve in shown.items() if curve}
    speeds = [speed for curve in shown.values() for _, speed in curve]
    low, high = math.log10(min(speeds) / 1.15), math.log10(max(speeds) * 1.15)

    def nines(recall):
        return -math.log10(1 - min(recall, MOST_RECALL))

    def x(recall):
        return left + (nines(recall) - nines(LEAST_RECALL)) / (nines(MOST_RECALL) - nines(LEAST_RECALL)) * (width - left - right)

    def y(speed):
        return height - bottom - (math.log10(speed) - low) / (high - low) * (height - top - bottom)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#333">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="28" font-size="18" font-weight="bold">{escape(title)}</text>',
           f'<text x="{left}" y="50" fill="#666">recall@10 against queries a CPU second, one thread; FAISS is given all queries in one call, the others one a call</text>']
    for level in (0.8, 0.9, 0.95, 0.98, 0.99, 0.999):
        out.append(f'<path d="M{x(level):.1f} {top}V{height - bottom}" stroke="#e4e4e4"/>'
                   f'<text x="{x(level):.1f}" y="{height - bottom + 20}" text-anchor="middle">{level}</text>')
    for tick in range(math.floor(low), math.ceil(high) + 1):
        for digit in (1, 2, 5):
            if low <= math.log10(digit) + tick <= high:
                at_y = y(digit * 10.0 ** tick)
                out.append(f'<path d="M{left} {at_y:.1f}H{width - right}" stroke="#e4e4e4"/>'
                           f'<text x="{left - 8}" y="{at_y + 4.5:.1f}" text-anchor="end">{digit * 10 ** tick:,.0f}</text>')
    out.append(f'<path d="M{left} {top}V{height - bottom}H{width - right}" fill="none" stroke="#888"/>'
               f'<text x="{(left + width - right) / 2}" y="{height - 16}" text-anchor="middle">recall@10</text>')
    labels = spread([(y(curve[-1][1]), name) for name, curve in shown.items()], gap=17)
    for i, (name, curve) in enumerate(shown.items()):
        colour = COLOURS[i % len(COLOURS)]
        points = [(x(recall), y(speed)) for recall, speed in curve]
        end_x, end_y = points[-1]
        out.append('<polyline points="' + " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
                   + f'" fill="none" stroke="{colour}" stroke-width="2.2" stroke-linejoin="round"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.6" fill="{colour}"/>' for px, py in points]
        out.append(f'<path d="M{end_x + 4:.1f} {end_y:.1f}L{width - right + 8} {labels[name]:.1f}" stroke="{colour}" stroke-width="0.8" opacity="0.6"/>'
                   f'<text x="{width - right + 12}" y="{labels[name] + 4.5:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def spread(wanted, gap):
    """Heights of labels, as near as may be to the wanted ones and a gap apart."""
    placed, last = {}, -math.inf
    for height, name in sorted(wanted):
        last = max(height, last + gap)
        placed[name] = last
    return placed


if __name__ == "__main__":
    main()
