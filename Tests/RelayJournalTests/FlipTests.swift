import RelayJournal
import RelaySystem
import Testing

/// What `verify` says of one flipped bit, and what can still be read.
private enum Verdict: Hashable {
  /// The file and the batch, page or head are named.
  case named
  /// Nobody can know whose journal it is: refused by name.
  case refused
  /// In a block to which nothing has been written in this life of the file.
  case unused
  /// In a mark, which holds nothing; the batch that it proves is there.
  case mark
  /// Derived, and made again.
  case derived
  /// In the last batch of a crash, which nothing later proves: the window that nobody can close.
  case window
  /// Anything else: somebody was told that all is well.
  case silent
}

/// Flips bits of a journal, one at a time.
private struct FlipSurvey {
  let specimen: Specimen
  let end: Specimen.End
  /// The blocks in which batches and marks begin, by file.
  private let starts: [String: [Int]]
  private let events: [String]
  private(set) var counts: [Verdict: Int] = [:]
  private(set) var complaints: [String] = []

  init(_ end: Specimen.End, _ specimen: Specimen) throws {
    self.end = end
    self.specimen = specimen
    var starts: [String: [Int]] = [:]
    for name in specimen.disk.fileNames where name.hasSuffix(".seg") && !name.contains("/spare") {
      let node = try #require(specimen.disk.node(name))
      let bytes = specimen.disk.read(node, specimen.disk.size(node), at: 0)
      starts[name] = stride(from: 4096, to: bytes.count, by: 4096).filter { block in
        Array(bytes[block..<block + 4]) == Array("WRJB".utf8)
      }
    }
    self.starts = starts
    events = try Self.events(specimen.disk, specimen.options)
  }

  private static func events(_ disk: DiskModel, _ options: JournalOptions) throws -> [String] {
    var events: [String] = []
    _ = try JournalInspector(directory: options.directory, storage: SimulatedStorage(disk))
      .dump(bodies: true) { events.append("\($0)") }
    return events
  }

  /// `step` bytes apart, with a bit after the other; every bit where it is nil.
  mutating func run(step: Int?) throws {
    for name in specimen.disk.fileNames {
      guard let node = specimen.disk.node(name) else { continue }
      let size = specimen.disk.size(node)
      for byte in stride(from: 0, to: size, by: step ?? 1) {
        for bit in 0..<8 where step == nil || bit == byte / (step ?? 1) % 8 {
          // Behind the last block that was written one bit of each sector is enough.
          if byte >= written(name), byte % 512 != 77 || bit != byte / 512 % 8 { continue }
          try flip(name, byte, UInt8(1 << bit))
        }
      }
    }
  }

  /// The end of the last block that holds anything.
  private func written(_ name: String) -> Int {
    if name.contains("/spare") { return 0 }
    guard let last = starts[name]?.last else { return .max }
    return last + 4096
  }

  private mutating func flip(_ name: String, _ byte: Int, _ mask: UInt8) throws {
    var damaged = specimen.disk
    damaged.flip(name, byte: byte, mask: mask)
    let verdict = try verdict(name, byte, damaged)
    counts[verdict, default: 0] += 1
    if verdict == .silent { complaints.append("\(name) byte \(byte), mask \(mask)") }
  }

  private func verdict(_ name: String, _ byte: Int, _ damaged: DiskModel) throws -> Verdict {
    let report: JournalInspector.VerifyReport
    do throws(JournalError) {
      let storage = SimulatedStorage(damaged)
      report = try JournalInspector(directory: specimen.options.directory, storage: storage)
        .verify()
    } catch {
      guard case .badFormat(let path) = error, path == name else { return .silent }
      return .refused
    }
    if !report.problems.isEmpty {
      return report.problems.contains { isAt(name, byte, $0) } ? .named : .silent
    }
    return try unnamed(name, byte, damaged)
  }

  private func isAt(_ name: String, _ byte: Int, _ problem: LogProblem) -> Bool {
    guard name == path(problem) else { return false }
    // A run is judged as a whole, an EPOCH too.
    guard let starts = starts[name] else { return true }
    let owner = starts.last { $0 <= byte } ?? 0
    return problem.offset >= Int64(owner) && problem.offset <= Int64(byte)
  }

  private func path(_ problem: LogProblem) -> String {
    let isPlain = !problem.segment.contains("/") && problem.segment.hasSuffix(".seg")
    return specimen.options.directory + (isPlain ? "/log/" : "/") + problem.segment
  }

  /// Nothing was said: then nothing may be missing, but in the window.
  private func unnamed(_ name: String, _ byte: Int, _ damaged: DiskModel) throws -> Verdict {
    let found = try Self.events(damaged, specimen.options)
    guard let starts = starts[name], let last = starts.last else {
      guard found == events else { return .silent }
      if name.hasSuffix(".idx") { return .derived }
      return name.contains("/spare") || name.hasSuffix("/LOCK") ? .unused : .silent
    }
    if byte >= last + 4096 { return found == events ? .unused : .silent }
    guard byte >= last else { return .silent }
    if end != .crashed { return found == events ? .mark : .silent }
    return found == events || Array(events.dropLast(2)) == found ? .window : .silent
  }
}

@Suite("Flipped bits") struct FlipTests {
  private static let ends = [Specimen.End.closed, .marked, .crashed]

  @Test(arguments: ends)
  fileprivate func `each one is named, or is where nothing is`(end: Specimen.End) throws {
    var survey = try FlipSurvey(end, try Specimen(end, keysPerRun: 3))
    try survey.run(step: 41)
    #expect(survey.complaints.isEmpty, "\(survey.complaints.prefix(5))")
    #expect(survey.counts[.named, default: 0] > 800)
    #expect(survey.counts[.refused, default: 0] > 50)
    // Bounded: the last batch of each log.
    let windowMax = end == .crashed ? 2 * 4096 / 41 + 2 : 0
    #expect(survey.counts[.window, default: 0] <= windowMax)
  }

  @Test(.enabled(if: isCampaign))
  func `campaign: every bit is named, or is where nothing is`() throws {
    for end in Self.ends {
      var survey = try FlipSurvey(end, try Specimen(end, commits: 3, keysPerRun: 3))
      try survey.run(step: nil)
      #expect(survey.complaints.isEmpty, "\(survey.complaints.prefix(5))")
      #expect(survey.counts[.window, default: 0] <= (end == .crashed ? 2 * 4096 * 8 : 0))
      let total = survey.counts.values.reduce(0, +)
      let words = survey.counts.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
      print("campaign: \(total) flips of a journal that was \(end): \(words)")
    }
  }

  /// All bytes of the head and of the batches; the rest of the file is zeros.
  private func flips(_ end: Specimen.End, step: Int, bits: [UInt8]) throws -> (Int, [String]) {
    let specimen = try Specimen(end)
    var complaints: [String] = []
    var count = 0
    for name in specimen.disk.fileNames {
      guard let node = specimen.disk.node(name) else { continue }
      let size = min(specimen.disk.size(node), 28 << 10)
      for byte in stride(from: 0, to: size, by: step) {
        // Zeros between the structures are sampled.
        let isQuiet = specimen.disk.read(node, 1, at: byte) == [0] && byte % 64 != 0
        if isQuiet && byte % 13 != 0 { continue }
        for bit in bits {
          var damaged = specimen.disk
          damaged.flip(name, byte: byte, mask: bit)
          count += 1
          if let complaint = specimen.complaint(damaged, .continue) {
            complaints.append("\(name) byte \(byte): \(complaint)")
          }
        }
      }
    }
    return (count, complaints)
  }

  @Test(arguments: ends)
  fileprivate func `a start is never silent about a proven event`(end: Specimen.End) throws {
    let (count, complaints) = try flips(end, step: 3, bits: [0x10])
    #expect(count > 500)
    #expect(complaints.isEmpty, "\(complaints.prefix(5))")
  }

  @Test(.enabled(if: isCampaign))
  func `campaign: a start is never silent about a proven event`() throws {
    var total = 0
    for end in Self.ends {
      let (count, complaints) = try flips(end, step: 1, bits: [1, 2, 4, 8, 16, 32, 64, 128])
      #expect(complaints.isEmpty, "\(complaints.prefix(5))")
      total += count
    }
    print("campaign: \(total) starts over a flipped bit, no silent loss of a proven event")
  }
}
