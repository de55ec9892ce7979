package stripe

import "slices"

// applicationID is the platform's Connect application.
const applicationID = "ca_sim"

// The endpoints that Stripe shows for the webhook URL: one for events of the platform, and one
// for those of connected accounts, which names the application.
const (
	platformEndpointID = "we_sim_platform"
	connectEndpointID  = "we_sim_connect"

	endpointEnabled = "enabled"
	endpointPaused  = "disabled"
)

// takes reports whether an endpoint takes events of a kind, of the platform or of an account.
func (h *webhooks) takes(kind string, connected bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.settings.Status == endpointEnabled && (h.settings.Connect || !connected) &&
		(slices.Contains(h.settings.EnabledEvents, "*") || slices.Contains(h.settings.EnabledEvents, kind))
}

func (h *webhooks) version() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.settings.APIVersion
}

// endpoints are the views of the endpoints; there are none without a URL.
func (h *webhooks) endpoints() []object {
	h.mu.Lock()
	defer h.mu.Unlock()
	settings := h.settings
	if settings.URL == "" {
		return nil
	}
	endpoint := func(id string, application any) object {
		return object{
			"id": id, "object": "webhook_endpoint", "application": application, "api_version": settings.APIVersion,
			"created": h.since.Unix(), "description": nil, "enabled_events": slices.Clone(settings.EnabledEvents),
			"livemode": false, "metadata": object{}, "status": settings.Status, "url": settings.URL,
		}
	}
	all := []object{endpoint(platformEndpointID, nil)}
	if settings.Connect {
		all = append(all, endpoint(connectEndpointID, applicationID))
	}
	return all
}

func listEndpoints(c *call) (any, *apiError) {
	if _, refusal := c.limit(); refusal != nil {
		return nil, refusal
	}
	data := []object{}
	if c.account == PlatformID { // a connected account has endpoints of its own, and none here
		data = append(data, c.sim.hooks.endpoints()...)
	}
	return object{"object": "list", "url": c.http.URL.Path, "has_more": false, "data": data}, nil
}

func getEndpoint(c *call) (any, *apiError) {
	for _, endpoint := range c.sim.hooks.endpoints() {
		if endpoint["id"] == c.path("id") && c.account == PlatformID {
			return endpoint, nil
		}
	}
	return nil, missing("webhook endpoint", c.path("id"))
}

// firstSettings are those of an endpoint that takes every event.
func firstSettings(opts Options) webhookSettings {
	return webhookSettings{
		URL: opts.WebhookURL, Secret: opts.WebhookSecret, Mode: modeNormal,
		EnabledEvents: []string{"*"}, Status: endpointEnabled, APIVersion: apiVersion, Connect: true,
	}
}

var endpointStatuses = []string{endpointEnabled, endpointPaused}
