#!/bin/sh
# A person joins, becomes a supervisor, and leaves during a call; with curl.
# Needs SCIM and FLEX (base URLs) and TOKEN or TOKEN_FILE.
set -eu
: "${SCIM:=http://127.0.0.1:8080/scim/v2}" "${FLEX:=http://127.0.0.1:8081}"
TOKEN=${TOKEN:-$(cat "$TOKEN_FILE")}
NAME="ann.$(date +%s)@example.com"

say() { printf '\n# %s\n' "$*"; }
scim() { # scim METHOD PATH [BODY]
	curl -sS --fail-with-body --retry 20 --retry-delay 1 --retry-connrefused -X "$1" "$SCIM$2" \
		-H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' ${3:+-d "$3"}
	echo
}
flex() { # flex PATH [CURL'S OPTIONS]
	url=$FLEX$1 && shift
	curl -sS --fail --retry 20 --retry-delay 1 --retry-connrefused -u AC:simulated "$url" "$@"
	echo
}
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
worker() { flex "/v1/Workspaces/$WS/Workers?FriendlyName=$NAME"; }
until_worker() { # until_worker PATTERN: waits until the Worker matches
	for _ in $(seq 150); do
		if worker | grep -q "$1"; then worker; return; fi
		sleep 0.2
	done
	echo "the Worker never became $1" >&2
	exit 1
}

WS=$(flex /v1/Configuration | field taskrouter_workspace_sid)

say "The IdP creates $NAME: a Worker with the role agent appears"
ANN=$(scim POST /Users "{\"userName\":\"$NAME\",\"displayName\":\"Ann Example\",\"active\":true}" | field id)
until_worker agent

say 'The IdP puts her into "Flex Supervisors": the Worker becomes a supervisor'
GROUP=$(scim GET '/Groups?filter=displayName+eq+%22Flex+Supervisors%22' | field id)
[ -n "$GROUP" ] || GROUP=$(scim POST /Groups '{"displayName":"Flex Supervisors"}' | field id)
scim PATCH "/Groups/$GROUP" "{\"Operations\":[{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"$ANN\"}]}]}"
until_worker supervisor

say 'She takes a call'
WK=$(worker | field sid)
WA=$(flex "/v1/Workspaces/$WS/Activities?FriendlyName=Available" | field sid)
flex "/v1/Workspaces/$WS/Workers/$WK" -d "ActivitySid=$WA"
WT=$(flex /_sim/tasks -d "{\"worker_sid\":\"$WK\",\"channel\":\"voice\",\"status\":\"accepted\"}" | field task_sid)

say 'She leaves (Entra says "False"): no new calls, the live call continues'
scim PATCH "/Users/$ANN" '{"Operations":[{"op":"Replace","path":"active","value":"False"}]}'
until_worker '"activity_name":"Offline"'

say 'The call ends: the Worker is deleted'
flex "/_sim/tasks/$WT" -d '{"status":"completed"}'
until_worker '"workers":\[\]'
say "Flex has no Worker of this name any more"
