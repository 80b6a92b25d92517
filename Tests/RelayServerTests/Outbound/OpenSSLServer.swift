import Foundation
import Testing

/// A server of TLS by somebody else: `openssl s_server`.
///
/// Certificates are made by `openssl` as well.
final class OpenSSLServer {
  /// A folder with an authority and what it signed.
  final class Authority {
    let folder: URL
    var certificate: [UInt8] { bytes("ca.pem") }

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=Test authority",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem"
      )
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Signs a certificate: `names` as in subjectAltName, `dates` as `openssl ca` takes them.
    func sign(_ file: String, names: String, expired: Bool = false) throws {
      try openssl(
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=\(file)",
        "-keyout",
        "\(file).key",
        "-out",
        "\(file).csr"
      )
      try Data("subjectAltName=\(names)\n".utf8).write(to: folder.appending(path: "\(file).ext"))
      // A negative number of days: it ended before it began.
      try openssl(
        "x509",
        "-req",
        "-in",
        "\(file).csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        expired ? "-1" : "2",
        "-extfile",
        "\(file).ext",
        "-out",
        "\(file).pem"
      )
    }

    func selfSign(_ file: String, names: String) throws {
      try openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=\(file)",
        "-addext",
        "subjectAltName=\(names)",
        "-keyout",
        "\(file).key",
        "-out",
        "\(file).pem"
      )
    }

    func bytes(_ file: String) -> [UInt8] {
      (try? Data(contentsOf: folder.appending(path: file))).map { Array($0) } ?? []
    }

    func write(_ file: String, _ text: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: file))
    }

    private func openssl(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["openssl"] + arguments
      process.currentDirectoryURL = folder
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
  }

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private(set) var port: UInt16 = 0

  init(_ authority: Authority, _ certificate: String, _ arguments: String...) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [
        "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "\(certificate).pem", "-key",
        "\(certificate).key",
      ] + arguments
    process.currentDirectoryURL = authority.folder
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // "ACCEPT 127.0.0.1:PORT" is its first word.
    var text = ""
    while !text.contains("ACCEPT"), case let data = output.fileHandleForReading.availableData,
      !data.isEmpty
    {
      text += String(decoding: data, as: UTF8.self)
    }
    while let last = text.last, !last.isNewline,
      case let data = output.fileHandleForReading.availableData, !data.isEmpty
    {
      text += String(decoding: data, as: UTF8.self)
    }
    let line = try #require(text.split(whereSeparator: \.isNewline).first { $0.contains("ACCEPT") })
    port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
    // Nobody reads on: what it prints must not fill the pipe.
    output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  deinit { kill() }

  /// Sends text to whoever is connected.
  func type(_ text: String) { try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

  /// Ends it at once: its connections end without a close-notify.
  func kill() {
    output.fileHandleForReading.readabilityHandler = nil
    if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}
