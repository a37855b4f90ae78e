-- Whether the connection's IdP may read /Roles and /Entitlements (Okta Identity
-- Governance). For other IdPs they do not exist.

-- +goose Up
alter table connection add column entitlements boolean not null default false;
