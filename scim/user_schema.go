package scim

import "sync"

// UserType returns the User resource type. It has the core schema, the enterprise
// extension and the extension of flexscim. The core schema has no attribute
// `password`, because passwords are never stored. Package scimhttp adds the
// attribute, but only to /Schemas.
//
// Source: RFC 7643 §4.1, §4.3; §8.6 and §8.7.1 for names and descriptions,
// which Microsoft's suite compares.
func UserType() *ResourceType { return userType() }

var userType = sync.OnceValue(func() *ResourceType {
	t := &ResourceType{
		Name: "User", Endpoint: "/Users", Description: "User Account",
		Schema: Schema{
			URN: URNUser, Name: "User", Description: "User Account",
			Attributes: append(singleAttributes(), multiAttributes()...),
		},
		Extensions: []Schema{enterpriseSchema(), flexSchema()},
	}
	t.index = newIndex(t)
	return t
})

func singleAttributes() []Attribute {
	return []Attribute{
		{
			Name: "userName", Type: TypeString, Required: true, Uniqueness: "server",
			Description: "The name by which the person signs in: the SAML NameID. At most 64 characters fit into Flex.",
		},
		{Name: "name", Type: TypeComplex, Description: "The parts of the person's name.", Sub: []Attribute{
			text("formatted", "The full name, ready to be shown."),
			text("familyName", "The family name."),
			text("givenName", "The given name."),
			text("middleName", "The middle names."),
			text("honorificPrefix", "The title before the name, such as Dr."),
			text("honorificSuffix", "What follows the name, such as III."),
		}},
		text("displayName", "The name to show to others."),
		text("nickName", "The name used casually."),
		{
			Name: "profileUrl", Type: TypeReference, ReferenceTypes: []string{"external"},
			Description: "The address of the person's page.",
		},
		text("title", "The person's title, such as Team Lead."),
		text("userType", "The relation to the organization, such as Employee."),
		text("preferredLanguage", "The preferred languages, as in Accept-Language."),
		text("locale", "The region whose conventions the person prefers, such as en-US."),
		text("timezone", "The time zone, such as Europe/Berlin."),
		{Name: "active", Type: TypeBoolean, Description: "Whether the person may work in Flex. If false, flexscim removes the Worker."},
	}
}

func multiAttributes() []Attribute {
	return []Attribute{
		plural("emails", TypeString, "E-mail addresses.", "work", "home", "other"),
		plural("phoneNumbers", TypeString, "Phone numbers.", "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", TypeString, "Instant messaging addresses.", "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		plural("photos", TypeReference, "Addresses of pictures of the person.", "photo", "thumbnail"),
		{Name: "addresses", Type: TypeComplex, Multi: true, Description: "Postal addresses.", Sub: []Attribute{
			text("formatted", "The whole address, ready to be shown."),
			text("streetAddress", "Street and house number."),
			text("locality", "City."),
			text("region", "State or region."),
			text("postalCode", "Postal code."),
			text("country", "Country, ISO 3166-1 alpha-2 if the IdP keeps to it."),
			kind("work", "home", "other"),
			primary(),
		}},
		{
			Name: "groups", Type: TypeComplex, Multi: true, Mutability: readOnly,
			Description: "The groups that the person belongs to, changed through the groups.",
			Sub: []Attribute{
				{Name: "value", Type: TypeString, CaseExact: true, Mutability: readOnly, Description: "The group's id."},
				{Name: "$ref", Type: TypeReference, Mutability: readOnly, ReferenceTypes: []string{"Group"}, Description: "The group's address."},
				{Name: "display", Type: TypeString, Mutability: readOnly, Description: "The group's displayName."},
				{Name: "type", Type: TypeString, Mutability: readOnly, Canonical: []string{"direct", "indirect"}, Description: "direct: the person is a member of the group. indirect: the person is a member of a group in it."},
			},
		},
		plural("entitlements", TypeString, "What the person is entitled to."),
		plural("roles", TypeString, "The person's roles."),
		plural("x509Certificates", TypeBinary, "Certificates of the person, DER in base64."),
	}
}

// enterpriseSchema returns the enterprise extension. It differs from RFC 7643 §4.3
// in one point: manager.displayName is writable, because Okta sends it and mapping
// rules may use it.
func enterpriseSchema() Schema {
	return Schema{URN: URNEnterprise, Name: "EnterpriseUser", Description: "Enterprise User", Attributes: []Attribute{
		text("employeeNumber", "The number that the organization gave the person."),
		text("costCenter", "The cost centre."),
		text("organization", "The organization."),
		text("division", "The division."),
		text("department", "The department."),
		{Name: "manager", Type: TypeComplex, Description: "The person's manager.", Sub: []Attribute{
			{Name: "value", Type: TypeString, CaseExact: true, Description: "The manager's id."},
			{Name: "$ref", Type: TypeReference, CaseExact: true, ReferenceTypes: []string{"User"}, Description: "The manager's address."},
			text("displayName", "The manager's name."),
		}},
	}}
}

// flexSchema returns the extension of flexscim. An IdP that cannot send groups can
// send roles, skills and similar data in this extension.
func flexSchema() Schema {
	return Schema{URN: URNFlex, Name: "FlexUser", Description: "What Twilio Flex should know of the person", Attributes: []Attribute{
		{Name: "roles", Type: TypeString, Multi: true, Description: "Flex roles, such as agent or supervisor. The ceiling of the mapping limits them."},
		{Name: "skills", Type: TypeComplex, Multi: true, Description: "TaskRouter skills.", Sub: []Attribute{
			{Name: "name", Type: TypeString, Required: true, Description: "The skill's name."},
			{Name: "level", Type: TypeInteger, Description: "The skill's level, for skills that have levels."},
		}},
		text("skillList", "The skills as one string, such as billing:3,chat:1, for IdPs that can map strings only. Added to skills."),
		text("team", "The name of the person's team."),
		{Name: "capacity", Type: TypeComplex, Multi: true, Description: "How many tasks of a channel at once.", Sub: []Attribute{
			{Name: "channel", Type: TypeString, Required: true, Description: "The channel's unique name, such as chat or voice."},
			{Name: "units", Type: TypeInteger, Description: "The number of tasks."},
		}},
		{Name: "languages", Type: TypeString, Multi: true, Description: "The languages that the person serves customers in."},
		{Name: "walkOut", Type: TypeBoolean, Description: "If true, flexscim ends the person's live work at once when the person leaves."},
	}}
}

// text returns the definition of a string attribute.
func text(name, description string) Attribute {
	return Attribute{Name: name, Type: TypeString, Description: description}
}

// plural returns the definition of a multi-valued attribute with the sub-attributes
// `value`, `display`, `type` and `primary` (RFC 7643 §2.4). The argument types
// lists the canonical values of the sub-attribute `type`, which may also have other
// values.
func plural(name string, t Type, description string, types ...string) Attribute {
	value := Attribute{Name: "value", Type: t, Description: "The value itself."}
	value.CaseExact = t == TypeReference || t == TypeBinary
	if t == TypeReference {
		value.ReferenceTypes = []string{"external"}
	}
	return Attribute{Name: name, Type: TypeComplex, Multi: true, Description: description, Sub: []Attribute{
		value, text("display", "The value as it is shown to people."), kind(types...), primary(),
	}}
}

func kind(types ...string) Attribute {
	return Attribute{Name: "type", Type: TypeString, Canonical: types, Description: "What the value is for."}
}

func primary() Attribute {
	return Attribute{Name: "primary", Type: TypeBoolean, Description: "Whether this is the one to prefer. At most one is."}
}
