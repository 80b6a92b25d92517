/// Where secret references lead: this room asks, and never touches files or variables itself.
package struct Environment {
  /// Why a file cannot be had, as text for people.
  package struct Failure: Error, Equatable, Sendable {
    package var reason: String

    package init(_ reason: String) {
      self.reason = reason
    }
  }

  package let variable: (String) -> String?
  package let readFile: (String) -> Result<[UInt8], Failure>

  package init(
    variable: @escaping (String) -> String?,
    readFile: @escaping (String) -> Result<[UInt8], Failure>
  ) {
    self.variable = variable
    self.readFile = readFile
  }
}
