package admin

import "time"

// ParseSince parses the start of a period: a duration before now ("7d", "12h"), a
// date ("2026-01-31"), or a time of RFC 3339. For "", which means that the period has
// no start, ParseSince returns the zero time.
func ParseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	before, err := ParseLifetime(text)
	if err != nil || before == 0 {
		return time.Time{}, failure(Usage, "%q is not a start: write days (7d), a duration (12h), a date (2026-01-31) or a time (2026-01-31T09:00:00Z)", text)
	}
	return now.Add(-before), nil
}
