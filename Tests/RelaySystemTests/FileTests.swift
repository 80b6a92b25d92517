import Glibc
import RelaySystem
import Testing

/// A folder of its own for one test, removed afterwards.
private func withFolder(_ body: (String) throws -> Void) throws {
  let name = randomBytes(8).map { String($0, radix: 36) }.joined()
  let folder = "/tmp/relay-files-\(name)"
  try Directory.create(folder)
  defer { Directory.removeTree(folder) }
  try body(folder)
}

private func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
}

@Suite("CRC-32C") struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the usual check value.
  @Test(
    arguments: [
      (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), ([UInt8](0..<32), 0x46DD_794E),
      ([], 0),
    ] as [([UInt8], UInt32)]
  )
  func `agrees with the published values`(bytes: [UInt8], expected: UInt32) {
    let value = crc32c(bytes.span)
    #expect(value == expected)
  }

  @Test func `continues from a seed at every place`() {
    let bytes = pattern(67)
    let whole = crc32c(bytes.span)
    for cut in 0...bytes.count {
      let first = crc32c(Array(bytes[..<cut]).span)
      let both = crc32c(Array(bytes[cut...]).span, seed: first)
      #expect(both == whole)
    }
  }

  /// Long inputs are computed in lanes of 128 and of 2 048 bytes, three at a time.
  @Test func `agrees with the definition at every length and beside every lane`() {
    let bytes = pattern(2 * 3 * 2_048 + 3 * 128 + 9)
    var value: UInt32 = .max
    for (index, byte) in bytes.enumerated() {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? 0x82f6_3b78 ^ value >> 1 : value >> 1 }
      guard index < 1_000 || (6_100..<6_600).contains(index) || index > 12_200 else { continue }
      let computed = crc32c(bytes.span.extracting(0..<index + 1))
      #expect(computed == ~value, "of \(index + 1) bytes")
    }
  }

  @Test func `differs after every flipped bit`() {
    let bytes = pattern(64)
    let whole = crc32c(bytes.span)
    for bit in 0..<bytes.count * 8 {
      var altered = bytes
      altered[bit / 8] ^= 1 << (bit % 8)
      let value = crc32c(altered.span)
      #expect(value != whole)
    }
  }
}

@Suite("File") struct FileTests {
  @Test(arguments: [0, 1, 511, 4096, 10_000])
  func `gives back what was written, from the cache and from the disk`(count: Int) throws {
    try withFolder { folder in
      let file = try File.create(folder + "/a")
      let bytes = pattern(count)
      try file.write(bytes.span, at: 3)
      try file.synchronizeData()
      #expect(try file.read(count, at: 3) == bytes)
      #expect(try file.readDirect(count, at: 3) == bytes)
      #expect(try file.readDirect(count + 100, at: 3) == bytes)
      #expect(try file.size() == Int64(count == 0 ? 0 : count + 3))
    }
  }

  @Test func `reads nothing behind the end`() throws {
    try withFolder { folder in
      let file = try File.create(folder + "/a")
      try file.write([1, 2, 3].span, at: 0)
      #expect(try file.read(10, at: 3) == [])
      #expect(try file.readDirect(10, at: 5000) == [])
    }
  }

  @Test func `names the path and the reason of a failure`() throws {
    try withFolder { folder in
      let error = #expect(throws: SystemError.self) { try File.open(folder + "/none") }
      #expect(error?.isNotFound == true)
      #expect(error?.description.contains(folder + "/none") == true)
    }
  }

  @Test func `cannot be written when opened for reading`() throws {
    try withFolder { folder in
      _ = try File.create(folder + "/a")
      let file = try File.openForReading(folder + "/a")
      #expect(throws: SystemError.self) { try file.write([1].span, at: 0) }
    }
  }

  @Test func `is locked once`() throws {
    try withFolder { folder in
      let first = try File.create(folder + "/LOCK")
      let second = try File.create(folder + "/LOCK")
      #expect(try first.lock())
      #expect(try !second.lock())
      #expect(second.isLockedElsewhere())
    }
  }

  @Test func `the lock goes with the file`() throws {
    try withFolder { folder in
      do {
        let first = try File.create(folder + "/LOCK")
        #expect(try first.lock())
      }
      let second = try File.create(folder + "/LOCK")
      #expect(!second.isLockedElsewhere())
      #expect(try second.lock())
    }
  }

  @Test func `is the owner's alone, and so is its folder`() throws {
    try withFolder { folder in
      _ = try File.create(folder + "/a")
      var status = stat()
      // SAFETY: stat fills the value that it is given for the call.
      #expect(unsafe stat(folder + "/a", &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
      // SAFETY: as above.
      #expect(unsafe stat(folder, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o700)
    }
  }

  @Test func `is not created through a symbolic link`() throws {
    try withFolder { folder in
      // SAFETY: both paths are C strings for the call only.
      #expect(unsafe symlink(folder + "/elsewhere", folder + "/link") == 0)
      #expect(throws: SystemError.self) { try File.create(folder + "/link") }
    }
  }
}

@Suite("Directory") struct DirectoryTests {
  @Test func `creates what is missing above, and may be created twice`() throws {
    try withFolder { folder in
      try Directory.create(folder + "/a/b/c")
      try Directory.create(folder + "/a/b/c")
      #expect(try Directory.list(folder + "/a") == ["b"])
    }
  }

  @Test func `lists many names in order`() throws {
    try withFolder { folder in
      let names = (0..<600).map { "name-of-some-length-\($0)" + String(repeating: "x", count: 120) }
      for name in names { _ = try File.create(folder + "/" + name) }
      #expect(try Directory.list(folder) == names.sorted())
    }
  }

  @Test func `a tree is removed without what its links point to`() throws {
    try withFolder { folder in
      try Directory.create(folder + "/kept")
      _ = try File.create(folder + "/kept/file")
      try Directory.create(folder + "/gone/deeper")
      // SAFETY: both paths are C strings for the call only.
      #expect(unsafe symlink(folder + "/kept", folder + "/gone/link") == 0)
      Directory.removeTree(folder + "/gone")
      #expect(try Directory.list(folder) == ["kept"])
      #expect(try Directory.list(folder + "/kept") == ["file"])
    }
  }

  @Test func `a missing folder is an error`() throws {
    try withFolder { folder in
      #expect(throws: SystemError.self) { try Directory.list(folder + "/none") }
      #expect(throws: SystemError.self) { try Directory.synchronize(folder + "/none") }
      #expect(throws: SystemError.self) { try Directory.freeBytes(folder + "/none") }
    }
  }
}

@Suite("Whole files") struct WholeFileTests {
  @Test func `are replaced whole`() throws {
    try withFolder { folder in
      try writeFileDurably(folder + "/a", pattern(5000))
      try writeFileDurably(folder + "/a", [1])
      #expect(try readFile(folder + "/a", limit: 10) == [1])
      #expect(try Directory.list(folder) == ["a"])
    }
  }

  @Test func `have permissions that can be asked for; folders and nothing have none`() throws {
    try withFolder { folder in
      try writeFileDurably(folder + "/a", [1])
      #expect(filePermissions(folder + "/a") == 0o600)
      #expect(filePermissions(folder) == nil)
      #expect(filePermissions(folder + "/b") == nil)
    }
  }

  @Test(arguments: [(9, false), (10, true), (11, true)])
  func `are read up to a limit`(limit: Int, fits: Bool) throws {
    try withFolder { folder in
      try writeFileDurably(folder + "/a", pattern(10))
      #expect((try? readFile(folder + "/a", limit: limit)) == (fits ? pattern(10) : nil))
    }
  }
}
