package scimhttp_test

import (
	"testing"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// TestDialects plays scripts, each with a sequence of requests of one IdP.
// TestDecisions plays scripts that each test one row of the decision table. Each
// rule in package scim/dialect names its test.
func TestDialects(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		for name, script := range dialects() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				newTenant(t, directory.New(s, store.Connection{ID: store.ConnectionID(scim.NewID()), Name: name})).play(script)
			})
		}
	})
}

func dialects() map[string]string {
	return map[string]string{
		"Entra: one role, as SingleAppRoleAssignment writes it": `
			POST · /Users · {"userName":"cid","roles":[{"primary":true,"type":"WindowsAzureActiveDirectoryRole","value":"agent"}]} · 201 · id>cid, roles=agent
			PATCH · /Users/{cid} · {"op":"Replace","path":"roles[primary eq \"True\"].value","value":"supervisor"} · 200 · roles=supervisor, roles/0/primary=true
			PATCH · /Users/{ann} · {"op":"Add","path":"roles[primary eq \"True\"].value","value":"agent"} · 200 · roles=agent`,
		"Entra: a role's type and whether an address is primary, before there is a value": `
			PATCH · /Users/{ann} · {"op":"Add","value":{"roles[primary eq \"True\"].type":"App","roles[primary eq \"True\"].value":"agent"}} · 200 · roles=agent, roles/0/type=App, roles/0/primary=true
			PATCH · /Users/{bob} · {"Operations":[{"op":"Add","path":"emails[type eq \"work\"].primary","value":"True"},{"op":"Add","path":"emails[type eq \"home\"].value","value":"h@x.io"},{"op":"Add","path":"emails[type eq \"work\"].value","value":"w@x.io"}]} · 200 · emails=h@x.io w@x.io, emails/1/type=work, emails/1/primary=true, emails/0/primary=
			PATCH · /Users/{bob} · {"op":"Add","path":"phoneNumbers[type eq \"work\"].primary","value":true} · 200 · phoneNumbers=
			PATCH · /Users/{bob} · {"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"5"} · 200 · phoneNumbers=5, phoneNumbers/0/primary=`,
		"Entra: roles as JSON in texts, as AppRoleAssignmentsComplex writes them": `
			POST · /Users · {"userName":"cid","roles":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","displayName":"Agent","value":"agent"},{"displayName":"x","display":"Lead","value":"lead"}]} · 201 · roles=agent lead, roles/0/display=Agent, roles/1/display=Lead
			PATCH · /Users/{ann} · {"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"agent\",\"displayName\":\"Agent\"}"}]} · 200 · roles=agent
			PATCH · /Users/{ann} · {"op":"Add","path":"roles","value":[{"value":"{\"id\":\"2\",\"value\":\"supervisor\",\"displayName\":\"Lead\"}"}]} · 200 · roles=agent supervisor
			PATCH · /Users/{ann} · {"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"agent\",\"displayName\":\"Agent\"}"}]} · 200 · roles=agent supervisor`,
		"Entra: the whole list of roles, as AssertiveAppRoleAssignmentsComplex writes it": `
			PATCH · /Users/{ann} · {"op":"Replace","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"agent\",\"displayName\":\"Agent\"}"},{"value":"{\"id\":\"2\",\"value\":\"admin\"}"}]} · 200 · roles=agent admin, roles/0/display=Agent
			PATCH · /Users/{ann} · {"op":"Replace","path":"roles","value":[{"value":"{\"id\":\"2\",\"value\":\"admin\"}"}]} · 200 · roles=admin`,
		"Entra: a dot between an extension and its attribute, as customappsso jobs write it": `
			PATCH · /Users/{ann} · {"op":"Add","path":"{ent}.department","value":"Support"} · 200 · {ent}/department=Support
			PATCH · /Users/{ann} · {"op":"Replace","value":{"{ent}.costCenter":"7","{ent}.manager":"{bob}"}} · 200 · {ent}/department=Support, {ent}/costCenter=7, {ent}/manager/value={bob}
			PATCH · /Users/{ann} · {"op":"Remove","path":"{ent}.manager.value"} · 200 · {ent}/manager=
			GET · /Users?filter={ent}.costCenter eq "7" · 200 · totalResults=1, Resources/0/id={ann}
			GET · /Users?filter={ent}.nothing eq "7" · 400 · scimType=invalidFilter
			POST · /Users · {"userName":"cid","{ent}.department":"Care"} · 201 · {ent}/department=Care`,
		"JumpCloud: its test makes and deletes a user and a group": `
			POST · /Users · {"userName":"jumpcloudTestUser@x.io","name":{"givenName":"Test","familyName":"User"},"active":true} · 201 · id>tess
			POST · /Groups · {"displayName":"Test Group","members":[]} · 201 · id>test
			PATCH · /Groups/{test} · {"op":"add","path":"members","value":[{"value":"{tess}"}]} · 204
			PATCH · /Groups/{test} · {"op":"remove","path":"members","value":[{"value":"{tess}"}]} · 204
			DELETE · /Groups/{test} · 204
			DELETE · /Users/{tess} · 204
			POST · /Users · {"userName":"jumpcloudTestUser@x.io"} · 201
			POST · /Groups · {"displayName":"Test Group"} · 201`,
		"authentik: a group's pathless replace, and members in pieces": `
			GET · /ServiceProviderConfig · 200 · patch/supported=true, filter/supported=true, bulk/maxOperations=1000
			PATCH · /Groups/{care} · {"op":"replace","path":null,"value":{"id":"{care}","displayName":"Care","externalId":"a1"}} · 204
			GET · /Groups/{care} · 200 · members={ann}, externalId=a1
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{bob}"}]} · 204
			PATCH · /Groups/{care} · {"op":"remove","path":"members","value":[{"value":"{ann}"}]} · 204
			GET · /Groups/{care} · 200 · members={bob}
			POST · /Users · {"userName":"ann@x.io"} · 409 · scimType=uniqueness
			PATCH · /Groups/{nobody} · {"op":"add","path":"members","value":[{"value":"{bob}"}]} · 404`,
		"pocket-id: lists all, puts, compares what comes back": `
			GET · /Users?startIndex=1&count=1000 · 200 · totalResults=2, itemsPerPage=2
			PUT · /Users/{ann} · {"userName":"ann@x.io","active":true,"externalId":"p1"} · 200 · externalId=p1, meta/lastModified>then
			PUT · /Users/{ann} · {"userName":"ann@x.io","active":true,"externalId":"p1"} · 200 · meta/lastModified={then}`,
		"Keycloak: PUT with id, meta and groups, JSON in a text": `
			PUT · /Users/{ann} · {"id":"{ann}","meta":{"location":"x"},"groups":[{"value":"{sales}"}],"userName":"ann@x.io","roles":[{"value":"{\"value\":\"agent\"}"}]} · 200 · id={ann}, groups={care}, roles=agent`,
		"OneLogin: 1.x URNs in schemas": `
			POST · /Users · {"schemas":["urn:scim:schemas:core:1.0","urn:scim:schemas:extension:enterprise:1.0"],"userName":"cid","urn:scim:schemas:extension:enterprise:1.0":{"department":"x"}} · 201 · schemas={user}`,
		"Google Workspace: asks for one user at the set-up, and writes application/json": `
			GET · /Users?count=1 · 200 · totalResults=2, itemsPerPage=1
			POST · /Users · Content-Type: application/json · {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"cid@x.io","active":true} · 201 · id>cid
			PUT · /Users/{cid} · Content-Type: application/json · {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"cid@x.io","active":false} · 200 · active=false
			DELETE · /Users/{cid} · 204`,
		"RFC 7643 §4.2: groups in groups": `
			POST · /Groups · {"displayName":"Firm","members":[{"value":"{care}","type":"Group","$ref":"{base}/Groups/{care}"}]} · 201 · id>firm, members={care}, members/0/type=Group, members/0/display=Care, members/0/$ref={base}/Groups/{care}
			GET · /Users/{ann} · 200 · groups={care} {firm}, groups/0/type=direct, groups/1/type=indirect, groups/1/display=Firm, groups/1/$ref={base}/Groups/{firm}
			PATCH · /Groups/{firm} · {"op":"add","path":"members","value":[{"value":"{bob}"}]} · 204
			GET · /Groups/{firm} · 200 · members~{bob}, members~{care}
			GET · /Groups?filter=members[value eq "{care}"]&excludedAttributes=members · 200 · totalResults=1, Resources/0/id={firm}
			GET · /Users?filter=groups eq "{firm}" · 200 · totalResults=2, Resources/0/id={ann}, Resources/1/id={bob}
			GET · /Users?filter=groups[value eq "{firm}" and type eq "direct"] · 200 · totalResults=1, Resources/0/id={bob}
			GET · /Users?filter=groups.$ref eq "{base}/Groups/{firm}"&sortBy=meta.location · 200 · totalResults=2
			GET · /?sortBy=displayName&sortOrder=descending&attributes=displayName · 200 · totalResults=5, Resources/0/id={ann}, Resources/1/displayName=Sales, Resources/2/id={firm}, Resources/3/id={care}, Resources/4/id={bob}
			GET · /?sortBy=meta.created&startIndex=5 · 200 · totalResults=5, itemsPerPage=1, Resources/0/id={firm}
			GET · /Groups?filter=members[$ref sw "{base}/Groups/" and not (display co "x")] · 200 · totalResults=1, Resources/0/id={firm}
			GET · /Groups?filter=members.$ref eq "{base}/Users/{bob}" or meta.location eq "{base}/Groups/{care}" · 200 · totalResults=2
			PATCH · /Groups/{firm} · {"op":"remove","path":"members[$ref eq \"{base}/Groups/{care}\"]"} · 400 · scimType=invalidPath
			PATCH · /Groups/{firm} · {"op":"remove","path":"members[value eq \"{care}\"]"} · 204
			GET · /Users/{ann} · 200 · groups={care}`,
		"RFC 7643 §4.3: a known manager has an address and a name": `
			PATCH · /Users/{ann} · {"op":"add","path":"{ent}:manager","value":"{bob}"} · 200 · {ent}/manager/value={bob}, {ent}/manager/displayName=Bob, {ent}/manager/$ref={base}/Users/{bob}
			GET · /Users/{ann}?attributes={ent}:manager.displayName · 200 · {ent}/manager/displayName=Bob, {ent}/manager/value=
			GET · /Users?filter=manager eq "{bob}" · 200 · Resources/0/{ent}/manager/displayName=Bob
			GET · /Users?cursor=&count=1 · 200 · Resources/0/{ent}/manager/displayName=Bob
			GET · /?filter=userName eq "ann@x.io" · 200 · Resources/0/{ent}/manager/displayName=Bob
			POST · /Users/.search · {"filter":"userName eq \"ann@x.io\"","attributes":["{ent}:manager.$ref"]} · 200 · Resources/0/{ent}/manager/$ref={base}/Users/{bob}, Resources/0/{ent}/manager/value=
			PUT · /Users/{ann} · {"userName":"ann@x.io","{ent}":{"manager":{"value":"{bob}","$ref":"{base}/Users/{bob}","displayName":"Bob"}}} · 200 · meta/version>was, {ent}/manager/displayName=Bob
			PUT · /Users/{ann} · {"userName":"ann@x.io","{ent}":{"manager":"{bob}"}} · 200 · meta/version={was}
			PATCH · /Users/{bob} · {"op":"replace","path":"displayName","value":"Robert"} · 200
			GET · /Users/{ann} · 200 · {ent}/manager/displayName=Robert
			PUT · /Users/{ann} · {"userName":"ann@x.io","{ent}":{"manager":{"value":"00u9","$ref":"../Users/00u9","displayName":"Moritz"}}} · 200 · {ent}/manager/displayName=Moritz, {ent}/manager/$ref=../Users/00u9
			DELETE · /Users/{bob} · 204
			PATCH · /Users/{ann} · {"op":"add","path":"manager","value":"{bob}"} · 200 · {ent}/manager/value={bob}, {ent}/manager/displayName=, {ent}/manager/$ref=`,
		"our extension, attribute by attribute": `
			POST · /Users · {"userName":"cid","{flex}":{"roles":["agent"],"skills":[{"name":"billing","level":3}],"skillList":"chat:1","team":"T1","capacity":[{"channel":"chat","units":3}],"languages":["de","en"],"walkOut":true}} · 201 · id>cid
			GET · /Users/{cid} · 200 · schemas={user} {flex}, {flex}/roles=agent, {flex}/skills/0/level=3, {flex}/skillList=chat:1, {flex}/team=T1, {flex}/capacity/0/units=3, {flex}/languages=de en, {flex}/walkOut=true
			PATCH · /Users/{cid} · {"op":"replace","path":"{flex}:skills[name eq \"billing\"].level","value":"4"} · 200 · {flex}/skills/0/level=4
			PATCH · /Users/{cid} · {"op":"add","path":"{flex}:skills","value":[{"name":"BILLING","level":5},{"name":"voice"}]} · 200 · {flex}/skills/0/level=5, {flex}/skills/1/name=voice
			PATCH · /Users/{cid} · {"op":"remove","path":"{flex}:languages","value":["de"]} · 200 · {flex}/languages=en
			GET · /Users?filter={flex}:team eq "t1" and {flex}:skills.name eq "voice"&attributes={flex}:team · 200 · totalResults=1, Resources/0/{flex}/team=T1, Resources/0/{flex}/skills=
			PUT · /Users/{cid} · {"userName":"cid"} · 200 · {flex}=, schemas={user}
			POST · /Users · {"userName":"dan","{flex}":{"skills":[{"level":3}]}} · 400 · scimType=invalidValue
			POST · /Users · {"userName":"dan","{flex}":{"capacity":[{"channel":"chat","units":"many"}]}} · 400 · scimType=invalidValue`,
		"Ping: probes /Users/0": `
			GET · /Users/0 · 404 · scimType=`,
		"Okta: an existing person is linked, whoever made them": `
			GET · /Users?filter=userName eq "ann@x.io"&startIndex=1&count=100 · 200 · Resources/0/id={ann}
			GET · /Users/{ann} · 200 · title=Agent
			PUT · /Users/{ann} · {"schemas":["{user}"],"id":"{ann}","userName":"ann@x.io","externalId":"00u1","active":true,"groups":[],"title":"Agent"} · 200 · externalId=00u1, groups={care}`,
	}
}
