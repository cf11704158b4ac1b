#!/usr/bin/env bash
# A deployment script that can be followed: `emp timeline` of its trace shows every step, how long
# it took, and the line that failed. Nothing here waits for Redis, and nothing fails without it.
#
#   examples/deploy.sh VERSION
set -euo pipefail

version=${1:?which version}
export EMP_SERVICE=deploy

# Without emp the script does its work all the same.
if ! command -v emp >/dev/null; then
  emp() { [ "$1" != run ] || { while [ "$1" != -- ]; do shift; done; shift; "$@"; }; }
fi

# A command that fails is told with its line, before `set -e` ends the script.
eval "$(emp shell-hook bash)"

# One trace for all that follows, in this script and in what it starts.
TRACEPARENT=$(emp emit deploy.started -d "version=$version" --new-trace --print-traceparent)
export TRACEPARENT

# How a step ended, how long it took and the last lines of its standard error are told by `run`.
emp run --name build -- sh -c "echo building $version; echo 'artifact: app-$version' > artifact"
emp run --name upload --timeout 5m --heartbeat 30s -- cp artifact uploaded

[ -s uploaded ]
emp emit deploy.completed -d "version=$version" -d "bytes:=$(wc -c <uploaded)"
