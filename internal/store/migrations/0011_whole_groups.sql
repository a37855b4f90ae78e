-- Whether a group's members came last with the whole group, by POST or PUT: then
-- a PUT that names none means nobody. Where they came by PATCH, they stay.

-- +goose Up
alter table scim_group add column members_whole boolean not null default false;
