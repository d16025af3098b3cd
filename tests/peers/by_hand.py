#!/usr/bin/env python3
"""Runs the blocks of commands of a bundle's data/VERIFY.md as they stand, each in a shell of its own in the unpacked bag.

  by_hand.py BAG FINGERPRINT [--fails NUMBER] [--says TEXT]...

Each must succeed, and leave the bag as it was. With --fails the block of that number (from 1) must be the first that fails. Each TEXT must
be printed by one of them. TSA_CA is passed on. Exits 1 otherwise, with what was printed.
"""
import hashlib, os, pathlib, re, subprocess, sys

bag, fingerprint, rest = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
options = list(zip(rest[::2], rest[1::2]))
fails = next((int(v) for k, v in options if k == "--fails"), None)
blocks = re.findall(r"^```sh\n(.*?)^```$", (bag / "data/VERIFY.md").read_text(), re.S | re.M)
assert len(blocks) >= 7, f"{len(blocks)} blocks"


def state():
    return {str(p.relative_to(bag)): hashlib.sha256(p.read_bytes()).hexdigest() for p in bag.rglob("*") if p.is_file()}


before, said = state(), ""
for number, block in enumerate(blocks, 1):
    # As a person pastes it: no `-e` around it.
    done = subprocess.run(["sh", "-c", block], cwd=bag, env=os.environ | {"FINGERPRINT": fingerprint}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said += f"--- block {number}: {done.returncode}\n{done.stdout}\n"
    if done.returncode != 0 and fails == number:
        sys.exit("it failed, but says OK" if "\nOK" in f"\n{done.stdout}" else 0)
    if done.returncode != 0:
        sys.exit(f"block {number} failed:\n{block}\n{said}")
    last = done.stdout.strip().splitlines()[-1]
    if "( set -e" in block and not last.startswith(("OK ", "NOT CHECKED ")):
        sys.exit(f"block {number} does not say how it ended:\n{said}")
if fails is not None:
    sys.exit(f"block {fails} should have failed:\n{said}")
if state() != before:
    sys.exit("the commands left something in the bag")
for wanted in [v for k, v in options if k == "--says"]:
    if wanted not in said:
        sys.exit(f"nothing says {wanted!r}:\n{said}")
print(said)
