-- The processes that serve, with their settings and what they last saw, for the
-- commands that run in other processes. They belong to no connection.

-- +goose Up
create table server (
	server_id text not null primary key,
	seen_at   bigint not null, -- by the database's clock
	stopped   boolean not null,
	settings  text not null,   -- JSON, from the start of the process
	report    text not null    -- JSON, as last saved
);
