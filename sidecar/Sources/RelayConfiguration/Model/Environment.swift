/// Where secret references lead: this room asks, and never touches files or variables itself.
package struct Environment {
  /// Why a file cannot be had, as text for people.
  package struct Failure: Error, Equatable, Sendable {
    package var reason: String

    package init(_ reason: String) {
      self.reason = reason
    }

    /// The one wording, whoever asks: `check` and `run` must not differ.
    package static let missing = Failure("there is no such file")

    package static func tooLarge(bytesMax: Int) -> Failure {
      Failure("it is larger than \(bytesMax) bytes")
    }
  }

  package let variable: (String) -> String?
  package let readFile: (String) -> Result<[UInt8], Failure>
  /// The permission bits of a regular file; nil for anything else, and where they are not known.
  package let permissions: (String) -> UInt32?
  /// The path that is really tried: relative ones begin in the working directory.
  package let absolutePath: (String) -> String
  /// Judges the contents of a listener's certificates and keys: this room knows nothing of them.
  package let examineTLS: (ListenerTLSContents) -> [ListenerTLSFinding]

  package init(
    variable: @escaping (String) -> String?,
    readFile: @escaping (String) -> Result<[UInt8], Failure>,
    permissions: @escaping (String) -> UInt32? = { _ in nil },
    absolutePath: @escaping (String) -> String = { $0 },
    examineTLS: @escaping (ListenerTLSContents) -> [ListenerTLSFinding] = { _ in [] }
  ) {
    self.variable = variable
    self.readFile = readFile
    self.permissions = permissions
    self.absolutePath = absolutePath
    self.examineTLS = examineTLS
  }
}
