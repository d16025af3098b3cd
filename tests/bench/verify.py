#!/usr/bin/env python3
"""Figures of verification, run by hand: python3 tests/bench/verify.py [--mb 200]. Needs unzip, sha256sum, openssl, and
cargo build --release --no-default-features --bin poolproof-verify.

`poolproof-verify` beside `unzip -t` + `sha256sum -c` on the same bytes in the same run: the sample bundle, and a large one that a test
makes: its users' calls are repeated until the recording has so many megabytes, chained and sealed anew, with every form of signature.
Each is run five times in turn; the fastest counts. Prints a table for tests/bench/RESULTS.md.
"""
import argparse, os, pathlib, resource, subprocess, sys, tempfile, time, zipfile

root = pathlib.Path(__file__).resolve().parents[2]
ap = argparse.ArgumentParser()
ap.add_argument("--mb", type=int, default=200)
ap.add_argument("--keep", help="leave the large bundle here, or take the one that is here")
a = ap.parse_args()
verify = root / "target/release/poolproof-verify"


def grown(to, megabytes):
    """A bundle with a recording of so many megabytes, sealed by a key of the tests (tests/it/verify/large.rs); its fingerprint."""
    env = {**os.environ, "EXPORT_LARGE": str(to), "LARGE_MB": str(megabytes)}
    subprocess.check_call(["cargo", "test", "-q", "--no-default-features", "--features", "pdf", "--test", "it", "verify::large"],
                          cwd=root, env=env, stdout=subprocess.DEVNULL)
    return to.with_suffix(".fingerprint").read_text()


def measured(command, cwd, good=(0,)):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in good:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stdout.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def peak(command):
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    return float(subprocess.check_output([sys.executable, "-c", code, *map(str, command)]))


def compare(name, bundle, fingerprint, work):
    unpacked = work / f"{name}.unpacked"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(unpacked)
        size = sum(i.file_size for i in archive.infolist())
    bag = next(unpacked.iterdir())
    ours, peers = [], []
    for _ in range(5):
        ours.append(measured([verify, bundle, "--fingerprint", fingerprint], work, good=(0, 3)))
        one = measured(["unzip", "-tq", bundle], work)
        two = measured(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], bag)
        three = measured(["sha256sum", "--quiet", "-c", "tagmanifest-sha256.txt"], bag)
        peers.append(tuple(map(sum, zip(one, two, three))))
    (cpu, wall), (peer_cpu, peer_wall) = (tuple(min(x[i] for x in runs) for i in (0, 1)) for runs in (ours, peers))
    memory = peak([verify, bundle, "--fingerprint", fingerprint])
    print(f"| {name}: {size / 1e6:.1f} MB unpacked, {bundle.stat().st_size / 1e6:.1f} MB as a ZIP | {cpu:.2f} / {wall:.2f} | {peer_cpu:.2f} / {peer_wall:.2f} "
          f"| {cpu / peer_cpu:.2f} / {wall / peer_wall:.2f} | {memory:.0f} |", flush=True)


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    sample = root / "samples/bundle/demo.zip"
    trust = (root / "samples/bundle/trust.toml").read_text()
    fingerprint = next(l.split('"')[1] for l in trust.splitlines() if l.startswith("fingerprint"))
    large = pathlib.Path(a.keep) if a.keep else work / "large.zip"
    made = large.with_suffix(".fingerprint").read_text() if large.exists() else grown(large, a.mb)
    print("| bundle | poolproof-verify, CPU s / wall s | unzip -t and sha256sum -c, CPU s / wall s | ratio | peak MiB |\n|---|---|---|---|---|")
    compare("sample", sample, fingerprint, work)
    compare("large", large, made, work)
    print(f"\nbinary: {verify.stat().st_size / 1e6:.1f} MB (stripped)")
