// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built under the same rules.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .enableExperimentalFeature("Lifetimes"),
  .enableExperimentalFeature("SafeInteropWrappers"),
]

/// A room of the SDK, under Sources/.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A room of the sidecar, under sidecar/Sources/.
func relayRoom(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  resources: [Resource] = []
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "sidecar/Sources/\(name)",
    resources: resources,
    swiftSettings: settings
  )
}

/// The tests of a room, under Tests/.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "webhook-receiver",
  products: [
    .library(name: "WebhookReceiver", targets: ["WebhookReceiver"]),
    .library(name: "WebhookReceiverFoundation", targets: ["WebhookReceiverFoundation"]),
    .library(name: "WebhookReceiverStorage", targets: ["WebhookReceiverStorage"]),
    .library(name: "WebhookReceiverTesting", targets: ["WebhookReceiverTesting"]),
    .library(name: "WebhookRelayClient", targets: ["WebhookRelayClient"]),
    .executable(name: "webhook-sidecar", targets: ["webhook-sidecar"]),
  ],
  targets: [
    // The SDK.
    .systemLibrary(
      name: "CWebhookCrypto",
      pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]
    ),
    room("WebhookReceiver", ["CWebhookCrypto"]),
    room("WebhookReceiverFoundation", ["WebhookReceiver"]),
    room("WebhookReceiverStorage", ["WebhookReceiver"]),
    room("WebhookReceiverTesting", ["WebhookReceiver"]),
    room("WebhookRelayClient", ["WebhookReceiver", "WebhookReceiverFoundation"]),

    // The sidecar.
    .target(
      name: "CRelayLinux",
      path: "sidecar/Sources/CRelayLinux",
      cSettings: [.define("_GNU_SOURCE")]
    ),
    .target(
      name: "CRelayTLS",
      path: "sidecar/Sources/CRelayTLS",
      linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]
    ),
    relayRoom("RelaySystem", ["CRelayLinux"]),
    relayRoom("RelayTLS", ["CRelayTLS"]),
    relayRoom("RelayHTTP"),
    relayRoom("RelayJournal", ["RelaySystem"]),
    relayRoom("RelayCore", ["WebhookReceiver"]),
    relayRoom("RelayConfiguration", ["WebhookReceiver", "RelayCore"]),
    relayRoom(
      "RelayServer",
      [
        "WebhookReceiver", "RelaySystem", "RelayHTTP", "RelayTLS", "RelayJournal", "RelayCore",
        "RelayConfiguration",
      ],
      resources: [.embedInCode("openapi.yaml")]
    ),
    relayRoom(
      "RelayCommands",
      [
        "WebhookReceiver", "RelaySystem", "RelayHTTP", "RelayTLS", "RelayJournal", "RelayCore",
        "RelayConfiguration", "RelayServer",
      ]
    ),
    .executableTarget(
      name: "webhook-sidecar",
      dependencies: ["RelayCommands"],
      path: "sidecar/Sources/webhook-sidecar",
      swiftSettings: settings
    ),
    .target(
      name: "CAllocationCounter",
      path: "sidecar/BenchmarkSupport/CAllocationCounter"
    ),
    .target(name: "CGroupCommit", path: "sidecar/BenchmarkSupport/CGroupCommit"),
    .executableTarget(
      name: "relay-benchmarks",
      dependencies: [
        "CAllocationCounter", "CGroupCommit", "CWebhookCrypto", "WebhookReceiver", "RelaySystem",
        "RelayJournal",
      ],
      path: "sidecar/Benchmarks",
      swiftSettings: settings
    ),

    // Tests mirror the rooms.
    tests(
      "WebhookReceiverTests",
      ["WebhookReceiver", "WebhookReceiverFoundation", "WebhookReceiverTesting"]
    ),
    tests("WebhookReceiverStorageTests", ["WebhookReceiverStorage", "WebhookReceiver"]),
    tests("WebhookRelayClientTests", ["WebhookRelayClient", "WebhookReceiver", "RelaySystem"]),
    tests("RelaySystemTests", ["RelaySystem"]),
    tests("RelayHTTPTests", ["RelayHTTP"]),
    tests("RelayTLSTests", ["RelayTLS", "RelaySystem"]),
    tests("RelayJournalTests", ["RelayJournal", "RelaySystem"]),
    tests("RelayCoreTests", ["RelayCore", "WebhookReceiver"]),
    tests("RelayConfigurationTests", ["RelayConfiguration", "RelayCore", "WebhookReceiver"]),
    tests(
      "RelayServerTests",
      [
        "RelayServer", "RelayHTTP", "RelayTLS", "RelayJournal", "RelaySystem", "RelayCore",
        "RelayConfiguration", "WebhookReceiver",
      ]
    ),
    tests(
      "RelayCommandsTests",
      ["RelayCommands", "RelayJournal", "RelaySystem", "WebhookReceiver"]
    ),
    tests("TidyTests"),

    // Programs that the end-to-end tests run.
    .executableTarget(
      name: "idempotency-probe",
      dependencies: ["WebhookReceiver", "WebhookReceiverStorage"],
      path: "Tests/Probes/idempotency-probe",
      swiftSettings: settings
    ),
  ]
)
