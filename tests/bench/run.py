#!/usr/bin/env python3
"""Figures, run by hand: python3 tests/bench/run.py [--users 100]. Needs target/peers (made by tests/peers/run) and a release build.

One pool of N users against moto behind the gap proxy: CPU seconds and peak memory of the whole `poolproof run` (PDF and
seal), beside a peer measured in the same run (the AWS CLI's own library listing the same users and reading each once,
which is the least that any Python tool must do). Then `demo`. Prints a table for tests/bench/RESULTS.md.
"""
import argparse, json, os, pathlib, resource, shutil, socket, subprocess, sys, tempfile, time

root = pathlib.Path(__file__).resolve().parents[2]
ap = argparse.ArgumentParser()
ap.add_argument("--users", type=int, default=100)
a = ap.parse_args()
venv = root / "target/peers/venv/bin"
tool = root / "target/release/poolproof"


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def measure(command, env, cwd, good):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    pid = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = pid.communicate()
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if pid.returncode not in good:
        sys.exit(f"{command}: exit {pid.returncode}\n{out.decode()}{err.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def peak(command, env, cwd):
    """Peak resident memory in MiB, by GNU time's own reading in a process of its own."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    return float(subprocess.check_output([sys.executable, "-c", code, *map(str, command)], env=env, cwd=cwd))


PEER = """
import boto3, sys
c = boto3.client("cognito-idp")
pool = sys.argv[1]
c.describe_user_pool(UserPoolId=pool); c.get_user_pool_mfa_config(UserPoolId=pool)
for page in c.get_paginator("list_users").paginate(UserPoolId=pool):
    for user in page["Users"]:
        c.admin_get_user(UserPoolId=pool, Username=user["Username"])
"""

with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    moto, proxy = port(), port()
    servers = [
        subprocess.Popen([venv / "moto_server", "-H", "127.0.0.1", "-p", str(moto)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
        subprocess.Popen([venv / "python", root / "tests/peers/aws/moto_gap_proxy.py", "--listen", str(proxy), "--moto", f"http://127.0.0.1:{moto}"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
    ]
    try:
        time.sleep(4)
        total = round(a.users / 0.30)
        seeded = subprocess.check_output([venv / "python", root / "tests/peers/aws/seed_moto.py", "--endpoint", f"http://127.0.0.1:{moto}", "--users", str(total)])
        pool = json.loads(seeded)["pools"]["prod-compliant"]
        env = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy}", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
               "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        subprocess.check_call([tool, "init", "-q"], env=env, cwd=work, stdout=subprocess.DEVNULL)
        subprocess.check_call([tool, "keys", "new", "-q"], env=env, cwd=work, stdout=subprocess.DEVNULL)
        run = [tool, "run", "-q", "--pool", pool, "--out"]
        cpu, wall = measure([*run, "one"], env, work, (0, 1, 3))
        memory = peak([*run, "two"], env, work)
        peer = [venv / "python", "-c", PEER, pool]
        peer_cpu, peer_wall = measure(peer, env, work, (0,))
        peer_memory = peak(peer, env, work)
        demo_cpu, demo_wall = measure([tool, "demo", "-q", "--out", "demo"], env, work, (0,))
        demo_memory = peak([tool, "demo", "-q", "--out", "demo2"], env, work)
        print(f"| what ({a.users} users) | CPU s | wall s | peak MiB |\n|---|---|---|---|")
        print(f"| poolproof run, whole, with PDF and seal | {cpu:.2f} | {wall:.1f} | {memory:.0f} |")
        print(f"| boto3: the same users listed and read, nothing else | {peer_cpu:.2f} | {peer_wall:.1f} | {peer_memory:.0f} |")
        print(f"| ratio (poolproof / boto3) | {cpu / peer_cpu:.2f} | {wall / peer_wall:.2f} | {memory / peer_memory:.2f} |")
        print(f"| poolproof demo | {demo_cpu:.2f} | {demo_wall:.2f} | {demo_memory:.0f} |")
        print(f"\nbinary: {tool.stat().st_size / 1e6:.1f} MB (stripped)")
    finally:
        for server in servers:
            server.kill()
