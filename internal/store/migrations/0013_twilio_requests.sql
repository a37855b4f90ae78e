-- The ids of the requests to Twilio that stopped, deleted and verified a leaver's
-- Worker, for Twilio's support.

-- +goose Up
alter table leaver add column offline_request text not null default '';
alter table leaver add column removed_request text not null default '';
alter table leaver add column verified_request text not null default '';
