-- Settings of a connection, which `flexscim connection change` changes.
-- allowed_domains: domains separated by blanks; '' means all.
-- members_listed, members_patched: how the IdP has written members of groups so far,
-- for group_put = 'auto'.

-- +goose Up
alter table connection add column group_put text not null default 'auto';
alter table connection add column hides_pagination boolean not null default false;
alter table connection add column allowed_domains text not null default '';
alter table connection add column members_listed boolean not null default false;
alter table connection add column members_patched boolean not null default false;
