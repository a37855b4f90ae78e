#!/bin/sh
# The main job with curl: join, supervisor, leave. Needs SCIM and FLEX (base
# URLs) and TOKEN or TOKEN_FILE.
set -eu
: "${SCIM:=http://127.0.0.1:8080/scim/v2}" "${FLEX:=http://127.0.0.1:8081}"
TOKEN=${TOKEN:-$(cat "$TOKEN_FILE")}
NAME="ann.$$@example.com"

say() { printf '\n# %s\n' "$*"; }
scim() { # scim METHOD PATH [BODY]
	curl -sS --fail-with-body --retry 20 --retry-delay 1 --retry-connrefused -X "$1" "$SCIM$2" \
		-H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' ${3:+-d "$3"}
	echo
}
flex() { curl -sS --fail -u AC:simulated "$FLEX$1"; echo; }
id() { sed 's/.*"id":"\([a-z2-7]*\)".*/\1/'; }
worker() { flex "/v1/Workspaces/$WS/Workers?FriendlyName=$NAME"; }
until_worker() { # until_worker PATTERN: waits until the Worker matches
	for _ in $(seq 50); do
		if worker | grep -q "$1"; then worker; return; fi
		sleep 0.2
	done
	echo "the Worker never became $1" >&2
	exit 1
}

WS=$(flex /v1/Configuration | sed 's/.*"taskrouter_workspace_sid":"\(WS[0-9a-f]*\)".*/\1/')

say "The IdP creates $NAME: a Worker with the role agent appears"
USER=$(scim POST /Users "{\"userName\":\"$NAME\",\"displayName\":\"Ann Example\",\"active\":true}" | id)
until_worker agent

say 'The IdP puts her into "Flex Supervisors": the Worker becomes a supervisor'
GROUP=$(scim GET '/Groups?filter=displayName+eq+%22Flex+Supervisors%22' | grep -o '"id":"[a-z2-7]*"' | id || true)
[ -n "$GROUP" ] || GROUP=$(scim POST /Groups '{"displayName":"Flex Supervisors"}' | id)
scim PATCH "/Groups/$GROUP" "{\"Operations\":[{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"$USER\"}]}]}"
until_worker supervisor

say 'She leaves (Entra says "False"): the Worker goes away'
scim PATCH "/Users/$USER" '{"Operations":[{"op":"Replace","path":"active","value":"False"}]}'
until_worker '"workers":\[\]'
say "Gone, and read back as absent"
