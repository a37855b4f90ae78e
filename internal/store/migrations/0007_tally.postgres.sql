-- As 0007_tally.sqlite.sql. Each shard has its own row, so that transactions at
-- the same time do not wait for each other.

-- +goose Up
create table tally (
	connection_id text not null,
	shard         bigint not null,
	users         bigint not null,
	primary key (connection_id, shard)
);
insert into tally (connection_id, shard, users)
	select connection_id, 0, count(*) from scim_user where deleted_at = 0 group by connection_id;
alter table tally set (fillfactor = 50);

-- +goose StatementBegin
create function scim_user_tally() returns trigger language plpgsql as $$ begin
	insert into tally (connection_id, shard, users) values (new.connection_id, pg_backend_pid() % 256, tg_argv[0]::bigint)
	on conflict (connection_id, shard) do update set users = tally.users + excluded.users;
	return null;
end $$;
-- +goose StatementEnd

create trigger scim_user_joins after insert on scim_user for each row when (new.deleted_at = 0)
	execute function scim_user_tally('1');
create trigger scim_user_leaves after update of deleted_at on scim_user for each row
	when (old.deleted_at = 0 and new.deleted_at <> 0) execute function scim_user_tally('-1');
