-- Finds the deleted person of a userName: a person who is created again gets the
-- memory of their Worker.

-- +goose Up
create index scim_user_former on scim_user (connection_id, user_name_fold, deleted_at) where deleted_at <> 0;
