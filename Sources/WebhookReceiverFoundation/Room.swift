enum WebhookReceiverFoundationRoom {}
