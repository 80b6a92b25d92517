enum WebhookReceiverTestingRoom {}
