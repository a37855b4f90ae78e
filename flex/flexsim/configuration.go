package flexsim

import (
	"maps"
	"net/http"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// fetchConfiguration returns Flex's configuration. It has every member of Twilio's
// document; those that the simulated account does not use are null or off.
func (s *Simulator) fetchConfiguration(c *call) (response, error) {
	body := unusedConfiguration()
	maps.Copy(body, map[string]any{
		"account_sid": s.account.AccountSID, "status": "ok", "attributes": map[string]any{}, "url": c.base + "/v1/Configuration",
		"date_created": date(s.account.Created), "date_updated": date(s.account.Created),
		"flex_instance_sid": s.account.InstanceSID, "flex_service_instance_sid": s.account.ServiceSID,
		"chat_service_instance_sid": s.account.ChatSID, "runtime_domain": c.base,
		"ui_version": "2.17.1", "ui_language": "en-US", "ui_attributes": map[string]any{}, "ui_dependencies": map[string]any{},
		"offline_config": map[string]any{"presence": true, "presence_ttl": 60},
	})
	maps.Copy(body, s.taskrouterConfiguration())
	return response{status: http.StatusOK, body: body}, nil
}

// taskrouterConfiguration returns the members about TaskRouter.
func (s *Simulator) taskrouterConfiguration() map[string]any {
	channels := []map[string]any{}
	for _, t := range s.account.TaskChannels {
		channels = append(channels, map[string]any{"name": t.UniqueName, "availability": true, "capacity": t.Capacity})
	}
	queues := []map[string]any{}
	for _, q := range s.account.Queues {
		queues = append(queues, map[string]any{"sid": q.SID, "targettable": true})
	}
	skill := func(name string) map[string]any {
		return map[string]any{"name": name, "multivalue": true, "minimum": 0, "maximum": 10}
	}
	return map[string]any{
		"taskrouter_workspace_sid": s.account.WorkspaceSID, "taskrouter_offline_activity_sid": s.offlineActivity(),
		"taskrouter_target_workflow_sid": s.account.Workflow.SID, "taskrouter_target_taskqueue_sid": s.account.Queues[0].SID,
		"taskrouter_taskqueues":        queues,
		"taskrouter_skills":            []any{skill("billing"), skill("support")},
		"taskrouter_worker_channels":   map[string]any{"agent": channels, "supervisor": channels, "admin": channels},
		"taskrouter_worker_attributes": map[string]any{"agent": map[string]any{}, "supervisor": map[string]any{}},
	}
}

// offlineActivity returns the SID of the offline Activity in the configuration, or
// nil if the configuration has null. The option offline_activity determines which
// of these it returns.
func (s *Simulator) offlineActivity() *string {
	offline := s.account.Offline().SID
	switch s.opt.Load().OfflineActivity {
	case "wrong":
		return &s.account.NoActivity
	case "available":
		return &s.account.ActivityNamed(account.Available).SID
	case "unset", "none":
		return nil
	}
	return &offline
}

// unusedConfiguration returns the members that nothing in the simulated account uses.
func unusedConfiguration() map[string]any {
	unused := map[string]any{}
	for _, name := range []string{
		"agent_conv_end_methods", "call_recording_webhook_url", "channel_configs", "citrix_voice_vdi",
		"crm_attributes", "crm_callback_url", "crm_fallback_url", "crm_type", "debugger_integration",
		"flex_insights_hr", "flex_ui_status_report", "flex_url", "integrations", "markdown",
		"messaging_service_instance_sid", "notifications", "outbound_call_flows", "plugin_service_attributes",
		"public_attributes", "queue_stats_configuration", "serverless_service_sids", "service_version",
	} {
		unused[name] = nil
	}
	for _, name := range []string{"call_recording_enabled", "crm_enabled", "flex_insights_drilldown", "plugin_service_enabled"} {
		unused[name] = false
	}
	return unused
}
