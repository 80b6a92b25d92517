package import WebhookReceiver

/// Where a secret is: `env:NAME`, `file:PATH`, or the secret itself as `literal:VALUE`.
package struct SecretReference: Sendable, Hashable {
  private enum Place: Sendable, Hashable {
    case variable(String)
    case file(String)
    case literal(String)
  }

  private let place: Place

  package init(_ text: String) throws(SecretReferenceError) {
    if let name = Self.rest(of: text, after: "env:") {
      guard Self.isVariableName(name) else { throw .invalidVariableName }
      place = .variable(name)
    } else if let path = Self.rest(of: text, after: "file:") {
      guard !path.isEmpty, !path.utf8.contains(0) else { throw .invalidPath }
      place = .file(path)
    } else if let value = Self.rest(of: text, after: "literal:") {
      place = .literal(value)
    } else {
      throw .unknownKind
    }
  }

  /// The path of a secret that is in a file, as it was written.
  var file: String? {
    if case .file(let path) = place { path } else { nil }
  }

  /// The text of the secret, never empty.
  ///
  /// What the error says holds nothing of it.
  package func resolveText(_ environment: Environment) throws(SecretReferenceError) -> String {
    let text: String
    switch place {
    case .literal(let value): text = value
    case .variable(let name):
      guard let value = environment.variable(name) else { throw .variableNotSet(name) }
      text = value
    case .file(let path): text = try Self.contents(of: path, environment)
    }
    guard !text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else {
      throw .empty(self)
    }
    return text
  }

  package func resolve(_ environment: Environment) throws(SecretReferenceError) -> Secret {
    let text = try resolveText(environment)
    do throws(SecretError) {
      return try Secret(text)
    } catch {
      throw .unusable(self, error)
    }
  }

  /// One newline at the end is the editor's, not the secret's.
  private static func contents(
    of path: String,
    _ environment: Environment
  ) throws(SecretReferenceError) -> String {
    var bytes: [UInt8]
    switch environment.readFile(path) {
    case .success(let content): bytes = content
    case .failure(let failure):
      throw .fileUnreadable(environment.absolutePath(path), failure.reason)
    }
    if bytes.last == UInt8(ascii: "\n") {
      bytes.removeLast()
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .fileNotText(environment.absolutePath(path))
    }
    return text
  }

  private static func rest(of text: String, after prefix: String) -> String? {
    text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
  }

  private static func isVariableName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
      default: false
      }
    }
  }
}

extension SecretReference: CustomStringConvertible {
  /// The reference as it was written, except that a literal secret is left out.
  package var description: String {
    switch place {
    case .variable(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    case .literal: "literal:[redacted]"
    }
  }
}

extension SecretReference: CustomReflectable {
  /// Nothing: `dump` walks through values that do not say so.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a reference leads to no secret.
package enum SecretReferenceError: Error, Equatable, Sendable {
  case unknownKind
  case invalidVariableName
  case invalidPath
  case variableNotSet(String)
  /// The path that was tried, and why it cannot be read.
  case fileUnreadable(String, String)
  case fileNotText(String)
  case empty(SecretReference)
  case unusable(SecretReference, SecretError)
}

extension SecretReferenceError: CustomStringConvertible {
  /// What is wrong, and what to do about it, on one line.
  package var description: String { "\(message); \(suggestion)" }

  package var message: String {
    switch self {
    // The text is not repeated: it may be the secret, without the word in front.
    case .unknownKind: "a secret reference begins with env:, file: or literal:"
    case .invalidVariableName:
      "what follows env: is not the name of a variable"
    case .invalidPath: "what follows file: is not a path"
    case .variableNotSet(let name): "the environment variable \(quoted(name)) is not set"
    case .fileUnreadable(let path, let reason):
      "cannot read \(quoted(path, charactersMax: Limit.pathCharacters)): \(reason)"
    case .fileNotText(let path):
      "the file \(quoted(path, charactersMax: Limit.pathCharacters)) is not UTF-8 text"
    case .empty(let reference): "the secret of \(Self.source(reference)) is empty"
    case .unusable(let reference, _):
      "the secret of \(Self.source(reference)) cannot be one"
    }
  }

  package var suggestion: String {
    switch self {
    case .unknownKind: "write env:NAME, file:PATH or literal:VALUE"
    case .invalidVariableName: "write env:NAME with letters, digits and _ alone"
    case .invalidPath: "write file:PATH"
    case .variableNotSet(let name):
      "set \(quoted(name)) before starting, or write file:PATH"
    case .fileUnreadable:
      "check the path and its permissions; a relative path begins in the working directory"
    case .fileNotText: "name a file that holds the secret alone"
    case .empty: "put the secret there that the provider shows; an empty one is known to anybody"
    case .unusable(_, let error): "\(error)"
    }
  }

  private static func source(_ reference: SecretReference) -> String {
    quoted("\(reference)")
  }
}
