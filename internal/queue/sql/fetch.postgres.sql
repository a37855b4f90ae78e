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
	FROM connection CROSS JOIN LATERAL (
		SELECT id, priority, scheduled_at FROM river_job
		WHERE state = 'available' AND queue = $1 AND args->>'connection' = connection.id AND scheduled_at <= now()
		ORDER BY priority, scheduled_at, id LIMIT 2 * $2::int) job
	LEFT JOIN busy ON busy.connection = connection.id
), picked (ids) AS (
	SELECT array(SELECT id FROM due ORDER BY priority, turn, random() LIMIT 2 * $2::int)
), next AS (
	SELECT id FROM river_job
	WHERE id = any ((SELECT ids FROM picked)::bigint[]) AND state::text = 'available' -- the cast keeps the planner from flexscim_turns
	ORDER BY array_position((SELECT ids FROM picked), id) LIMIT $2::int
	FOR UPDATE SKIP LOCKED
)
UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_at = now(),
	attempted_by = array_append(attempted_by[greatest(1, array_length(attempted_by, 1) + 2 - $4::int):], $3::text)
FROM next WHERE river_job.id = next.id
RETURNING river_job.id
