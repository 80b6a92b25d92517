internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS
internal import Synchronization
internal import WebhookReceiver

/// Posts alarms through a loop of its own, and waits for the answer.
final class AlarmPoster: Sendable {
  private let inbox: Mailbox<OutboundMessage<AlarmPosting.Message>>
  private let answer: AlarmAnswer

  /// Nil when its thread cannot be had.
  init?(_ url: OutboundURL, log: Log) {
    let inbox = Mailbox<OutboundMessage<AlarmPosting.Message>>()
    let answer = AlarmAnswer()
    self.inbox = inbox
    self.answer = answer
    do throws(SystemError) {
      let loop = try Self.loop(url, inbox, answer)
      let thread = try Thread(name: "alarms") { loop.run() }
      thread.detach()
    } catch {
      log.error("alarms_unavailable", ["reason": .text("\(error)")])
      return nil
    }
  }

  private static func loop(
    _ url: OutboundURL,
    _ inbox: Mailbox<OutboundMessage<AlarmPosting.Message>>,
    _ answer: AlarmAnswer
  ) throws(SystemError) -> sending OutboundLoop<AlarmPosting> {
    try OutboundLoop(
      owner: AlarmPosting(url, answer),
      inbox: inbox,
      resolver: try Resolver()
    )
  }

  /// Nil when it was taken.
  func post(_ body: [UInt8], _ nanoseconds: Int64) -> String? {
    inbox.post(.owner(AlarmPosting.Message(body: body, nanoseconds: nanoseconds)))
    _ = answer.gate.wait(timeoutMilliseconds: nil)
    return answer.problem.withLock { $0 }
  }
}

/// What came of the alarm that is being told.
final class AlarmAnswer: Sendable {
  let problem = Mutex<String?>(nil)
  let gate = Gate()

  func give(_ text: String?) {
    problem.withLock { $0 = text }
    gate.ring()
  }
}

/// The thread's side.
final class AlarmPosting: OutboundOwner {
  struct Message: Sendable {
    let body: [UInt8]
    let nanoseconds: Int64
  }

  private let url: OutboundURL
  private let trust: TLSClientContext?
  private let answer: AlarmAnswer

  init(_ url: OutboundURL, _ answer: AlarmAnswer) {
    self.url = url
    self.answer = answer
    trust = url.origin.isTLS ? try? TLSClientContext() : nil
  }

  func start(_ context: OutboundContext) {}

  func receive(_ message: Message, _ context: OutboundContext) {
    let fields = try? RequestFields([("Content-Type", "application/json")])
    let request = OutboundRequest(
      "POST",
      url,
      fields: fields ?? RequestFields(),
      body: message.body,
      trust: trust,
      limits: OutboundLimits(totalNanoseconds: message.nanoseconds, excess: .isCutOff)
    )
    context.client.send(request) { [answer] result in
      switch result {
      case .response(let response) where (200...299).contains(response.status): answer.give(nil)
      case .response(let response): answer.give("the URL answers \(response.status)")
      case .failure(let failure): answer.give(failure.sentence)
      }
    }
  }

  func wake(_ context: OutboundContext) {}

  func drain(until deadline: Int64, _ context: OutboundContext) { context.stop() }
}
