#!/usr/bin/env python3
"""Holds what cases.json wants of the page against what the program says: the page may never say more.

  as_verify.py POOLPROOF-VERIFY CASES.json

Where the page is to name a signer, step 4 passes in the program and no step of the page's fails (but 9: these cases change evidence,
and the page reads no line of the recording); where a step is to fail in the page, it fails in the program too. That the page does what cases.json wants is page.mjs's to see. Exit 1 when a case differs.
"""
import json, pathlib, subprocess, sys

program, cases = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
THE_PAGES = {1, 2, 3, 4, 5, 7, 8, 9}
compared, wrong = 0, []
for case in cases:
    # A certificate's fingerprint for the time has no option in the program; the largest and the vectors are compared elsewhere.
    if case["authority"] or not (case["trust"] or case["fingerprint"]) or case["name"].startswith(("huge", "a bomb", "a bit flipped", "vector")):
        continue
    trust = ["--trust", case["trust"][0]] if case["trust"] else ["--fingerprint", case["fingerprint"]]
    said = subprocess.run([program, case["path"], *trust, *(["--allow-rotation"] if case["rotation"] else []), "--json"], capture_output=True, text=True)
    # A trust file that the program does not take: it says nothing of the bundle.
    if said.returncode == 2:
        continue
    steps = {s["number"]: s["outcome"] for s in json.loads(said.stdout)["steps"]}
    failed = {n for n, outcome in steps.items() if outcome == "failed"} & THE_PAGES
    compared += 1
    if case["state"] == "failed":
        if case["step"] and case["step"] not in failed:
            wrong.append(f"{case['name']}: the page fails step {case['step']}, the program {sorted(failed)}")
    elif case["state"] != "untrusted" and (steps[4] != "passed" or failed - {9}):
        wrong.append(f"{case['name']}: the page says {case['state']}, the program {steps[4]} of the signer, and fails {sorted(failed)}")
print(f"{compared} cases compared")
print(*wrong, sep="\n")
sys.exit(1 if wrong or compared < 150 else 0)
