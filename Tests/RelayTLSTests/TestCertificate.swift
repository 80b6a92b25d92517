import Foundation
import RelaySystem
import RelayTLS
import Testing

/// A certificate and its key, made by the openssl command line: self-signed, or by an authority.
struct TestCertificate {
  let certificate: [UInt8]
  let key: [UInt8]

  var identity: TLSIdentity { TLSIdentity(certificateChain: certificate, privateKey: key) }

  /// The common name is `name`; `names` are those of its subjectAltName.
  ///
  /// `algorithm` is what `openssl req` makes a key of.
  init(
    _ name: String,
    names: [String] = [],
    by authority: TestCertificate? = nil,
    algorithm: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    options: [String] = []
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var command = [
      "openssl", "req", "-x509", "-nodes", "-subj", "/CN=\(name)", "-days", "1", "-keyout", "-",
      "-out", "-", "-newkey",
    ]
    command += algorithm
    if !names.isEmpty {
      let list = names.map { "DNS:\($0)" }.joined(separator: ",")
      command += ["-addext", "subjectAltName=\(list)"]
    }
    if let authority {
      let (signer, key) = (folder.appending(path: "ca.pem"), folder.appending(path: "ca.key"))
      try Data(authority.certificate).write(to: signer)
      try Data(authority.key).write(to: key)
      command += ["-CA", signer.path, "-CAkey", key.path]
    }
    let made = Subprocess(command + options).run()
    try #require(made.isSuccess, "\(String(decoding: made.errorOutput, as: UTF8.self))")
    let text = String(decoding: made.output, as: UTF8.self)
    let border = try #require(text.firstRange(of: "-----BEGIN CERTIFICATE"))
    self.key = Array(text[..<border.lowerBound].utf8)
    certificate = Array(text[border.lowerBound...].utf8)
  }
}
