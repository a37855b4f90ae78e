package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// email contains the parts of an e-mail address that filters compare: the text keys
// of its value and its type.
type email struct{ address, kind string }

// emailKeys returns the addresses of a document, sorted and without duplicates.
func emailKeys(doc scim.Document) []email {
	var keys []email
	elements, _ := doc["emails"].([]any)
	for _, e := range elements {
		object, _ := e.(map[string]any)
		value, _ := object["value"].(string)
		kind, _ := object["type"].(string)
		if value != "" {
			keys = append(keys, email{scim.TextKey(scim.Fold(value)), scim.TextKey(scim.Fold(kind))})
		}
	}
	slices.SortFunc(keys, func(a, b email) int {
		return cmp.Or(strings.Compare(a.address, b.address), strings.Compare(a.kind, b.kind))
	})
	return slices.Compact(keys)
}

// setEmails writes the e-mail addresses of a locked user if they differ from the
// stored addresses.
func (tx *Tx) setEmails(ctx context.Context, c ConnectionID, was LockedUser, want []email) error {
	if slices.Equal(was.emails, want) {
		return nil
	}
	if err := tx.db.ExecLater(ctx, `delete from user_email where connection_id = $1 and user_id = $2`, c, was.ID); err != nil {
		return err
	}
	return tx.addEmails(ctx, c, was.ID, want)
}

func (tx *Tx) addEmails(ctx context.Context, c ConnectionID, id scim.ID, emails []email) error {
	for _, e := range emails {
		err := tx.db.ExecLater(ctx, `insert into user_email (connection_id, user_id, email_fold, type_fold) values ($1, $2, $3, $4)`,
			c, id, e.address, e.kind)
		if err != nil {
			return err
		}
	}
	return nil
}
