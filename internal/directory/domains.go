package directory

import (
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// checkDomain returns an error if the connection must not create a user with this
// userName.
func (d *Directory) checkDomain(userName string) error {
	if d.conn.Allows(userName) {
		return nil
	}
	return refusal.DomainNotAllowed.New()
}

// checkRename returns an error if a user is active after a change, has a userName
// that the connection must not create, and was not active with this userName before.
// So a user who already has such a userName can be changed. Every user can be
// deactivated, even if the same request changes the userName.
func (d *Directory) checkRename(old, doc scim.Document) error {
	if !doc.Active() || old.Active() && scim.Fold(old.UserName()) == scim.Fold(doc.UserName()) {
		return nil
	}
	return d.checkDomain(doc.UserName())
}
