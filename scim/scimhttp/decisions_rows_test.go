package scimhttp_test

// decisions returns a script for each row of the table in
// docs/reference/identity-providers.md §4 that package scimhttp implements.
func decisions() []decision {
	return append(append(decisionsOnUsers(), decisionsOnMembers()...), decisionsOnTheProtocol()...)
}

func decisionsOnUsers() []decision {
	return []decision{
		{1, "a filter without a match returns an empty list", `
			GET · /Users?filter=userName eq "nobody" · 200 · totalResults=0, itemsPerPage=0, body~"Resources":[]
			GET · /Groups?filter=displayName eq "nobody" · 200 · totalResults=0, body~"Resources":[]
			GET · /Users/{nobody} · 404`},
		{2, "a userName is unique in any letter case, even among inactive users", `
			POST · /Users · {"userName":"ANN@x.io"} · 409 · scimType=uniqueness, detail~userName, detail!{ann}
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":false} · 200
			POST · /Users · {"userName":"Ann@X.io"} · 409 · scimType=uniqueness
			PUT · /Users/{bob} · {"userName":"ann@x.io"} · 409 · scimType=uniqueness
			PATCH · /Users/{bob} · {"op":"replace","path":"userName","value":"ann@x.io"} · 409 · scimType=uniqueness
			PATCH · /Users/{ann} · {"op":"replace","path":"userName","value":"ANN@x.io"} · 200 · userName=ANN@x.io`},
		{3, "an externalId need not be unique", `
			POST · /Users · {"userName":"cid","externalId":"X1"} · 201
			POST · /Users · {"userName":"dan","externalId":"X1"} · 201
			GET · /Users?filter=externalId eq "X1" · 200 · totalResults=2`},
		{4, "a group's name is unique; a group does not conflict with itself", `
			POST · /Groups · {"displayName":"CARE"} · 409 · scimType=uniqueness
			PATCH · /Groups/{sales} · {"op":"replace","path":"displayName","value":"care"} · 409 · scimType=uniqueness
			PATCH · /Groups/{care} · {"op":"replace","path":"displayName","value":"CARE"} · 204
			PUT · /Groups/{care} · {"displayName":"Care"} · 200 · displayName=Care`},
		{5, "a value filter with only `eq` and `and` creates the element if none matches", `
			PATCH · /Users/{bob} · {"op":"Replace","path":"emails[type eq \"work\"].value","value":"b@x.io"} · 200 · emails/0/type=work, emails=b@x.io
			PATCH · /Users/{bob} · {"op":"Add","path":"roles[primary eq \"True\"].value","value":"agent"} · 200 · roles/0/primary=true, roles=agent
			PATCH · /Users/{bob} · {"op":"add","path":"addresses[type eq \"work\" and country eq \"DE\"].formatted","value":"Here 1"} · 200 · addresses/0/country=DE, addresses/0/formatted=Here 1`},
		{6, "any other value filter without a match is noTarget", `
			PATCH · /Users/{bob} · {"op":"replace","path":"emails[type eq \"work\" or type eq \"home\"].value","value":"b@x.io"} · 400 · scimType=noTarget
			PATCH · /Users/{bob} · {"op":"replace","path":"emails[not (type eq \"work\")].value","value":"b@x.io"} · 400 · scimType=noTarget
			PATCH · /Users/{bob} · {"op":"add","path":"emails[value co \"x\"].type","value":"work"} · 400 · scimType=noTarget
			PATCH · /Groups/{care} · {"op":"remove","path":"members[type eq \"User\"]"} · 400 · scimType=noTarget
			PATCH · /Groups/{care} · {"op":"replace","path":"members[value eq \"{bob}\"]","value":{"value":"{bob}"}} · 400 · scimType=noTarget
			GET · /Groups/{care} · 200 · members={ann}`},
		{7, "a type outside of the canonical values is accepted", `
			PATCH · /Users/{bob} · [{"op":"add","path":"emails[type eq \"billing\"].value","value":"b@x.io"},{"op":"replace","path":"active","value":false}] · 200 · emails/0/type=billing, active=false
			POST · /Users · {"userName":"cid","phoneNumbers":[{"type":"satellite","value":"1"}]} · 201 · phoneNumbers/0/type=satellite`},
		{8, "an added element updates the stored element of its type", `
			PATCH · /Users/{ann} · {"op":"add","path":"emails","value":[{"type":"work","value":"new@x.io"}]} · 200 · emails=new@x.io, emails/0/primary=true
			PATCH · /Users/{ann} · {"op":"add","path":"phoneNumbers","value":[{"type":"work","value":"1"},{"type":"work","value":"2"}]} · 200 · phoneNumbers/1/value=2
			PATCH · /Users/{ann} · {"op":"add","path":"phoneNumbers","value":[{"type":"work","value":"3"}]} · 200 · phoneNumbers/0/value=1, phoneNumbers/1/value=2, phoneNumbers/2/value=3`},
		{15, "the response to a PATCH of a user is the user", `
			PATCH · /Users/{ann} · {"op":"replace","path":"title","value":"Lead"} · 200 · id={ann}, title=Lead, groups={care}`},
		{18, "a manager can be a text, a list or an object, and its path can lack the URN", `
			PATCH · /Users/{ann} · {"op":"add","path":"{ent}:manager","value":"m1"} · 200 · {ent}/manager/value=m1
			PATCH · /Users/{ann} · {"op":"replace","path":"manager","value":[{"$ref":null,"value":"m2"}]} · 200 · {ent}/manager/value=m2
			PATCH · /Users/{ann} · {"op":"replace","path":"{ent}:manager","value":{"value":"m3"}} · 200 · {ent}/manager/value=m3
			PUT · /Users/{bob} · {"userName":"bob@x.io","{ent}":{"manager":"m4"}} · 200 · {ent}/manager/value=m4`},
		{19, "an empty manager removes the attribute", `
			PATCH · /Users/{ann} · {"op":"add","path":"manager","value":"m1"} · 200 · {ent}/manager/value=m1
			PATCH · /Users/{ann} · {"op":"replace","path":"manager","value":""} · 200 · {ent}=
			PATCH · /Users/{ann} · [{"op":"add","path":"manager","value":"m1"},{"op":"replace","path":"manager","value":{"value":""}}] · 200 · {ent}=
			PATCH · /Users/{ann} · [{"op":"add","path":"manager","value":"m1"},{"op":"add","path":"manager","value":null}] · 200 · {ent}=`},
		{20, "an unknown manager is stored", `
			PATCH · /Users/{ann} · {"op":"add","path":"manager","value":"00uNobody"} · 200 · {ent}/manager/value=00uNobody
			GET · /Users/{ann} · 200 · {ent}/manager/value=00uNobody
			GET · /Users?filter=id eq "{ann}" and manager eq "00uNobody"&attributes=id · 200 · totalResults=1`},
		{21, "formats are not validated, and values are stored byte for byte", `
			POST · /Users · {"userName":"cid","locale":"xx_??","profileUrl":"no url","timezone":"Mars","preferredLanguage":"*","addresses":[{"country":"Germany","type":"work"}],"phoneNumbers":[{"value":"  +49 (0)30/1-2 ext. 3","type":"work"}]} · 201 · id>cid
			GET · /Users/{cid} · 200 · locale=xx_??, profileUrl=no url, timezone=Mars, preferredLanguage=*, addresses/0/country=Germany, phoneNumbers=  +49 (0)30/1-2 ext. 3`},
		{22, "a skill or role that Flex does not accept is stored", `
			POST · /Users · {"userName":"cid","{flex}":{"roles":["emperor"],"skills":[{"name":"no such skill","level":99}]},"roles":[{"value":"emperor"}]} · 201 · {flex}/roles=emperor, {flex}/skills/0/name=no such skill
			PATCH · /Users/{ann} · [{"op":"add","path":"{flex}:skillList","value":"no such skill:99"},{"op":"replace","path":"active","value":"False"}] · 200 · active=false`},
		{23, "a userName is enough for a user", `
			POST · /Users · {"userName":"cid"} · 201 · userName=cid, id>cid, meta/version=W/"1"
			GET · /Users/{cid} · 200 · @ETag=W/"1", meta/location={base}/Users/{cid}`},
		{24, "id, meta and groups in a body are ignored; another id in a PATCH is refused", `
			POST · /Users · {"userName":"cid","id":"x","meta":{"version":"9","resourceType":"x"},"groups":[{"value":"{sales}"}]} · 201 · groups=, meta/version=W/"1", meta/resourceType=User, id!x1
			PUT · /Users/{ann} · {"userName":"ann@x.io","id":"{nobody}","meta":{"version":"9"},"groups":[]} · 200 · id={ann}, groups={care}
			PATCH · /Users/{ann} · {"op":"replace","value":{"id":"{ann}","title":"Lead"}} · 200 · title=Lead
			PATCH · /Groups/{care} · {"op":"replace","value":{"id":"{care}","displayName":"Care 2"}} · 204
			PATCH · /Users/{ann} · {"op":"replace","value":{"groups":[],"meta":{"version":"9"},"title":"Boss"}} · 200 · title=Boss, groups={care}
			PATCH · /Users/{ann} · {"op":"replace","path":"groups","value":[]} · 400 · scimType=mutability
			PATCH · /Users/{ann} · {"op":"replace","value":{"id":"{nobody}","title":"x"}} · 400 · scimType=mutability
			PATCH · /Groups/{care} · {"op":"replace","path":"id","value":"{nobody}"} · 400 · scimType=mutability
			PATCH · /Groups/{care} · {"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:Group:id":"{nobody}","displayName":"x"}} · 400 · scimType=mutability
			PATCH · /Users/{ann} · {"op":"replace","path":"{user}","value":{"ID":"{nobody}"}} · 400 · scimType=mutability
			PATCH · /Users/{ann} · {"op":"remove","path":"id"} · 400 · scimType=mutability`},
		{25, "null, an empty text and an empty list mean unassigned", `
			POST · /Users · {"userName":"cid","title":null,"displayName":"","emails":[],"name":{"givenName":""},"nickName":"N"} · 201 · id>cid, title=, displayName=, emails=, name=, nickName=N
			PATCH · /Users/{cid} · {"op":"replace","path":"nickName","value":""} · 200 · nickName=
			PATCH · /Users/{ann} · [{"op":"replace","path":"title","value":null},{"op":"replace","path":"emails","value":[]}] · 200 · title=, emails=
			POST · /Users · {"userName":""} · 400 · scimType=invalidValue
			POST · /Groups · {"displayName":null} · 400 · scimType=invalidValue
			PATCH · /Users/{ann} · {"op":"replace","path":"userName","value":null} · 400 · scimType=invalidValue`},
		{26, "unknown attributes and schemas are ignored; malformed paths are refused", `
			POST · /Users · {"schemas":["{user}","urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],"userName":"cid","shoeSize":42,"urn:x:2.0:User":{"a":1}} · 201 · shoeSize=, schemas={user}
			PATCH · /Users/{ann} · [{"op":"add","path":"shoeSize","value":42},{"op":"replace","path":"active","value":false}] · 200 · active=false
			POST · /Groups · {"schemas":["http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"displayName":"G"} · 201
			PATCH · /Users/{ann} · [{"op":"Add","path":"urn:okta:my_app:1.0:user:custom:colour","value":"x"},{"op":"Replace","path":"http://x.io/2.0/User:a.b","value":"x"},{"op":"Remove","path":"urn:scim:schemas:extension:enterprise:1.0"},{"op":"replace","path":"active","value":true}] · 200 · active=true
			PATCH · /Users/{ann} · [{"op":"add","path":"http://x.io/my_ext:emails[type eq \"work\"].value","value":"x"},{"op":"replace","path":"active","value":false}] · 200 · active=false, emails=ann@x.io
			PATCH · /Groups/{care} · [{"op":"Remove","path":"http://x.io/Group:members[value eq \"{ann}\"]"},{"op":"Add","path":"members","value":"{bob}"}] · 204
			GET · /Groups/{care} · 200 · members~{ann}, members~{bob}
			PATCH · /Users/{ann} · [{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"actve","value":false}] · 400 · scimType=invalidPath, detail~Operation 2 (replace):, detail!actve
			PATCH · /Users/{ann} · {"op":"replace","path":"name.givneName","value":"x"} · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"replace","path":"emails[type eq \"work\"].vaule","value":"x"} · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"replace","path":"emails[tpye eq \"work\"].value","value":"x"} · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"replace","path":"{user}:actve","value":false} · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"replace","path":"{ent}:departement","value":"x"} · 400 · scimType=invalidPath
			PATCH · /Groups/{care} · [{"op":"add","path":"externalId","value":"x"},{"op":"add","path":"memebers","value":[{"value":"{bob}"}]}] · 400 · scimType=invalidPath
			PATCH · /Groups/{care} · {"op":"add","path":"{ent}:department","value":"x"} · 400 · scimType=invalidPath
			GET · /Groups/{care} · 200 · externalId=
			GET · /Users/{ann} · 200 · title=Agent, active=false
			PATCH · /Users/{ann} · [{"op":"replace","path":"actve","value":false},{"op":"replace","path":"active","value":true}] · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"replace","path":"{user}.active","value":true} · 200 · active=true
			PATCH · /Users/{ann} · [{"op":"replace","path":"{ent}:departement","value":"x"},{"op":"replace","path":"groups","value":[{"value":"{care}"}]},{"op":"replace","value":{"active":"False","title":"Gone"}},{"op":"replace","path":"emails[tpye eq \"work\"].value","value":"x"}] · 200 · active=false, title=Gone, groups={care}, emails=ann@x.io
			PATCH · /Users/{ann} · {"op":"add","path":"http://x.io/my_ext:emails[type eq","value":"x"} · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"add","path":"{user}:emails..value","value":"x"} · 400 · scimType=invalidPath
			PATCH · /Users/{ann} · {"op":"add","path":"emails[type eq","value":"x"} · 400 · scimType=invalidPath`},
		{27, "a PATCH can lack schemas, have other keys, and have no operations", `
			PATCH · /Users/{ann} · {"Operations":[{"op":"replace","path":"title","value":"Lead","extra":1}],"id":"x","foo":[]} · 200 · title=Lead, meta/version=W/"3"
			PATCH · /Users/{ann} · {"Operations":[]} · 200 · meta/version=W/"3"
			PATCH · /Groups/{care} · {"Operations":[]} · 204 · @ETag=W/"1"
			PATCH · /Groups/{care} · {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]} · 204 · @ETag=W/"1"
			PATCH · /Users/{ann} · {"Operations":null} · 200 · meta/version=W/"3"
			PATCH · /Users/{ann} · {"active":false} · 400 · scimType=invalidSyntax
			GET · /Users/{ann} · 200 · active=true`},
		{28, "booleans and numbers can be texts, in any letter case", `
			PATCH · /Users/{ann} · {"op":"Replace","path":"active","value":"FALSE"} · 200 · active=false
			POST · /Users · {"userName":12345,"active":"True","title":true,"{ent}":{"employeeNumber":701984},"{flex}":{"skills":[{"name":"billing","level":"3"}],"walkOut":"true"}} · 201 · userName=12345, active=true, title=true, {ent}/employeeNumber=701984, {flex}/skills/0/level=3, {flex}/walkOut=true
			POST · /Users · {"userName":"dan","active":"perhaps"} · 400 · scimType=invalidValue`},
		{29, "members, single values and roles can have other forms", `
			PATCH · /Groups/{sales} · {"op":"Add","path":"members","value":"{bob}"} · 204
			PATCH · /Groups/{sales} · {"op":"Add","path":"members","value":{"value":"{ann}","displayName":"Ann"}} · 204
			GET · /Groups/{sales} · 200 · members~{ann}, members~{bob}
			PATCH · /Users/{ann} · {"op":"Replace","path":"displayName","value":[{"$ref":null,"value":"Ann"}]} · 200 · displayName=Ann
			PATCH · /Users/{ann} · {"op":"replace","value":[{"displayName":"Ann 2","nickName":"An"}]} · 200 · displayName=Ann 2, nickName=An
			PATCH · /Users/{ann} · {"op":"replace","path":"displayName","value":{"value":"Ann"}} · 400 · scimType=invalidValue
			PUT · /Users/{ann} · {"userName":{"value":"ann@x.io"}} · 400 · scimType=invalidValue
			PATCH · /Users/{ann} · {"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"The admin\"}"}]} · 200 · roles=Admin, roles/0/display=The admin`},
	}
}

func decisionsOnMembers() []decision {
	return []decision{
		{9, "removing somebody who is not a member succeeds", `
			PATCH · /Groups/{care} · {"op":"remove","path":"members[value eq \"{bob}\"]"} · 204
			PATCH · /Groups/{care} · {"op":"Remove","path":"members","value":[{"$ref":null,"value":"{bob}"},{"value":"{ann}"}]} · 204
			GET · /Groups/{care} · 200 · members=
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"$ref":"https://x.io/scim/v2/Users/{ann}"},{"value":"{bob}"}]} · 204
			PATCH · /Groups/{care} · {"op":"remove","path":"members[value eq '{bob}' or value eq \"{nobody}\"]"} · 204
			GET · /Groups/{care} · 200 · members={ann}`},
		{10, "removing a list of people who are not members succeeds", `
			PATCH · /Groups/{care} · {"op":"Remove","path":"members","value":[{"value":"{bob}"},{"value":"{nobody}"}]} · 204
			GET · /Groups/{care} · 200 · members={ann}, meta/version=W/"1"`},
		{11, "remove members without a value empties the group", `
			PATCH · /Groups/{care} · {"op":"remove","path":"members"} · 204
			GET · /Groups/{care} · 200 · members=`},
		{12, "a value without ids never empties a group", `
			PATCH · /Groups/{care} · {"op":"remove","path":"members","value":[]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"remove","path":"members","value":null} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"remove","path":"members","value":""} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"remove","path":"members","value":[{}]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"remove","path":"members","value":[{"value":""}]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"replace","path":"members","value":[{"value":""}]} · 400 · scimType=invalidValue
			PUT · /Groups/{care} · {"displayName":"Care","members":[{}]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{bob}"},{"display":"Cid"}]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"replace","path":"members","value":[{"value":"{bob}"},{"id":"{ann}"}]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · [{"op":"replace","path":"displayName","value":"x"},{"op":"replace","path":"members","value":true}] · 400 · scimType=invalidValue
			GET · /Groups/{care} · 200 · members={ann}, displayName=Care`},
		{13, "replace with an empty list empties the group", `
			PATCH · /Groups/{care} · {"op":"replace","path":"members","value":[]} · 204
			GET · /Groups/{care} · 200 · members=
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{ann}"}]} · 204
			PATCH · /Groups/{care} · {"op":"replace","value":{"members":[],"id":"{care}","displayName":"Care"}} · 204
			GET · /Groups/{care} · 200 · members=
			PUT · /Groups/{care} · {"displayName":"Care","members":["{ann}"]} · 200 · members={ann}
			PATCH · /Groups/{care} · {"op":"replace","path":"members","value":null} · 204
			GET · /Groups/{care} · 200 · members=
			PUT · /Groups/{care} · {"displayName":"Care","members":["{ann}"]} · 200 · members={ann}
			PATCH · /Groups/{care} · {"op":"add","value":{"members":null}} · 204
			PUT · /Groups/{care} · {"displayName":"Care","members":null} · 200 · members=`},
		{14, "replace with one id leaves that one member", `
			PATCH · /Groups/{care} · {"op":"Add","path":"members","value":[{"value":"{bob}"}]} · 204
			PATCH · /Groups/{care} · {"op":"Replace","path":"members","value":[{"$ref":null,"value":"{bob}"}]} · 204
			GET · /Groups/{care} · 200 · members={bob}`},
		{16, "the response to a PATCH of a group is 204, or the requested attributes", `
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{bob}"}]} · 204 · body=, @ETag=W/"2"
			PATCH · /Groups/{care}?attributes=displayName · {"op":"replace","path":"displayName","value":"C"} · 200 · displayName=C, members=`},
		{17, "a group shows its members unless they are excluded", `
			GET · /Groups/{care} · 200 · members={ann}
			GET · /Groups?filter=displayName eq "Care" · 200 · Resources/0/members={ann}
			GET · /Groups/{sales} · 200 · body~"members":[]
			GET · /Groups/{care}?excludedAttributes=members · 200 · body!members
			GET · /Groups?excludedAttributes=members&filter=displayName eq "Care" · 200 · totalResults=1, body!members`},
		{30, "an unknown member among known ones is stored, and not shown", `
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{nobody}"},{"value":"{bob}"}]} · 204
			GET · /Groups/{care} · 200 · members~{bob}, members!{nobody}
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{nobody}"},{"value":" "}]} · 400 · scimType=invalidValue
			PATCH · /Groups/{care} · {"op":"remove","path":"members[value eq \"{nobody}\"]"} · 204`},
		{31, "members are stored and not shown, even if all are unknown", `
			PATCH · /Groups/{sales} · {"op":"add","path":"members","value":[{"value":"00u1"},{"value":"00u2"}]} · 204
			GET · /Groups/{sales} · 200 · members=
			POST · /Groups · {"displayName":"New","members":[{"value":"00u1"}]} · 201 · members=`},
		{33, "a PATCH that does not name members does not change them", `
			PATCH · /Groups/{care} · {"op":"replace","value":{"id":"{care}","displayName":"Care 2"}} · 204
			PATCH · /Groups/{care} · {"op":"Add","path":"externalId","value":"g1"} · 204
			GET · /Groups/{care} · 200 · members={ann}, externalId=g1, displayName=Care 2`},
		{34, "a PUT without active does not change it; one without members clears them unless members were sent by PATCH", `
			PUT · /Groups/{care} · {"displayName":"Care"} · 200 · members=
			PATCH · /Groups/{care} · {"op":"add","path":"members","value":[{"value":"{ann}"}]} · 204
			PUT · /Groups/{care} · {"displayName":"Care"} · 200 · members={ann}
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":false} · 200
			PUT · /Users/{ann} · {"userName":"ann@x.io"} · 200 · active=false
			PATCH · /Users/{ann} · {"op":"remove","path":"active"} · 200 · active=false
			PATCH · /Users/{ann} · {"op":"replace","value":{"active":null}} · 200 · active=false
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":""} · 200 · active=false
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":"True"} · 200 · active=true`},
		{35, "a PUT clears other attributes that it lacks", `
			PUT · /Users/{ann} · {"userName":"ann@x.io","active":true} · 200 · title=, emails=, groups={care}`},
		{36, "a reactivated user keeps memberships and skills", `
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":false} · 200 · groups={care}
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":true} · 200 · groups={care}, title=Agent
			GET · /Groups/{care} · 200 · members={ann}`},
	}
}

func decisionsOnTheProtocol() []decision {
	return []decision{
		{39, "no Accept header is refused", `
			GET · /Users/{ann} · Accept: text/html · 200 · @Content-Type=application/scim+json
			GET · /Users/{ann} · Accept: application/json;q=0.1 · 200 · @Content-Type=application/scim+json
			GET · /Users/{nobody} · Accept: image/png · 404 · @Content-Type=application/scim+json
			PATCH · /Groups/{care} · {"op":"replace","path":"displayName","value":"Care"} · 204 · @Content-Type=application/scim+json`},
		{40, "any Content-Type of JSON is accepted, a form is not", `
			POST · /Users · Content-Type: application/scim+json; charset=utf-8 · {"userName":"u1"} · 201
			POST · /Users · Content-Type: application/json · {"userName":"u2"} · 201
			POST · /Users · {"userName":"u3"} · 201
			POST · /Users · Content-Type: application/x-www-form-urlencoded · {"userName":"u4"} · 415
			POST · /Users · Content-Type: text/xml · {"userName":"u5"} · 415`},
		{41, "a query parameter that is unknown or empty is ignored", `
			GET · /Users?aadOptscim062020 · 200 · totalResults=2
			GET · /Users?foo=bar&startIndex=&count=&filter= · 200 · totalResults=2
			PATCH · /Users/{ann}?aadOptscim062020 · {"op":"replace","path":"title","value":"Lead"} · 200 · title=Lead`},
		{42, "a list has startIndex, the exact total and the number of resources", `
			GET · /Users?startIndex=2&count=5 · 200 · startIndex=2, totalResults=2, itemsPerPage=1, Resources/0/id={bob}
			GET · /Users?startIndex=0&count=1 · 200 · startIndex=1, itemsPerPage=1, Resources/0/id={ann}
			GET · /Users?startIndex=-7 · 200 · startIndex=1, itemsPerPage=2
			GET · /Users?startIndex=6&count=5 · 200 · startIndex=6, totalResults=2, itemsPerPage=0, body~"Resources":[]
			GET · /Users?count=99999999999999999999 · 200 · totalResults=2`},
		{43, "a count of 0 or less returns only the total", `
			GET · /Users?count=0 · 200 · totalResults=2, itemsPerPage=0, body~"Resources":[]
			GET · /Users?count=-3 · 200 · totalResults=2, itemsPerPage=0`},
		{44, "pages by cursor are supported; pages by index are the default", `
			GET · /Users?cursor=&count=1 · 200 · totalResults=2, startIndex=, previousCursor=, Resources/0/id={ann}, nextCursor>next
			GET · /Users?cursor={next}&count=1 · 200 · totalResults=2, nextCursor=, Resources/0/id={bob}, previousCursor>back
			GET · /Users?cursor={back}&count=1 · 200 · Resources/0/id={ann}
			GET · /Users?cursor=made-up&count=1 · 400 · scimType=invalidCursor
			GET · /Groups?cursor={next}&count=1 · 400 · scimType=invalidCursor
			GET · /Users?count=1 · 200 · startIndex=1, nextCursor=
			GET · /ServiceProviderConfig · 200 · pagination/cursor=true, pagination/index=true, pagination/defaultPaginationMethod=index`},
		{45, "names, operators and URNs ignore letter case; ids do not", `
			PATCH · /Users/{ann} · {"OP":"REPLACE","PATH":"URN:IETF:params:scim:schemas:CORE:2.0:User:TITLE","VALUE":"Lead"} · 200 · title=Lead
			GET · /Users?filter=USERNAME EQ "ANN@X.IO" · 200 · totalResults=1
			GET · /Users?filter=emails.VALUE Eq "ANN@x.io" · 200 · totalResults=1
			POST · /Users · {"USERNAME":"cid","externalId":"AbC"} · 201
			GET · /Users?filter=externalId eq "abc" · 200 · totalResults=0
			GET · /Users?filter=externalId eq "AbC" · 200 · totalResults=1`},
		{46, "a filter's value without quotes is one word", `
			GET · /Users?filter=userName eq ann@x.io · 200 · totalResults=1
			GET · /Users?filter=userName eq two words · 400 · scimType=invalidFilter
			GET · /Users?filter=userName eq · 400 · scimType=invalidFilter`},
		{47, "ids are random texts; an id of another form is 404", `
			GET · /Users/{ann} · 200 · body~"id":"{ann}"
			GET · /Users/0 · 404
			GET · /Users/010101001010101011001010101011 · 404
			PATCH · /Groups/a%2Fb · {"Operations":[]} · 404
			DELETE · /Users/ann@x.io · 404
			GET · /Groups/{ann} · 404`},
		{48, "If-Match must name the current version; If-None-Match that names it is 304", `
			PATCH · /Users/{ann} · If-Match: W/"2" · {"op":"replace","path":"title","value":"T2"} · 200 · @ETag=W/"3"
			PATCH · /Users/{ann} · If-Match: W/"2" · {"op":"replace","path":"title","value":"T3"} · 412
			PUT · /Users/{ann} · If-Match: * · {"userName":"ann@x.io"} · 200 · @ETag=W/"4"
			GET · /Users/{ann} · If-None-Match: W/"4" · 304
			GET · /Users/{ann} · If-None-Match: W/"3" · 200
			DELETE · /Groups/{care} · If-Match: W/"9" · 412
			DELETE · /Groups/{care} · 204`},
		{49, "a deleted user is not found, and the userName is free", `
			DELETE · /Users/{ann} · 204 · body=
			GET · /Users/{ann} · 404
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":true} · 404
			PUT · /Users/{ann} · {"userName":"ann@x.io"} · 404
			DELETE · /Users/{ann} · 404
			GET · /Users?filter=userName eq "ann@x.io" · 200 · totalResults=0
			GET · /Users?filter=id eq "{ann}" · 200 · totalResults=0
			GET · /Groups/{care} · 200 · members=
			POST · /Users · {"userName":"ann@x.io"} · 201 · id!{ann}`},
		{50, "a deactivated user still exists", `
			PATCH · /Users/{ann} · {"op":"replace","path":"active","value":false} · 200
			GET · /Users/{ann} · 200 · active=false
			GET · /Users · 200 · totalResults=2
			GET · /Users?filter=userName eq "ann@x.io" · 200 · totalResults=1, Resources/0/active=false
			GET · /Groups/{care} · 200 · members={ann}`},
		{51, "the ServiceProviderConfig names limits", `
			GET · /ServiceProviderConfig · 200 · bulk/maxOperations=1000, filter/maxResults=1000, patch/supported=true`},
		{52, "lastModified changes only when a request writes to the resource itself", `
			GET · /Users/{ann} · 200 · meta/lastModified>then, meta/version=W/"2"
			PATCH · /Users/{ann} · {"op":"replace","path":"title","value":"Agent"} · 200 · meta/lastModified={then}, meta/version=W/"2"
			PATCH · /Users/{ann} · {"op":"replace","value":{"shoeSize":42}} · 200 · meta/lastModified={then}
			PATCH · /Groups/{care} · {"op":"remove","path":"members[value eq \"{bob}\"]"} · 204 · @ETag=W/"1"
			PATCH · /Users/{ann} · {"op":"replace","path":"title","value":"Lead"} · 200 · meta/lastModified!{then}, meta/version=W/"3"
			GET · /Users/{ann} · 200 · meta/lastModified>later
			PATCH · /Groups/{care} · {"op":"remove","path":"members[value eq \"{ann}\"]"} · 204 · @ETag=W/"2"
			GET · /Users/{ann} · 200 · groups=, meta/lastModified={later}, meta/version=W/"4"`},
		{53, "a complex attribute keeps other sub-attributes; one value is primary", `
			PATCH · /Users/{ann} · {"op":"replace","value":{"name":{"givenName":"Ann","familyName":"Lee"}}} · 200 · name/familyName=Lee
			PATCH · /Users/{ann} · {"op":"replace","path":"name","value":{"givenName":"Anna"}} · 200 · name/givenName=Anna, name/familyName=Lee
			PATCH · /Users/{ann} · {"op":"add","path":"emails","value":[{"type":"home","value":"h@x.io","primary":true}]} · 200 · emails=ann@x.io h@x.io, emails/0/primary=false, emails/1/primary=true
			PATCH · /Users/{ann} · {"op":"replace","path":"emails[type eq \"work\"].primary","value":"True"} · 200 · emails/0/primary=true, emails/1/primary=false
			PUT · /Users/{ann} · {"userName":"ann@x.io","emails":[{"value":"a@x.io","primary":true},{"value":"b@x.io","primary":true}]} · 200 · emails/0/primary=false, emails/1/primary=true
			PATCH · /Users/{ann} · {"op":"add","path":"emails","value":[{"value":"c@x.io","primary":true},{"value":"d@x.io","primary":"true"}]} · 200 · emails/1/primary=false, emails/2/primary=false, emails/3/primary=true
			PATCH · /Users/{ann} · {"op":"replace","path":"emails[value eq \"a@x.io\"]","value":{"primary":true}} · 200 · emails/0/primary=true, emails/3/primary=false`},
	}
}
