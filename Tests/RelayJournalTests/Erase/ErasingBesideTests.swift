import RelayJournal
import RelaySystem
import Testing

/// A journal with a damaged event in its first segment, and many small ones behind that one.
private struct Neighbourhood {
  static let damaged: UInt64 = 3
  static let small = 100
  let storage: SimulatedStorage
  let journal: Journal
  /// The first segment's file.
  let node: Int

  init(damages: Bool = true) throws {
    let specimen = ErasingSpecimen()
    storage = specimen.storage
    journal = try specimen.filled()
    for number in 28..<28 + Self.small {
      _ = try journal.stage(Sample.draft(number))
      if number % 10 == 0 { try journal.commit() }
    }
    try journal.commit()
    let name = try #require(storage.disk.segmentNames.first)
    node = try #require(storage.disk.node(name))
    guard damages else { return }
    let bytes = storage.disk.read(node, 1 << 20, at: 0)
    let piece = ErasingSpecimen.draft(Int(Self.damaged)).body.prefix(64)
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: piece) })
    storage.with { $0.disk.flip(name, byte: start + 5000, mask: 1) }
  }
}

/// Erases one event after the other, each time that it is asked to.
private final class Eraser {
  private let journal: Journal
  private(set) var left: [UInt64]
  private var isErasing = false

  init(_ journal: Journal, _ sequences: some Sequence<UInt64>) {
    self.journal = journal
    left = Array(sequences)
  }

  func eraseNext() {
    // What it reads itself asks it again.
    guard !isErasing, !left.isEmpty else { return }
    isErasing = true
    defer { isErasing = false }
    let sequence = left.removeFirst()
    guard case .erased? = try? journal.eraseBody(of: sequence) else {
      Issue.record("\(sequence) was not erased")
      return
    }
  }
}

@Suite("Erasing beside readers") struct ErasingBesideTests {
  private static let limit = ReadLimit(events: 50, bytes: 1 << 20, scanned: 6)

  private func sequences(_ page: Page) -> [ClosedRange<UInt64>] {
    page.entries.map { entry in
      switch entry {
      case .event(let event): event.sequence...event.sequence
      case .gap(let from, let to, _): from...to
      }
    }
  }

  private func tail(_ journal: Journal) -> ClosedRange<UInt64> {
    journal.durableSequence - UInt64(Neighbourhood.small) + 1...journal.durableSequence
  }

  @Test(arguments: [ReadOrder.ascending, .descending])
  func `a page that was read twice is as if it had been read once`(_ order: ReadOrder) throws {
    let place = try Neighbourhood()
    let start: UInt64 = order == .ascending ? 1 : 7
    let quiet = try place.journal.reader.read(
      from: start,
      order: order,
      limit: Self.limit,
      body: true
    ) { _ in true }
    #expect(sequences(quiet).contains(Neighbourhood.damaged...Neighbourhood.damaged))
    let eraser = Eraser(place.journal, [8])
    var seen = 0
    let page = try place.journal.reader.read(
      from: start,
      order: order,
      limit: Self.limit,
      body: true
    ) { event in
      if event.sequence == 1 { seen += 1 }
      eraser.eraseNext()
      return true
    }
    #expect(seen == 2 && eraser.left.isEmpty)
    #expect(sequences(page) == sequences(quiet) && page.next == quiet.next)
  }

  @Test(arguments: [ReadOrder.ascending, .descending])
  func `what is erased in another segment has nobody read again`(_ order: ReadOrder) throws {
    let place = try Neighbourhood()
    let eraser = Eraser(place.journal, tail(place.journal))
    var seen = 0
    let page = try place.journal.reader.read(
      from: order == .ascending ? 1 : 7,
      order: order,
      limit: Self.limit,
      body: false
    ) { event in
      if event.sequence == 1 { seen += 1 }
      eraser.eraseNext()
      return true
    }
    #expect(seen == 1)
    #expect(sequences(page).contains(Neighbourhood.damaged...Neighbourhood.damaged))
  }

  /// Damage is said in the end, however long somebody erases beside it.
  @Test(arguments: [ReadOrder.ascending, .descending])
  func `a reader does not wait for the end of all erasing`(_ order: ReadOrder) throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    for number in 1...120 {
      _ = try journal.stage(Sample.draft(number))
      if number % 10 == 0 { try journal.commit() }
    }
    let name = try #require(storage.disk.segmentNames.first)
    let node = try #require(storage.disk.node(name))
    let bytes = storage.disk.read(node, 1 << 20, at: 0)
    let body = Sample.draft(3).body
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: body) })
    storage.with { $0.disk.flip(name, byte: start + 20, mask: 1) }
    let eraser = Eraser(journal, 21...120)
    let page = try journal.reader.read(
      from: order == .ascending ? 1 : 7,
      order: order,
      limit: Self.limit,
      body: false
    ) { event in
      if event.sequence == 1 { eraser.eraseNext() }
      return true
    }
    #expect(sequences(page).contains(3...3))
    #expect(!eraser.left.isEmpty)
  }

  @Test func `damage is found beside erasing in other segments`() throws {
    let place = try Neighbourhood()
    let eraser = Eraser(place.journal, tail(place.journal))
    let node = place.node
    place.storage.setBeforeRead { read, _ in if read == node { eraser.eraseNext() } }
    let page = try place.journal.reader.read(
      from: 1,
      order: .ascending,
      limit: Self.limit,
      body: false
    ) { _ in true }
    place.storage.setBeforeRead(nil)
    #expect(sequences(page).contains(Neighbourhood.damaged...Neighbourhood.damaged))
    let heard = Heard()
    place.journal.reportDamage { heard.add($0) }
    #expect(heard.problems.map(\.sequence) == [Neighbourhood.damaged])
    #expect(!eraser.left.isEmpty)
  }

  @Test func `a copy does not wait for the end of all erasing`() throws {
    let place = try Neighbourhood(damages: false)
    let eraser = Eraser(place.journal, tail(place.journal))
    let node = place.node
    // Who copies reads all of it at once.
    place.storage.setBeforeRead { read, count in
      if read == node, count > 32 << 10 { eraser.eraseNext() }
    }
    let report = try JournalCopy.run(
      from: "/disk/journal",
      to: "/disk/copy",
      storage: place.storage
    )
    place.storage.setBeforeRead(nil)
    #expect(report.gaps == [] && report.durableSequence == place.journal.durableSequence)
    #expect(eraser.left.count < Neighbourhood.small && !eraser.left.isEmpty)
    let inspector = try JournalInspector(directory: "/disk/copy", storage: place.storage)
    #expect(try inspector.verify().problems == [])
  }
}
