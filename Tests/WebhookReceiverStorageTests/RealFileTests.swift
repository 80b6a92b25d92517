import Foundation
import Testing
import WebhookReceiver
import WebhookReceiverStorage

@Suite("File store: on real files") struct RealFileTests {
  private typealias OpenError = FileIdempotencyStore.OpenError

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "idempotency-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  @Test func `keys come back after a close and after none`() async throws {
    try await withFolder { folder in
      let path = folder + "/keys"
      for round in 0..<6 {
        let store = try await FileIdempotencyStore.open(path: path)
        for number in 0..<round * 20 {
          #expect(try await store.claim(testKey(number)) == .done(result: [UInt8(number)]))
        }
        for number in round * 20..<(round + 1) * 20 {
          try await store.finish(number, result: [UInt8(number)])
        }
        await store.close()
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
          "keys", "keys.lock",
        ]
      )
    }
  }

  @Test func `only the owner may read it`() async throws {
    try await withFolder { folder in
      let path = folder + "/keys"
      let store = try await FileIdempotencyStore.open(path: path)
      for name in ["keys", "keys.lock"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
      }
      await store.close()
    }
  }

  @Test func `a second opener is told which file is open`() async throws {
    try await withFolder { folder in
      let path = folder + "/keys"
      let store = try await FileIdempotencyStore.open(path: path)
      let expected = OpenError.inUse(path: path)
      await #expect(throws: expected) { try await FileIdempotencyStore.open(path: path) }
      #expect(expected.description.contains(path))
      // The first is not disturbed.
      try await store.finish(1, result: [1])
      await store.close()
      let next = try await FileIdempotencyStore.open(path: path)
      #expect(try await next.claim(testKey(1)) == .done(result: [1]))
      await store.close()
      await next.close()
    }
  }

  @Test func `a store that nobody holds lets go of its file`() async throws {
    try await withFolder { folder in
      let path = folder + "/keys"
      var store: FileIdempotencyStore? = try await FileIdempotencyStore.open(path: path)
      try await store?.finish(1, result: [1])
      store = nil
      // On its own thread, so it need not have happened yet.
      while true {
        let next: FileIdempotencyStore
        do throws(OpenError) {
          next = try await FileIdempotencyStore.open(path: path)
        } catch {
          #expect(error == .inUse(path: path))
          await Task.yield()
          continue
        }
        #expect(try await next.claim(testKey(1)) == .done(result: [1]))
        await next.close()
        return
      }
    }
  }

  @Test func `a folder that is not there is named`() async throws {
    try await withFolder { folder in
      await #expect(throws: OpenError.noFolder(folder + "/a/b")) {
        try await FileIdempotencyStore.open(path: folder + "/a/b/keys")
      }
    }
  }

  @Test(arguments: ["", "a\0b"]) func `a path that cannot be is refused`(path: String) async throws
  {
    await #expect(throws: OpenError.self) { try await FileIdempotencyStore.open(path: path) }
  }

  @Test func `links, folders and pipes are not followed, read or waited for`() async throws {
    try await withFolder { folder in
      let manager = FileManager.default
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      for name in ["/link", "/other.lock", "/third.new"] {
        try manager.createSymbolicLink(
          atPath: folder + name,
          withDestinationPath: folder + "/file"
        )
      }
      try manager.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: false)
      // The path is a C string for the call only.
      let made = unsafe mkfifo(folder + "/pipe", 0o600)
      #expect(made == 0)
      for name in ["/link", "/other", "/sub", "/pipe"] {
        let error = await #expect(throws: OpenError.self) {
          try await FileIdempotencyStore.open(path: folder + name)
        }
        #expect(error?.description.contains(folder + name) == true)
      }
      // A link where a file is to be made is replaced, and what it leads to is not touched.
      await (try await FileIdempotencyStore.open(path: folder + "/third")).close()
      #expect(manager.contents(atPath: folder + "/file") == Data())
    }
  }

  @Test func `a file of nonsense is refused and left alone`() async throws {
    try await withFolder { folder in
      let path = folder + "/keys"
      try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
      await #expect(throws: OpenError.damaged(path: path, offset: 0)) {
        try await FileIdempotencyStore.open(path: path)
      }
      #expect(FileManager.default.contents(atPath: path) == Data("hello".utf8))
    }
  }

  @Test(arguments: [
    (OpenError.inUse(path: "/p"), "stop the other"), (.noFolder("/f"), "make it"),
    (.damaged(path: "/p", offset: 9), "byte 9"),
    (.unknownVersion(path: "/p", version: 3), "another path"),
    (.system(operation: "open /p", reason: "No space"), "could not open /p: No space"),
  ])
  func `every error says what to do`(error: FileIdempotencyStore.OpenError, text: String) {
    #expect(error.description.contains(text))
  }
}
