SELECT priority,
	count(*) FILTER (WHERE state <> 'running' AND scheduled_at <= now()),
	count(*) FILTER (WHERE state = 'running'),
	count(*) FILTER (WHERE state <> 'running' AND scheduled_at > now()),
	coalesce(CAST(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state <> 'running' AND scheduled_at <= now()))
		AS double precision), 0)
FROM river_job
WHERE kind = 'sync_person' AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
GROUP BY priority
