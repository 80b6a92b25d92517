// swift-tools-version: 6.2
import PackageDescription

// Users of the library, compiled by scripts/test: what the documents show keeps working.
let package = Package(
  name: "samples",
  dependencies: [.package(name: "webhook-receiver", path: "..")],
  targets: [
    .executableTarget(
      name: "verify",
      dependencies: [.product(name: "WebhookReceiver", package: "webhook-receiver")]
    ),
    .executableTarget(
      name: "custom-scheme",
      dependencies: [
        .product(name: "WebhookReceiver", package: "webhook-receiver"),
        .product(name: "WebhookReceiverTesting", package: "webhook-receiver"),
      ]
    ),
    .executableTarget(
      name: "receive",
      dependencies: [
        .product(name: "WebhookReceiver", package: "webhook-receiver"),
        .product(name: "WebhookReceiverFoundation", package: "webhook-receiver"),
        .product(name: "WebhookReceiverTesting", package: "webhook-receiver"),
      ]
    ),
    .executableTarget(
      name: "pull",
      dependencies: [.product(name: "WebhookRelayClient", package: "webhook-receiver")]
    ),
  ]
)
