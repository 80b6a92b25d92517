// swift-tools-version: 6.2
import PackageDescription

// The SDK behind two servers. A package of its own: whoever builds the SDK downloads nothing.
let package = Package(
  name: "frameworks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "webhook-receiver", path: "../.."),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
  ],
  targets: [
    .executableTarget(
      name: "hummingbird-app",
      dependencies: [
        .product(name: "WebhookReceiver", package: "webhook-receiver"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ]
    ),
    .executableTarget(
      name: "flyingfox-app",
      dependencies: [
        .product(name: "WebhookReceiver", package: "webhook-receiver"),
        .product(name: "FlyingFox", package: "FlyingFox"),
      ]
    ),
  ]
)
