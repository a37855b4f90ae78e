-- Columns that filters compare are ordered by bytes, as SQLite's are, and not
-- by the rules of a language.

-- +goose Up
alter table scim_user alter column user_name_fold type text collate "C", alter column display_fold type text collate "C",
	alter column external_id type text collate "C", alter column manager_id type text collate "C";
alter table user_email alter column email_fold type text collate "C", alter column type_fold type text collate "C";
alter table scim_group alter column display_name_fold type text collate "C", alter column external_id type text collate "C";
