#!/usr/bin/env python3
"""Draws a sample again from an unpacked bag with the standard library alone, from the method's words and not from its code.

  redraw.py BAG SAMPLE.json

Reads what `poolproof sample --json` printed, takes nothing from it but the wish (value, sizes wanted), and compares everything else.
Sizes are computed with exact fractions. Exits 1 with what differs.
"""
import csv, hashlib, json, pathlib, sys
from fractions import Fraction
from math import comb

bag, said = pathlib.Path(sys.argv[1]), json.load(open(sys.argv[2]))
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
evidence = json.loads((bag / "data/evidence.json").read_bytes())
population = (bag / "data/population.csv").read_bytes()
assert said["source"]["population_sha256"] == hashlib.sha256(population).hexdigest(), "population.csv"
rows = list(csv.DictReader(population.decode().splitlines()))
value = said["sample_seed"] or ""
assert said["self_selected"] == (not value), "self_selected"


def size(users, confidence, tolerable, expected):
    deviating = -((-tolerable * users) // 100)
    if expected >= deviating:
        return users
    risk = (100 - confidence) / 100
    for n in range(users + 1):
        few = sum(comb(deviating, j) * comb(users - deviating, n - j) for j in range(min(expected, n) + 1))
        if Fraction(few, comb(users, n)) <= risk:
            return n


assert said["pools"], "no pool"
for pool in said["pools"]:
    counts = ("enrolled", "derived", "not-enrolled", "indeterminate", "not-asked", "unread")
    users = [r for r in rows if r["pool"] == pool["pool"] and (said["population"] == "all" or r["factor_state"] in counts)]
    assert pool["users"] == len(users), pool["pool"]
    if not pool["drawn"]:
        continue
    seed = sha(f"poolproof-sample/1\n{evidence['run']['head_digest']}\n{pool['pool']}\n{value}\n")
    assert pool["seed"] == seed, "seed"
    wish = pool["size"]
    if wish["confidence_percent"] is not None:
        fraction = lambda name: Fraction(str(wish[name]))
        n = size(len(users), fraction("confidence_percent"), fraction("tolerable_percent"), wish["expected_deviations"])
        assert wish["n"] == n, f"size {wish['n']} instead of {n}"
    n = wish["n"]
    strata = {}
    for r in users:
        strata.setdefault(f"{r['status']}/{r['privileged']}", []).append((sha(f"{seed} {r['user']}"), r["user"]))
    names = sorted(strata)
    take = {s: n * len(strata[s]) // len(users) for s in names}
    by_rest = sorted(names, key=lambda s: (-(n * len(strata[s]) % len(users)), s))
    for s in by_rest[: n - sum(take.values())]:
        take[s] += 1
    drawn = [user for s in names for _, user in sorted(strata[s])[: max(take[s], 1)]]
    assert [u["user"] for u in pool["sample"]] == drawn, f"{pool['pool']}: {drawn}"
print(sum(len(p["sample"]) for p in said["pools"]), "users drawn again")
