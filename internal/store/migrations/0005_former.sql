-- Who had a userName before: a person who is created again finds what their
-- Worker had.

-- +goose Up
create index scim_user_former on scim_user (connection_id, user_name_fold, deleted_at) where deleted_at <> 0;
