-- Groups that are members of groups. If a column is false, there are none, and a
-- search is not needed; true may be out of date.

-- +goose Up
alter table scim_group add column is_member boolean not null default false; -- of another group
alter table scim_group add column has_groups boolean not null default false; -- among its members
update scim_group set is_member = true where exists (
	select 1 from membership m where m.connection_id = scim_group.connection_id and m.member_id = scim_group.group_id);
update scim_group set has_groups = true where exists (
	select 1 from membership m join scim_group n on n.connection_id = m.connection_id and n.group_id = m.member_id
	where m.connection_id = scim_group.connection_id and m.group_id = scim_group.group_id);
create index scim_group_is_member on scim_group (connection_id, group_id) where is_member = true;
