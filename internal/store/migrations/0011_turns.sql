-- People with a newer generation are found for each connection, so that a connection
-- with thousands of such people does not hide those of another.

-- +goose Up
drop index scim_user_behind;
create index scim_user_behind on scim_user (connection_id, urgency, next_at) where observed_gen < desired_gen;
