-- Whether the connection's IdP may read which roles and entitlements there are
-- (Okta Identity Governance). Others see no such resources.

-- +goose Up
alter table connection add column entitlements boolean not null default false;
