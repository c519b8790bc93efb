#!/bin/sh
# Installs a built release beside the running one, checks it, and only then switches to it.
#
#   sh deploy/install_release.sh DIST LOCK HOME
#
# DIST holds the wheel and SHA256SUMS, LOCK is the hashed lock, HOME the folder of releases:
# HOME/releases/<version>/ (environments), HOME/current (link to one of them), HOME/project.
# To go back, run `ln -sfn releases/<version> HOME/next && mv -T HOME/next HOME/current`.
set -eu
dist=$1 lock=$2 home=$3
python=${PYTHON:-python3}

(cd "$dist" && sha256sum --check --quiet SHA256SUMS)
wheel=$(ls "$dist"/perdure-*.whl)
version=$(basename "$wheel" | cut -d- -f2)-$(sha256sum "$wheel" | cut -c1-8)
target=$home/releases/$version

if [ ! -e "$target/.done" ]; then
    rm -rf "$target"
    "$python" -m venv "$target"
    "$target/bin/python" -m pip install --quiet --require-hashes --requirement "$lock"
    "$target/bin/python" -m pip install --quiet --no-deps --no-index "$wheel"
    touch "$target/.done"
fi
if [ -d "$home/project" ]; then
    "$target/bin/perdure" doctor --project "$home/project"
else
    "$target/bin/perdure" --version
fi
ln -sfn "releases/$version" "$home/next"
mv -T "$home/next" "$home/current"
if command -v systemctl >/dev/null 2>&1 && systemctl --user cat perdure.service >/dev/null 2>&1; then
    systemctl --user restart perdure.service
fi
echo "current is $version"
