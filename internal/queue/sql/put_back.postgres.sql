UPDATE river_job SET
	state = CASE WHEN $4::bigint > 5000000 THEN 'scheduled' ELSE 'available' END::river_job_state,
	attempt = attempt - 1,
	scheduled_at = now() + $4::bigint * interval '1 microsecond',
	metadata = metadata || $5::jsonb
WHERE id = $1 AND state = 'running' AND attempt = $2 AND attempted_by[array_upper(attempted_by, 1)] = $3
