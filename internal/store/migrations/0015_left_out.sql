-- Faulty operations that were left out of a PATCH so that it could deactivate a user,
-- for `flexscim doctor`.

-- +goose Up
create table left_out (
	connection_id text not null primary key,
	operations    bigint not null, -- since the first
	last_at       bigint not null,
	names         text not null    -- the paths' names in the last request
);
