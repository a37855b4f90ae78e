WITH RECURSIVE connection (id) AS (
	SELECT min(args->>'connection') FROM river_job WHERE state = 'available' AND queue = $1
	UNION ALL
	SELECT (SELECT min(args->>'connection') FROM river_job
		WHERE state = 'available' AND queue = $1 AND args->>'connection' > connection.id)
	FROM connection WHERE connection.id IS NOT NULL
), busy (connection, jobs) AS (
	SELECT args->>'connection', count(*) FROM river_job WHERE state = 'running' AND queue = $1 GROUP BY 1
), due AS (
	SELECT job.id, job.priority,
		coalesce(busy.jobs, 0) + row_number() OVER (PARTITION BY connection.id ORDER BY job.priority, job.scheduled_at, job.id) AS turn
	FROM connection CROSS JOIN river_job job ON job.id IN (
		SELECT id FROM river_job
		WHERE state = 'available' AND queue = $1 AND args->>'connection' = connection.id AND scheduled_at <= datetime('now', 'subsec')
		ORDER BY priority, scheduled_at, id LIMIT $2)
	LEFT JOIN busy ON busy.connection = connection.id
)
UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_at = datetime('now', 'subsec'),
	attempted_by = jsonb(json_insert((SELECT json_group_array(value) FROM (
		SELECT value FROM (SELECT key, value FROM json_each(coalesce(attempted_by, '[]')) ORDER BY key DESC LIMIT $4 - 1) ORDER BY key)), '$[#]', $3))
WHERE id IN (SELECT id FROM due ORDER BY priority, turn, random() LIMIT $2)
RETURNING id
