enum WebhookRelayClientRoom {}
