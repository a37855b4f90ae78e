-- The key of a connection's cursors, hexadecimal; '' before the first cursor. All
-- replicas use it.

-- +goose Up
alter table connection add column cursor_key text not null default '';
