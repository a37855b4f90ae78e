package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// Manager returns the manager of a user, in the form that responses show. If the
// manager is not a live user of the connection, it returns nil.
func (s *Store) Manager(ctx context.Context, c ConnectionID, report scim.User) (*scim.UserRef, error) {
	err := fillManagers(ctx, s.db.SharedReader(), c, []*scim.User{&report})
	return report.Manager, err
}

// fillManagers sets the manager of each user if the manager is a live user of the
// connection. If no user has a manager, it sends no query.
func fillManagers(ctx context.Context, from db.Querier, c ConnectionID, users []*scim.User) error {
	var ids []scim.ID
	for _, u := range users {
		if id := scim.ID(u.Doc.Manager()); id.Valid() {
			ids = append(ids, id)
		}
	}
	known := map[scim.ID]*scim.UserRef{}
	err := db.InChunks(addNew(map[scim.ID]bool{}, ids), func(part []scim.ID) error {
		return from.Query(ctx, `select user_id, display_name from scim_user
			where connection_id = $1 and `+alive+` and user_id in (`+db.Places(2, len(part))+`)`, db.Args(part, c), func(r db.Row) error {
			var ref scim.UserRef
			err := r.Scan(&ref.ID, &ref.Display)
			known[ref.ID] = &ref
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, u := range users {
		u.Manager = known[scim.ID(u.Doc.Manager())]
	}
	return nil
}

// setManager sets a user's manager to the id in the document and this name. If the
// name is "", it does nothing.
func setManager(u *scim.User, name string) {
	if name != "" {
		u.Manager = &scim.UserRef{ID: scim.ID(u.Doc.Manager()), Display: name}
	}
}

// TouchReports touches the people who have this manager, because responses show the
// manager's name.
func (tx *Tx) TouchReports(ctx context.Context, c ConnectionID, manager scim.ID, why Why) error {
	_, err := tx.touchWhere(ctx, `manager_id = $5 and manager_id <> '' and deleted_at = 0`, tx.raising(why, c, manager))
	return err
}
