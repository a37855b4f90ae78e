UPDATE river_job SET
	state = CASE WHEN $4 > 5000000 THEN 'scheduled' ELSE 'available' END,
	attempt = attempt - 1,
	scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '+' || ($4 / 1e6) || ' seconds'),
	metadata = jsonb_patch(metadata, jsonb($5))
WHERE id = $1 AND state = 'running' AND attempt = $2 AND attempted_by ->> '$[#-1]' = $3
