-- Tokens that stand for one user of their connection; '' is the IdP's own.

-- +goose Up
alter table token add column user_id text not null default '';
