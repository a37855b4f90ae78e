-- Whether a member is a group, so that the few groups in a group are found among
-- any number of users.

-- +goose Up
alter table membership add column is_group boolean not null default false;
update membership set is_group = true where exists (
	select 1 from scim_group g where g.connection_id = membership.connection_id and g.group_id = membership.member_id and g.is_member = true);
create index membership_inner on membership (connection_id, group_id) where is_group = true;
