-- One text for SQLite and PostgreSQL. Types: text, bigint, boolean.
--
-- …_at is Unix microseconds, UTC; 0 means never. '' means none. …_fold,
-- external_id and manager_id are keys, which comparisons use instead of values:
-- folded if case does not count, with a hash if long (scim.TextKey). The IdP keeps
-- external_id unique (RFC 7643 §3.1): no index demands it.

-- +goose Up

-- An app at an IdP, with everything that it pushes.
create table connection (
	connection_id text not null primary key,
	name          text not null,
	kind          text not null,
	created_at    bigint not null
);
create unique index connection_name on connection (name);

-- Bearer tokens: only their hashes.
create table token (
	token_id      text not null primary key,
	connection_id text not null,
	hash          text not null, -- SHA-256, hexadecimal
	prefix        text not null,
	last_four     text not null,
	created_at    bigint not null,
	expires_at    bigint not null,
	last_used_at  bigint not null,
	revoked_at    bigint not null
);
create unique index token_hash on token (hash);

-- People. deleted_at <> 0 is a tombstone: the SCIM resource is gone, the person
-- stays until the Worker is gone, and for the leaver record.
create table scim_user (
	connection_id  text not null,
	user_id        text not null,
	user_name_fold text not null,
	display_fold   text not null,
	display_name   text not null, -- displayName, else userName: how groups show it
	external_id    text not null,
	manager_id     text not null,
	active         boolean not null,
	document       text not null, -- canonical JSON
	version        bigint not null,
	created_at     bigint not null,
	modified_at    bigint not null,
	deleted_at     bigint not null,
	desired_gen    bigint not null, -- the newest: the durable intent
	observed_gen   bigint not null, -- the one that Flex has
	state          text not null,
	state_at       bigint not null,
	reason         text not null,
	urgency        bigint not null,
	next_at        bigint not null, -- of the next attempt
	request        text not null,   -- reference id of the request that raised desired_gen last
	primary key (connection_id, user_id)
);
create unique index scim_user_user_name_fold on scim_user (connection_id, user_name_fold) where deleted_at = 0;
create index scim_user_external_id on scim_user (connection_id, external_id) where deleted_at = 0 and external_id <> '';
create index scim_user_display_fold on scim_user (connection_id, display_fold) where deleted_at = 0 and display_fold <> '';
create index scim_user_manager_id on scim_user (connection_id, manager_id) where deleted_at = 0 and manager_id <> '';
create index scim_user_created on scim_user (connection_id, created_at, user_id) where deleted_at = 0;
create index scim_user_behind on scim_user (urgency, next_at) where observed_gen < desired_gen;
create index scim_user_state on scim_user (state, state_at) where deleted_at = 0 or state <> 'settled';

create table user_email (
	connection_id text not null,
	user_id       text not null,
	email_fold    text not null,
	type_fold     text not null,
	primary key (connection_id, user_id, email_fold, type_fold)
);
create index user_email_fold on user_email (connection_id, email_fold);

create table scim_group (
	connection_id     text not null,
	group_id          text not null,
	display_name_fold text not null,
	display_name      text not null,
	external_id       text not null,
	document          text not null, -- canonical JSON, without members
	version           bigint not null,
	created_at        bigint not null,
	modified_at       bigint not null,
	primary key (connection_id, group_id)
);
create unique index scim_group_display_name_fold on scim_group (connection_id, display_name_fold);
create index scim_group_external_id on scim_group (connection_id, external_id) where external_id <> '';
create index scim_group_created on scim_group (connection_id, created_at, group_id);

-- A member_id without a user or group is a pending member, which is not shown.
create table membership (
	connection_id text not null,
	group_id      text not null,
	member_id     text not null,
	primary key (connection_id, group_id, member_id)
);
create index membership_member on membership (connection_id, member_id);

-- What we own in Flex for a person (worker_sid = '' means nothing), and what
-- the person's Worker last had.
create table worker (
	connection_id     text not null,
	user_id           text not null,
	worker_sid        text not null,
	flex_user_sid     text not null,
	friendly_name     text not null,
	owned             text not null, -- JSON array of attribute keys
	adopted           boolean not null,
	created_at        bigint not null,
	memory_attributes text not null, -- JSON as Twilio had it
	memory_at         bigint not null,
	primary key (connection_id, user_id)
);
create index worker_sid on worker (worker_sid) where worker_sid <> '';

-- One leaver record for each removal: its times are the proof.
create table leaver (
	leaver_id     text not null,
	connection_id text not null,
	user_id       text not null,
	worker_sid    text not null,
	user_name     text not null,
	requested_at  bigint not null,
	offline_at    bigint not null,
	deadline_at   bigint not null,
	drained_at    bigint not null,
	removed_at    bigint not null,
	verified_at   bigint not null,
	cancelled_at  bigint not null,
	live_at_stop  bigint not null,
	ended         bigint not null,
	primary key (connection_id, leaver_id)
);
create index leaver_user on leaver (connection_id, user_id, requested_at);

-- Append-only. seq = 0: not in the hash chain yet.
create table audit (
	entry_id      text not null,
	connection_id text not null,
	at            bigint not null,
	actor         text not null,
	action        text not null,
	subject       text not null,
	request       text not null,
	detail        text not null, -- JSON object of strings, keys sorted
	seq           bigint not null,
	hash          text not null,
	primary key (at, entry_id)
);
create index audit_unsealed on audit (at, entry_id) where seq = 0;
create unique index audit_seq on audit (seq) where seq <> 0;
create index audit_subject on audit (connection_id, subject, at);

-- The head of the hash chain: one row for all connections, connection_id = ''.
create table audit_head (
	connection_id text not null primary key,
	seq           bigint not null,
	hash          text not null
);
insert into audit_head (connection_id, seq, hash)
values ('', 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- The processes that share this database. They belong to no connection.
create table replica (
	replica_id text not null primary key,
	beat_at    bigint not null -- by the database's clock
);
