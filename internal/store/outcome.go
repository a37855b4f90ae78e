package store

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
)

// SaveOutcome writes the outcome of a run and returns the current desired
// generation. If this generation equals the outcome's generation, the caller must
// complete the job in the same transaction. If it is higher, SaveOutcome stores the
// state Pending instead of the outcome's state. SaveOutcome returns ErrNotFound if
// there is no such person.
func (tx *Tx) SaveOutcome(ctx context.Context, key PersonKey, o Outcome) (desired int64, err error) {
	var was Outcome
	var next int64
	err = db.QueryOne(ctx, tx.db, `select desired_gen, observed_gen, state, reason, next_at from scim_user
		where connection_id = $1 and user_id = $2`+tx.db.Syntax().ForUpdate, []any{key.Connection, key.User},
		&desired, &was.Generation, &was.State, &was.Reason, &next)
	if err != nil {
		return 0, err
	}
	observed := was.Generation
	if o.State == Settled || o.State == Parked {
		observed = max(observed, min(o.Generation, desired))
	}
	if o.Generation < desired {
		o.State, o.Reason, o.Next = Pending, "", time.Time{}
	}
	if observed != was.Generation || !waitsUnchanged(was, o, next) {
		err = tx.db.ExecLater(ctx, `update scim_user set observed_gen = $3, state = $4, state_at = $5, reason = $6, next_at = $7
			where connection_id = $1 and user_id = $2`,
			key.Connection, key.User, observed, o.State, db.Micros(tx.db.Now()), db.Text(o.Reason), db.Micros(o.Next))
		if err != nil {
			return desired, err
		}
	}
	return desired, tx.saveRest(ctx, key, o)
}

// waitsUnchanged reports whether the person's stored state is already Pending, with
// the same reason and time of the next attempt as in the outcome o. In this case
// SaveOutcome does not write the state again, which would double the cost.
func waitsUnchanged(was, o Outcome, next int64) bool {
	return o.State == Pending && was.State == Pending && o.Reason == was.Reason && db.Micros(o.Next) == next
}

// saveRest writes the link, the memory and the leaver record of an outcome.
func (tx *Tx) saveRest(ctx context.Context, key PersonKey, o Outcome) error {
	err := tx.saveLink(ctx, key, o.Link)
	if err == nil && o.Memory != nil {
		err = tx.saveMemory(ctx, key, *o.Memory)
	}
	if err == nil && o.Leaver != nil {
		err = tx.saveLeaver(ctx, key, *o.Leaver)
	}
	return err
}

// saveLink writes the person's link to a Worker, or removes it if l is nil. It does
// not change the person's stored Memory.
func (tx *Tx) saveLink(ctx context.Context, key PersonKey, l *Link) error {
	if l == nil {
		return tx.db.ExecLater(ctx, `update worker set worker_sid = '', flex_user_sid = '', friendly_name = '', owned = '[]',
				adopted = false, created_at = 0
			where connection_id = $1 and user_id = $2 and worker_sid <> ''`, key.Connection, key.User)
	}
	owned, err := encode(append([]string{}, l.Owned...))
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `insert into worker (connection_id, user_id, worker_sid, flex_user_sid, friendly_name, owned, adopted,
			created_at, memory_attributes, memory_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, '', 0)
		on conflict (connection_id, user_id) do update set worker_sid = excluded.worker_sid,
			flex_user_sid = excluded.flex_user_sid, friendly_name = excluded.friendly_name, owned = excluded.owned,
			adopted = excluded.adopted, created_at = excluded.created_at`,
		key.Connection, key.User, l.Worker, l.FlexUser, db.Text(l.FriendlyName), db.Text(owned), l.Adopted, db.Micros(l.Created))
}

// saveMemory writes the memory of the person's Worker.
func (tx *Tx) saveMemory(ctx context.Context, key PersonKey, m Memory) error {
	channels, err := encodeChannels(m.Channels)
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `insert into worker (connection_id, user_id, worker_sid, flex_user_sid, friendly_name, owned, adopted,
			created_at, memory_attributes, memory_channels, memory_at)
		values ($1, $2, '', '', '', '[]', false, 0, $3, $4, $5)
		on conflict (connection_id, user_id) do update set memory_attributes = excluded.memory_attributes,
			memory_channels = excluded.memory_channels, memory_at = excluded.memory_at`,
		key.Connection, key.User, db.Text(m.Attributes), db.Text(channels), db.Micros(m.Seen))
}

// encodeChannels returns channels as JSON text, or "" for none.
func encodeChannels(channels []flex.Channel) (string, error) {
	if len(channels) == 0 {
		return "", nil
	}
	return encode(channels)
}

func (tx *Tx) saveLeaver(ctx context.Context, key PersonKey, l leaver.Record) error {
	return tx.db.ExecLater(ctx, `insert into leaver (connection_id, leaver_id, user_id, worker_sid, user_name, requested_at,
			offline_at, deadline_at, drained_at, removed_at, verified_at, cancelled_at, live_at_stop, ended,
			offline_request, removed_request, verified_request)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		on conflict (connection_id, leaver_id) do update set worker_sid = excluded.worker_sid,
			user_name = excluded.user_name, requested_at = excluded.requested_at, offline_at = excluded.offline_at,
			deadline_at = excluded.deadline_at, drained_at = excluded.drained_at, removed_at = excluded.removed_at,
			verified_at = excluded.verified_at, cancelled_at = excluded.cancelled_at,
			live_at_stop = excluded.live_at_stop, ended = excluded.ended,
			offline_request = excluded.offline_request, removed_request = excluded.removed_request,
			verified_request = excluded.verified_request`,
		key.Connection, l.ID, key.User, l.Worker, db.Text(l.UserName), db.Micros(l.Requested),
		db.Micros(l.Offline), db.Micros(l.Deadline), db.Micros(l.Drained), db.Micros(l.Removed), db.Micros(l.Verified),
		db.Micros(l.Cancelled), l.LiveAtStop, l.Ended,
		l.OfflineRequest, l.RemovedRequest, l.VerifiedRequest)
}
