/// Who may know whom: the drawing of docs/Architecture.md as data.
///
///     CWebhookCrypto ◄ WebhookReceiver ◄ WebhookReceiverFoundation ◄ WebhookRelayClient
///                                      ◄ WebhookReceiverStorage
///                                      ◄ WebhookReceiverTesting
///                                      ◄ RelayCore, RelayConfiguration, RelayServer, RelayCommands
///     CRelayLinux ◄ RelaySystem ◄ RelayJournal ◄┐
///     CRelayTLS   ◄ RelayTLS                   ◄┤
///                   RelayHTTP  (nothing)       ◄┼ RelayServer ◄ RelayCommands ◄ webhook-sidecar
///     RelayCore                                ◄┤
///     RelayCore ◄ RelayConfiguration           ◄┘
struct Room: Sendable, CustomStringConvertible {
  let name: String
  let folder: String
  /// Rooms that its files may import.
  let mayImport: Set<String>
  /// Modules of the toolchain that its files may import.
  let toolchain: Set<String>

  var description: String { name }

  private init(
    _ name: String,
    in folder: String? = nil,
    _ mayImport: Set<String> = [],
    toolchain: Set<String> = []
  ) {
    self.name = name
    self.folder = folder ?? "sidecar/Sources/\(name)"
    self.mayImport = mayImport
    self.toolchain = toolchain
  }

  private static let sidecarRooms: Set<String> = [
    "WebhookReceiver", "RelaySystem", "RelayHTTP", "RelayTLS", "RelayJournal", "RelayCore",
    "RelayConfiguration",
  ]

  /// Foundation stays at the edges: the sidecar starts without it and can be linked statically.
  static let all: [Room] = [
    Room("CWebhookCrypto", in: "Sources/CWebhookCrypto"),
    Room(
      "WebhookReceiver",
      in: "Sources/WebhookReceiver",
      ["CWebhookCrypto"],
      toolchain: ["Synchronization", "Glibc"]
    ),
    Room(
      "WebhookReceiverFoundation",
      in: "Sources/WebhookReceiverFoundation",
      ["WebhookReceiver"],
      toolchain: ["Foundation", "FoundationNetworking", "FoundationEssentials"]
    ),
    Room(
      "WebhookReceiverStorage",
      in: "Sources/WebhookReceiverStorage",
      ["WebhookReceiver"],
      toolchain: ["Glibc", "Synchronization"]
    ),
    Room(
      "WebhookReceiverTesting",
      in: "Sources/WebhookReceiverTesting",
      ["WebhookReceiver"],
      toolchain: ["Synchronization"]
    ),
    Room(
      "WebhookRelayClient",
      in: "Sources/WebhookRelayClient",
      ["WebhookReceiver", "WebhookReceiverFoundation"],
      toolchain: ["Foundation", "FoundationNetworking", "Synchronization"]
    ),
    Room("CRelayLinux"),
    Room("RelaySystem", ["CRelayLinux"], toolchain: ["Glibc", "Synchronization"]),
    Room("CRelayTLS"),
    Room("RelayTLS", ["CRelayTLS"]),
    Room("RelayHTTP"),
    Room("RelayJournal", ["RelaySystem"], toolchain: ["Synchronization"]),
    Room("RelayCore", ["WebhookReceiver"]),
    Room("RelayConfiguration", ["WebhookReceiver", "RelayCore"]),
    Room("RelayServer", sidecarRooms, toolchain: ["Synchronization"]),
    Room(
      "RelayCommands",
      sidecarRooms.union(["RelayServer"]),
      toolchain: ["Synchronization"]
    ),
    Room("webhook-sidecar", ["RelayCommands"], toolchain: ["Glibc"]),
  ]

  static func named(_ name: String) -> Room? { all.first { $0.name == name } }

  /// Everything that this room may come to know, over any number of steps.
  var mayReach: Set<String> {
    mayImport.reduce(into: mayImport) { reached, name in
      if let room = Room.named(name) { reached.formUnion(room.mayReach) }
    }
  }

  /// What the files of this room import.
  func imports() throws -> [(file: String, module: String)] {
    var found: [(file: String, module: String)] = []
    for file in Repository.files(under: folder, extensions: ["swift"]) {
      for line in try Repository.lines(file) {
        if let module = Self.module(importedBy: line) { found.append((file: file, module: module)) }
      }
    }
    return found
  }

  /// The module of an import line: `internal import struct RelaySystem.File` names RelaySystem.
  static func module(importedBy line: String) -> String? {
    let words = line.split(separator: " ").map(String.init)
    guard let index = words.firstIndex(of: "import"), index + 1 < words.count else { return nil }
    let modifiers = words[..<index]
    guard
      modifiers.allSatisfy({
        $0.hasPrefix("@")
          || ["public", "package", "internal", "private", "fileprivate"].contains($0)
      })
    else { return nil }
    let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "typealias"]
    let rest = words[(index + 1)...].drop { kinds.contains($0) }
    return rest.first?.split(separator: ".").first.map(String.init)
  }
}
