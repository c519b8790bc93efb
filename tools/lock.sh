#!/bin/sh
# Locks every requirement with hashes and without any address; uv is only needed here.
set -eu
cd "$(dirname "$0")/.."
compile() {
    out=$1; shift
    uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-annotate --no-header --quiet "$@" -o "requirements/$out"
}
compile run.txt pyproject.toml requirements/build.in
compile test.txt pyproject.toml requirements/build.in requirements/test.in --extra docs -c requirements/run.txt
# All extras but rllib, which pins another gymnasium; torch comes beside the lock (torch.in).
compile extras.txt pyproject.toml requirements/build.in requirements/test.in \
    requirements/torch-light.in --override requirements/torch-apart.in \
    --extra catboost --extra docs --extra fhir --extra icd10 --extra rl -c requirements/test.txt
