SELECT priority,
	count(*) FILTER (WHERE state <> 'running' AND scheduled_at <= datetime('now', 'subsec')),
	count(*) FILTER (WHERE state = 'running'),
	count(*) FILTER (WHERE state <> 'running' AND scheduled_at > datetime('now', 'subsec')),
	coalesce((julianday('now') - julianday(min(scheduled_at)
		FILTER (WHERE state <> 'running' AND scheduled_at <= datetime('now', 'subsec')))) * 86400.0, 0)
FROM river_job
WHERE kind = 'sync_person' AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
GROUP BY priority
