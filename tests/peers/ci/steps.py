"""Runs the shell steps of a sample pipeline as its runner would: each in a shell that stops at the first error; after a
failure only the steps that always run. Ends with the exit code of the first step that failed."""
import os, re, subprocess, sys
import yaml


class Loader(yaml.SafeLoader):
    pass


# !Ref and !Sub of CloudFormation stay what they name.
Loader.add_multi_constructor("!", lambda loader, _, node: node.value)


def steps(path):
    text = open(path).read()
    if path.endswith("Jenkinsfile"):
        # sh 'command' and sh(…, script: 'command'), in order
        return [(a or b, False) for a, b in re.findall(r"\bsh '([^']+)'|script: '([^']+)'", text)]
    data = yaml.load(text, Loader)
    if "jobs" in data:
        (job,) = data["jobs"].values()
        return [(s["run"], "always()" in str(s.get("if", ""))) for s in job["steps"] if "run" in s]
    if "Resources" in data:
        spec = yaml.safe_load(data["Resources"]["Project"]["Properties"]["Source"]["BuildSpec"])
        return [(c, False) for phase in spec["phases"].values() for c in phase["commands"]]
    (job,) = data.values()
    return [("\n".join(job["script"]), False)]


code = 0
found = steps(sys.argv[1])
if not found:
    sys.exit("no shell step in " + sys.argv[1])
for command, always in found:
    if code == 0 or always:
        print("+", command, flush=True)
        ended = subprocess.run(["bash", "-eo", "pipefail", "-c", command], env=os.environ).returncode
        code = code or ended
sys.exit(code)
