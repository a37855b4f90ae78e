-- The channels that a deleted Worker had, as JSON: a person who comes back gets
-- their capacity again. And the index that finds the deleted person with the
-- externalId of a new one, who gets that person's memory.

-- +goose Up
alter table worker add column memory_channels text not null default '';
drop index scim_user_former;
create index scim_user_former on scim_user (connection_id, external_id, deleted_at) where deleted_at <> 0 and external_id <> '';
