internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// Hands events out under leases, and answers for them; lives on the API's thread.
///
/// Each consumer has at most one set of changes on its way to the disk. What is asked meanwhile
/// gathers behind it and goes with the next: however many workers ask, one commit serves them all,
/// and a frontier never becomes durable before the entries that it counts.
///
/// What a lease call does is in LeaseDesk+HandingOut.swift, acks and their like in
/// LeaseDesk+Settling.swift.
final class LeaseDesk {
  /// Unsettled events of all consumers together: they are in memory, and in every snapshot of the
  /// state map.
  static let entriesMax = 50_000

  typealias Answering = (ConnectionID, Response) -> Void

  let reader: JournalReader
  let codec: CursorCodec
  let pages: EventPages
  let tail: TailWatch
  private let inbox: JournalInbox
  private let health: Health
  private(set) var consumers: [String: LeaseConsumer] = [:]
  private var clock: LeaseClock
  /// Changes under way, by the ticket with which the journal's thread answers.
  private var savings: [UInt64: Saving] = [:]
  private var lastTicket: UInt64 = 0
  /// Whose requests are not answered.
  private var holders: [ConnectionID: LeaseConsumer] = [:]
  /// Answers found where nobody could take them.
  private var outbox: [(connection: ConnectionID, response: Response)] = []

  private struct Saving {
    let consumer: LeaseConsumer
    let changes: LeaseTable.Changes
    var answers: [LeaseAnswer]
  }

  /// `state` is the journal's state map.
  init(state: [String: [UInt8]], _ context: APIContext) {
    reader = context.reader
    codec = context.codec
    tail = context.tail
    inbox = context.inbox
    health = context.health
    pages = EventPages(reader: reader, codec: codec)
    clock = LeaseClock(state: state, at: RetentionKeeper.reading())
    restore(state)
  }

  subscript(name: String) -> LeaseConsumer? { consumers[name] }

  /// Milliseconds of the journal's elapsed clock.
  func now() -> Int64 { clock.now() }

  /// How many more events may be unsettled, over all consumers.
  var room: Int { Self.entriesMax - consumers.values.reduce(0) { $0 + $1.table.entries.count } }

  var waiterCount: Int { consumers.values.reduce(0) { $0 + $1.waiters.count } }

  // MARK: The begin

  private func restore(_ state: [String: [UInt8]]) {
    var entries: [String: [UInt64: LeaseEntry]] = [:]
    var keys: [String: [String]] = [:]
    for (key, value) in state where key.hasPrefix(LeaseConsumer.entryPrefix) {
      guard let slash = key.lastIndex(of: "/") else { continue }
      let owner = String(key[...slash])
      keys[owner, default: []].append(key)
      let sequence = UInt64(key[key.index(after: slash)...])
      guard let sequence, let entry = LeaseEntry(bytes: value) else { continue }
      entries[owner, default: [:]][sequence] = entry
    }
    for (key, value) in state {
      guard let name = ConsumerBook.name(key), let record = LeaseConsumer.Record(value) else {
        continue
      }
      let owner = "\(LeaseConsumer.entryPrefix)\(name)/\(record.createdAt)/"
      keys[owner] = nil
      consumers[name] = LeaseConsumer(
        name: name,
        sources: record.sources,
        createdAt: record.createdAt,
        table: LeaseTable(
          restoring: entries[owner] ?? [:],
          frontier: record.frontier,
          lost: record.lost,
          attemptsMax: record.attemptsMax
        ),
        isNew: false,
        codec: codec
      )
    }
    // Left behind by a deletion that a crash cut short.
    let orphans = keys.values.joined().sorted().map { StateChange(key: $0, value: nil) }
    if !orphans.isEmpty { post(orphans, .nobody) }
  }

  // MARK: Making and removing

  func add(_ consumer: LeaseConsumer) { consumers[consumer.name] = consumer }

  /// Forgets a consumer, and returns what removes it from the disk.
  func remove(_ consumer: LeaseConsumer) -> [StateChange] {
    consumers[consumer.name] = nil
    dismiss(consumer, with: HTTPProblem.noSuchConsumer(consumer.name).response)
    // The definition first: a crash in between leaves entries that belong to nobody.
    return [StateChange(key: ConsumerBook.key(consumer.name), value: nil)]
      + consumer.table.entries.keys.sorted().map {
        StateChange(key: consumer.key($0), value: nil)
      }
  }

  /// Takes a removal back that did not become durable, or not all of it.
  func putBack(_ consumer: LeaseConsumer) {
    guard consumers[consumer.name] == nil else { return }
    consumer.table.markAllChanged()
    consumers[consumer.name] = consumer
  }

  // MARK: Answers that wait for the disk

  /// Answers when everything that the consumer has said is durable.
  func answer(
    _ connection: ConnectionID,
    _ consumer: LeaseConsumer,
    _ response: Response,
    handing receipts: [LeaseTable.Receipt] = []
  ) throws(ProblemError) -> Answer {
    guard health.state != .failed else { throw ProblemError(APIHandler.notDurable) }
    if consumer.isSaved { return .now(response) }
    enqueue(connection, consumer, response, handing: receipts)
    save(consumer)
    return .later
  }

  func enqueue(
    _ connection: ConnectionID,
    _ consumer: LeaseConsumer,
    _ response: Response,
    handing receipts: [LeaseTable.Receipt]
  ) {
    holders[connection] = consumer
    consumer.answers.append(
      LeaseAnswer(connection: connection, response: response, receipts: receipts)
    )
  }

  /// Sends what has changed to the disk, unless something is on its way already.
  func save(_ consumer: LeaseConsumer) {
    guard !consumer.isSaving, health.state != .failed else { return }
    guard let changes = consumer.table.takeChanges() else {
      // What these answers say is durable by now.
      for answer in consumer.answers { leave(answer, with: answer.response) }
      consumer.answers.removeAll()
      return
    }
    var state = changes.entries.map { sequence, entry in
      StateChange(key: consumer.key(sequence), value: entry?.bytes)
    }
    if !state.isEmpty { state.append(StateChange(key: LeaseClock.key, value: clock.bytes)) }
    if changes.writesNumbers {
      state.append(StateChange(key: ConsumerBook.key(consumer.name), value: consumer.encode()))
    }
    lastTicket += 1
    savings[lastTicket] = Saving(consumer: consumer, changes: changes, answers: consumer.answers)
    consumer.answers.removeAll()
    consumer.isSaving = true
    post(state, .leases(ticket: lastTicket))
  }

  private func post(_ changes: [StateChange], _ asker: StateSubmission.Asker) {
    inbox.post(.state(StateSubmission(changes: changes, asker: asker)))
  }

  /// The journal's thread has made changes durable, or could not.
  func finish(ticket: UInt64, isDurable: Bool) {
    guard let saving = savings.removeValue(forKey: ticket) else { return }
    let consumer = saving.consumer
    consumer.isSaving = false
    consumer.isRefused = !isDurable
    if isDurable {
      consumer.isNew = false
      for answer in saving.answers { leave(answer, with: answer.response) }
    } else {
      consumer.table.putBack(saving.changes)
      fail(saving.answers, consumer)
    }
    guard consumers[consumer.name] === consumer else {
      // Deleted meanwhile: nothing more is written for it.
      return dismiss(consumer, with: HTTPProblem.noSuchConsumer(consumer.name).response)
    }
    if consumer.isNew {
      // It never came to be, and nobody was handed anything.
      consumers[consumer.name] = nil
      return dismiss(consumer, with: APIHandler.notDurable.response)
    }
    if isDurable { serve(consumer) }
    if !consumer.answers.isEmpty || (isDurable && consumer.table.needsSaving) { save(consumer) }
  }

  /// Tells everybody who waits for a consumer that it is no more.
  private func dismiss(_ consumer: LeaseConsumer, with response: Response) {
    for waiter in consumer.waiters { leave(waiter, with: response) }
    for answer in consumer.answers { leave(answer, with: response) }
    consumer.waiters.removeAll()
    consumer.answers.removeAll()
  }

  private func fail(_ answers: [LeaseAnswer], _ consumer: LeaseConsumer) {
    let time = now()
    for answer in answers {
      for receipt in answer.receipts { consumer.table.release(receipt, at: time) }
      leave(answer, with: APIHandler.notDurable.response)
    }
  }

  // MARK: Coming and going

  /// Holds a request until there is something to lease.
  func hold(_ waiter: LeaseWaiter, _ consumer: LeaseConsumer) {
    consumer.waiters.append(waiter)
    holders[waiter.connection] = consumer
    tail.beginWaiting()
  }

  private func leave(_ waiter: LeaseWaiter, with response: Response) {
    tail.endWaiting()
    leave(waiter.connection, with: response)
  }

  private func leave(_ answer: LeaseAnswer, with response: Response) {
    leave(answer.connection, with: response)
  }

  /// Answers, unless the client has gone.
  private func leave(_ connection: ConnectionID, with response: Response) {
    guard holders.removeValue(forKey: connection) != nil else { return }
    outbox.append((connection, response))
  }

  /// The client has gone: whatever it would have been handed is for others.
  func forget(_ connection: ConnectionID) {
    withdraw(connection)
    holders[connection] = nil
  }

  /// Leases nothing to a client that most likely is gone; returns whether it would have been.
  @discardableResult
  func withdraw(_ connection: ConnectionID) -> Bool {
    guard let consumer = holders[connection] else { return false }
    if let index = consumer.waiters.firstIndex(where: { $0.connection == connection }) {
      consumer.waiters.remove(at: index)
      tail.endWaiting()
      holders[connection] = nil
      return true
    }
    let saving = savings.values.first { $0.consumer === consumer }
    let answers = consumer.answers + (saving?.answers ?? [])
    let receipts = answers.first { $0.connection == connection }?.receipts ?? []
    guard !receipts.isEmpty else { return false }
    holders[connection] = nil
    let time = now()
    consumer.table.advance(to: time)
    for receipt in receipts { consumer.table.release(receipt, at: time) }
    serve(consumer)
    if !consumer.isRefused { save(consumer) }
    return true
  }

  /// Hands over the answers that were found meanwhile.
  func flush(_ answer: Answering) {
    while !outbox.isEmpty {
      let taken = outbox
      outbox.removeAll()
      for (connection, response) in taken { answer(connection, response) }
    }
  }

  /// New events are readable.
  func advanced() {
    for consumer in consumers.values where !consumer.waiters.isEmpty {
      serve(consumer)
      save(consumer)
    }
  }

  /// Ends leases and waits whose time is over.
  func tick(at monotonic: Int64, isDraining: Bool) {
    let time = now()
    for consumer in consumers.values {
      if let end = consumer.table.nextExpiry, end <= time {
        consumer.table.advance(to: time)
        serve(consumer)
      }
      let over = consumer.waiters.filter { isDraining || monotonic >= $0.deadline }
      if !over.isEmpty {
        consumer.waiters.removeAll { isDraining || monotonic >= $0.deadline }
        for waiter in over { leave(waiter, with: Handout.empty) }
      }
      if !consumer.isRefused, consumer.table.needsSaving { save(consumer) }
    }
  }

  /// Gives those who wait what there is, in the order in which they came.
  func serve(_ consumer: LeaseConsumer) {
    while let waiter = consumer.waiters.first {
      do throws(ProblemError) {
        guard let handout = try handOut(consumer, waiter.wanted, waiter.form) else { return }
        consumer.waiters.removeFirst()
        tail.endWaiting()
        enqueue(waiter.connection, consumer, handout.response, handing: handout.receipts)
      } catch {
        consumer.waiters.removeFirst()
        leave(waiter, with: error.problem.response)
      }
    }
  }
}
