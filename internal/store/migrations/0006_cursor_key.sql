-- The key of the cursors of a connection's lists, hexadecimal; '' before the
-- first one is asked for. All replicas use it, and it outlives them.

-- +goose Up
alter table connection add column cursor_key text not null default '';
