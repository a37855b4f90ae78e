-- +goose Up
select 1; -- SQLite orders by bytes already
