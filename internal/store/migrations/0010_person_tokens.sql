-- Tokens of one user of their connection; '' is a token of the IdP.

-- +goose Up
alter table token add column user_id text not null default '';
