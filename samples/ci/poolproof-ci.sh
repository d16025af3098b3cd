#!/bin/sh
# What the pipelines of this folder have in common. Copy it into your repository as ci/poolproof-ci.sh. POSIX sh.
#
#   poolproof-ci.sh install   fetches the program and refuses it unless its SHA-256 is the one you pinned
#   poolproof-ci.sh run       one run: the evidence folder comes back, poolproof runs, the evidence folder is kept
#
# install: POOLPROOF_URL, POOLPROOF_SHA256
# run:     POOLPROOF_PRIVACY_KEY   text of keys/privacy.key, from the secret store (or the file is there already)
#          EVIDENCE_URI            s3://BUCKET/PREFIX that keeps bundles and journals from run to run; empty: nothing is kept,
#                                  and every report says that its journal is new
#          PERIOD                  such as 2026-Q3; empty: the quarter that has ended last
#          FAIL_ON                 low, medium, high or critical; empty: what poolproof.toml says
#
# run leaves in out/: the bundle, summary.md, junit.xml, history.html. It ends as poolproof does: 0 done; 1 something at or
# above FAIL_ON failed; 3 something is INCOMPLETE; 2 and 5: no bundle.
set -eu

bin=$PWD/.poolproof
PATH="$bin:$PATH"
export PATH

install_it() {
  mkdir -p "$bin"
  # curl has an exit code 3 of its own (a malformed address), which a pipeline may take for INCOMPLETE.
  curl --fail --silent --show-error --location --output "$bin/poolproof.new" "$POOLPROOF_URL" || return 5
  printf '%s  %s\n' "$POOLPROOF_SHA256" "$bin/poolproof.new" | sha256sum --check --quiet -
  chmod 755 "$bin/poolproof.new"
  mv "$bin/poolproof.new" "$bin/poolproof"
  poolproof --version
}

# The quarter before the one of today, UTC.
last_quarter() {
  year=$(date -u +%Y)
  month=$(date -u +%m)
  quarter=$(( (${month#0} - 1) / 3 ))
  if [ "$quarter" -eq 0 ]; then
    year=$((year - 1))
    quarter=4
  fi
  printf '%s-Q%s\n' "$year" "$quarter"
}

# Bundles and journals only: a run's own folder is not needed again, and may hold names that are in no bundle.
keep() { aws s3 sync "$1" "$2" --no-progress --exclude '*' --include '*.zip' --include '*.jsonl' --include LAST --exclude '*/*'; }

run_it() {
  rm -rf out
  mkdir -p out evidence keys
  if [ -n "${POOLPROOF_PRIVACY_KEY:-}" ]; then
    (umask 077 && printf '%s\n' "$POOLPROOF_PRIVACY_KEY" >keys/privacy.key)
  fi
  unset POOLPROOF_PRIVACY_KEY
  if [ -n "${EVIDENCE_URI:-}" ]; then keep "$EVIDENCE_URI" evidence; fi

  set -- --period "${PERIOD:-$(last_quarter)}" --out evidence
  if [ -n "${FAIL_ON:-}" ]; then set -- "$@" --fail-on "$FAIL_ON"; fi
  if [ -s evidence/LAST ]; then set -- "$@" --previous "evidence/$(cat evidence/LAST)"; fi
  code=0
  poolproof run "$@" >out/outcome.txt || code=$?
  cat out/outcome.txt
  case $code in
    0 | 1 | 3) ;;
    # Nothing was sealed, but the journal says that a run was begun.
    *) if [ -n "${EVIDENCE_URI:-}" ]; then keep evidence "$EVIDENCE_URI"; fi
       return "$code" ;;
  esac

  bundle=$(sed -n 's/^bundle  *//p' out/outcome.txt)
  reports=$(sed -n 's/^reports  *//p' out/outcome.txt)
  # 3: intact, and nobody told this machine whom to trust. An auditor verifies on his own machine.
  verified=0
  poolproof verify "$bundle" >out/verify.txt || verified=$?
  if [ "$verified" -ne 0 ] && [ "$verified" -ne 3 ]; then
    cat out/verify.txt
    return "$verified"
  fi
  basename "$bundle" >evidence/LAST
  if [ -n "${EVIDENCE_URI:-}" ]; then keep evidence "$EVIDENCE_URI"; fi
  poolproof history evidence --html out/history.html >out/history.txt
  cp "$bundle" out/
  for report in summary.md junit.xml; do
    if [ -f "$reports/formats/$report" ]; then cp "$reports/formats/$report" out/; fi
  done
  return "$code"
}

case ${1:-} in
  install) install_it ;;
  run) run_it ;;
  *)
    echo "usage: poolproof-ci.sh install|run" >&2
    exit 2
    ;;
esac
