-- Indexes for filters on the time of the last change and on inactive users. The
-- indexes of addresses and members cover their queries: SQLite prefers a covering
-- index to one that leads to fewer rows, and then read all rows of a connection.

-- +goose Up
create index scim_user_modified on scim_user (connection_id, modified_at, user_id) where deleted_at = 0;
create index scim_user_away on scim_user (connection_id, created_at, user_id) where deleted_at = 0 and active = false;
create index scim_group_modified on scim_group (connection_id, modified_at, group_id);
drop index user_email_fold;
create index user_email_fold on user_email (connection_id, email_fold, type_fold, user_id);
drop index membership_member;
create index membership_member on membership (connection_id, member_id, group_id);
