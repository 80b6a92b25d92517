enum WebhookReceiverRoom {}
