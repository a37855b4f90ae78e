package metrics

// metric describes one metric. Its name ends in its unit (_seconds, _days). If the
// name has no unit, the metric is a count.
type metric struct {
	name   string
	kind   string // counter, gauge, histogram
	help   string
	labels []string
}

// The metrics.
var (
	requests       = metric{"flexscim_http_requests_total", "counter", "Requests with a response, by method, resource and status.", []string{"method", "resource", "status"}}
	requestTime    = metric{"flexscim_http_request_duration_seconds", "histogram", "Time from a request to its response, in seconds.", []string{"method", "resource"}}
	refused        = metric{"flexscim_auth_refused_total", "counter", "Requests without a valid token, by reason.", []string{"reason"}}
	queueDepth     = metric{"flexscim_queue_depth", "gauge", "People whose latest change has not reached Flex, by priority (1: leavers, to 4: sweeps).", []string{"priority"}}
	queueAge       = metric{"flexscim_queue_oldest_age_seconds", "gauge", "Age of the oldest change that has not reached Flex, in seconds, by priority.", []string{"priority"}}
	calls          = metric{"flexscim_twilio_calls_total", "counter", "Calls to Twilio, by operation and outcome (ok, or the kind of the failure).", []string{"operation", "outcome"}}
	callTime       = metric{"flexscim_twilio_call_duration_seconds", "histogram", "Time of a call to Twilio, in seconds.", []string{"operation"}}
	slowed         = metric{"flexscim_twilio_throttled_total", "counter", "Responses with status 429 from Twilio.", nil}
	inFlight       = metric{"flexscim_twilio_calls_in_flight", "gauge", "Calls to Twilio that wait for their response.", nil}
	people         = metric{"flexscim_persons", "gauge", "People, by state (parked: an administrator must act).", []string{"state"}}
	leavers        = metric{"flexscim_leavers", "gauge", "Leavers, by stage.", []string{"state"}}
	commitToFlex   = metric{"flexscim_commit_to_flex_seconds", "histogram", "Time from the commit of a SCIM write until Flex matches it, in seconds.", nil}
	unsealed       = metric{"flexscim_audit_unsealed", "gauge", "Audit entries that are not in the hash chain yet.", nil}
	droppedAttrs   = metric{"flexscim_dropped_attributes_total", "counter", "Attributes in requests that flexscim does not store, by resource.", []string{"resource"}}
	leftOut        = metric{"flexscim_left_out_total", "counter", "Faulty operations left out of a PATCH so that it could still deactivate a user, by resource. The log names them.", []string{"resource"}}
	missedGroups   = metric{"flexscim_missed_groups", "gauge", "Groups whose name differs from one in the mapping rules only by letter case or blanks, so that the rule misses them, by connection. The log names them.", []string{"connection"}}
	tokenDays      = metric{"flexscim_token_expires_days", "gauge", "Days until the last token of a connection expires, for each connection with fewer than 90; below 0 if it has expired.", []string{"connection"}}
	buildInfo      = metric{"flexscim_build_info", "gauge", "Always 1; the labels name the version of flexscim and of Go.", []string{"version", "go"}}
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30}
	callBuckets    = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15}
	commitBuckets  = []float64{.01, .05, .1, .25, .5, 1, 5, 15, 60, 300, 1800, 7200, 86400}
)
