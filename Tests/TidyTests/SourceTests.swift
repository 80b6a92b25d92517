import Foundation
import Testing

@Suite("Tidy: the source") struct SourceTests {
  static let linesMax = 500
  static let functionLinesMax = 70
  static let columnsMax = 100

  static let swift = Repository.files(extensions: ["swift"])
  static let product = swift.filter { !$0.hasPrefix("Tests/") }
  static let code = Repository.files(extensions: ["swift", "c", "h", "py"])
  static let text = Repository.files(
    extensions: ["swift", "c", "h", "py", "md", "yaml", "json5", ""]
  )

  @Test func `the source was found`() {
    #expect(Self.swift.count > 100, "\(Self.swift.count)")
    #expect(Self.product.contains("sidecar/Sources/webhook-sidecar/WebhookSidecar.swift"))
  }

  @Test func `no file is longer than 500 lines`() throws {
    for file in Self.code {
      let count = try Repository.lines(file).count
      #expect(count <= Self.linesMax, "\(file) has \(count) lines")
    }
  }

  @Test func `no function is longer than 70 lines`() throws {
    for file in Self.swift {
      for function in FunctionLengths.find(in: try Repository.lines(file)) {
        #expect(
          function.length <= Self.functionLinesMax,
          "\(file):\(function.line) is \(function.length) lines long"
        )
      }
    }
  }

  @Test func `no line is wider than 100 columns`() throws {
    for file in Self.swift {
      for (index, line) in try Repository.lines(file).enumerated() {
        #expect(line.count <= Self.columnsMax, "\(file):\(index + 1)")
      }
    }
  }

  /// Written in halves, so that this file does not contain what it looks for.
  static let leftovers = [
    "TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "place" + "holder", "stub" + "bed",
    "unimple" + "mented", "lorem " + "ipsum", "fatal" + "Error(",
  ]

  /// The toolchain writes names into its JUnit file as they are, and with one of these in a name
  /// nobody can read the file.
  @Test func `no name of a test breaks XML`() throws {
    let start = "func " + "`"
    for file in Self.swift where file.hasPrefix("Tests/") {
      for (index, line) in try Repository.lines(file).enumerated() where line.contains(start) {
        let name = line.split(separator: "`", omittingEmptySubsequences: false)[1]
        #expect(!name.contains { "\"&<>".contains($0) }, "\(file):\(index + 1)")
      }
    }
  }

  @Test func `nothing is left over`() throws {
    for file in Self.text {
      guard let text = try? Repository.text(file) else { continue }
      for word in Self.leftovers {
        let isShouted = word == word.uppercased()
        let found = text.range(
          of: isShouted ? "\\b\(word)\\b" : NSRegularExpression.escapedPattern(for: word),
          options: isShouted ? .regularExpression : [.caseInsensitive]
        )
        if let found, isShouted ? text[found] == word : true {
          let line = text[..<found.lowerBound].count { $0 == "\n" } + 1
          Issue.record("\(file):\(line) says \(word)")
        }
      }
    }
  }

  @Test func `nothing is forced`() throws {
    let forced = ["try" + "!", " as" + "! ", "@test" + "able"]
    for file in Self.swift {
      let text = try Repository.text(file)
      // Asked before it is expected: a failure would print the whole file.
      let found = forced.filter { text.contains($0) }
      #expect(found.isEmpty, "\(file)")
    }
  }

  @Test func `only the room of the kernel vouches for what the compiler cannot check`() throws {
    let word = "@un" + "checked Sendable"
    for file in Self.product {
      let lines = try Repository.lines(file)
      for (index, line) in lines.enumerated() where line.contains(word) {
        #expect(file.hasPrefix("sidecar/Sources/RelaySystem/"), "\(file):\(index + 1)")
        let before = lines[max(0, index - 8)..<index]
        #expect(before.contains { $0.contains("// SAFETY:") }, "\(file):\(index + 1) says not why")
      }
    }
  }

  @Test func `a test file has no unchecked claim either`() throws {
    let word = "@un" + "checked Sendable"
    for file in Self.swift where file.hasPrefix("Tests/") {
      let isThere = try Repository.text(file).contains(word)
      #expect(!isThere, "\(file)")
    }
  }

  @Test func `every limit of a function's length is really measured`() {
    let long = ["  func a() {"] + Array(repeating: "    b()", count: 80) + ["  }", "}"]
    #expect(FunctionLengths.find(in: long) == [.init(line: 1, length: 82)])
    let split = ["  static func a(", "    b: Int", "  ) -> Int {", "    b", "  }"]
    #expect(FunctionLengths.find(in: split) == [.init(line: 1, length: 5)])
    let requirement = ["  func a()", "  func b() {", "    c()", "  }"]
    #expect(FunctionLengths.find(in: requirement) == [.init(line: 2, length: 3)])
    let short = ["  func a() { b() }", "  init() {}", "  // func c() {", "  let function = 1"]
    #expect(FunctionLengths.find(in: short) == [])
  }
}
