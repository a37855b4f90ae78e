-- The number of each connection's users, which every page of users has: to count
-- 3,000 users would cost as much as the page. Triggers keep it exact in each
-- transaction. Users of a connection without a row are counted.

-- +goose Up
create table tally (
	connection_id text not null,
	shard         bigint not null, -- 0; PostgreSQL has many
	users         bigint not null,
	primary key (connection_id, shard)
) without rowid;
insert into tally (connection_id, shard, users)
	select connection_id, 0, count(*) from scim_user where deleted_at = 0 group by connection_id;
-- Each connection has a row from the start: to insert or update costs twice.
insert into tally (connection_id, shard, users)
	select connection_id, 0, 0 from connection where connection_id not in (select connection_id from tally);

-- +goose StatementBegin
create trigger connection_opens after insert on connection begin
	insert into tally (connection_id, shard, users) select new.connection_id, 0, count(*)
	from scim_user where connection_id = new.connection_id and deleted_at = 0
	on conflict do nothing;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger scim_user_joins after insert on scim_user begin
	update tally set users = users + 1 where connection_id = new.connection_id and shard = 0;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger scim_user_leaves after update of deleted_at on scim_user when old.deleted_at = 0 and new.deleted_at <> 0 begin
	update tally set users = users - 1 where connection_id = new.connection_id and shard = 0;
end;
-- +goose StatementEnd
