import Foundation
import RelayCore
import Testing

/// The whole relay against crashes, failures and changes of the configuration, by seeds.
@Suite struct RelayModelTests {
  private static func plan(
    _ name: String,
    ordering: DeliveryOrdering = .none,
    types: [String] = [],
    onRemove: RemovalPolicy = .retire
  ) throws -> DestinationPlan {
    var plan = DestinationPlan(name: name, urls: [try #require(OutboundURL("http://127.0.0.1:1"))])
    plan.ordering = ordering
    plan.concurrency = 3
    plan.retry = RetrySchedule(delays: [.seconds(1), .seconds(20)], horizon: .seconds(400))
    plan.breaker = CircuitBreaker.Settings(
      failures: 4,
      window: .seconds(10),
      cooldown: .seconds(5)
    )
    plan.filter = DeliveryFilter(types: types)
    plan.onRemove = onRemove
    return plan
  }

  private static var limits: DeliveryLane.Limits {
    var limits = DeliveryLane.Limits()
    limits.window = 8
    limits.held = 12
    limits.probes = 3
    return limits
  }

  /// A seed takes a second or two of a debug build: a few of them on every run, many in a campaign.
  static let seeds: UInt64 =
    ProcessInfo.processInfo.environment["WEBHOOK_CAMPAIGN"] == "1" ? 200 : 6

  static func simulation(_ seed: UInt64) throws -> RelaySimulation {
    RelaySimulation(
      [
        ConfiguredDestination(plan: try plan("plain"), sources: ["a", "b"]),
        ConfiguredDestination(
          plan: try plan("keyed", ordering: try #require(DeliveryOrdering("key:/k"))),
          sources: ["a"]
        ),
        ConfiguredDestination(plan: try plan("serial", ordering: .source), sources: ["b"]),
        ConfiguredDestination(plan: try plan("some", types: ["x"]), sources: ["a", "b"]),
      ],
      limits: limits,
      seed: seed
    )
  }

  static func step(_ simulation: inout RelaySimulation, crashes: Bool) {
    switch simulation.generator.below(20) {
    case 0...4:
      let key = UInt64(simulation.generator.below(4))
      simulation.admit(
        RelaySimulation.Event(
          source: simulation.generator.happens(50) ? "a" : "b",
          type: simulation.generator.happens(30) ? "x" : "y",
          key: key
        )
      )
    case 5, 6: simulation.read(1 + simulation.generator.below(9))
    case 7...9: simulation.send()
    case 10...14: simulation.finishOne()
    case 15: simulation.drain(includesPassing: simulation.generator.happens(20))
    case 16: simulation.save()
    case 17: simulation.pass(.milliseconds(simulation.generator.below(8000)))
    case 18:
      simulation.operate { lane, generator in
        if generator.happens(30) { _ = lane.pause(.requested) } else { _ = lane.resume() }
      }
    default: if crashes, simulation.generator.happens(20) { simulation.crash() }
    }
  }

  @Test(arguments: UInt64(1)...Self.seeds)
  func `whatever crashes, each event reaches each of its destinations or its dead letters`(
    seed: UInt64
  ) throws {
    var simulation = try Self.simulation(seed)
    for _ in 0..<700 { Self.step(&simulation, crashes: true) }
    simulation.settle()
    #expect(!simulation.hasWork)
    let missing = simulation.owed.subtracting(simulation.succeeded).subtracting(simulation.died)
    #expect(missing.count == 0, "seed \(seed)")
    #expect(simulation.succeeded.subtracting(simulation.owed).count == 0, "nobody else gets it")
    let held = simulation.durable.keys.filter { $0.hasPrefix("relay/held/") }
    #expect(held.isEmpty, "what is settled is forgotten")
    let letters = simulation.durable.keys.filter { $0.hasPrefix("relay/dead/") }
    #expect(simulation.died.count >= letters.count)
  }

  @Test(arguments: UInt64(1000)...(1000 + Self.seeds))
  func `first deliveries of one key keep their order over crashes and retries`(
    seed: UInt64
  ) throws {
    var simulation = try Self.simulation(seed)
    simulation.permanentPercent = 0
    for _ in 0..<700 { Self.step(&simulation, crashes: true) }
    simulation.settle()
    var last: [String: UInt64] = [:]
    for delivery in simulation.successes where !simulation.died.contains(delivery) {
      let event = simulation.events[Int(delivery.sequence) - 1]
      let queue: String
      switch delivery.destination {
      case "keyed" where event.key != 0: queue = "keyed \(event.key)"
      case "serial": queue = "serial \(event.source)"
      default: continue
      }
      #expect(delivery.sequence > last[queue] ?? 0, "seed \(seed), \(queue)")
      last[queue] = delivery.sequence
    }
  }

  @Test(arguments: UInt64(1)...Self.seeds)
  func `38: an event goes to the destinations of its admission, whatever is configured later`(
    seed: UInt64
  ) throws {
    var simulation = try Self.simulation(seed)
    for round in 0..<6 {
      for _ in 0..<200 { Self.step(&simulation, crashes: true) }
      var configured = try Self.simulation(seed).configured
      switch round {
      case 0: configured.remove(at: Int(seed % 4))
      case 1: configured.removeAll()
      case 2:
        configured[0] = ConfiguredDestination(plan: try Self.plan("plain"), sources: ["b"])
      case 3:
        configured.append(ConfiguredDestination(plan: try Self.plan("new"), sources: ["a"]))
      case 4:
        configured[1] = ConfiguredDestination(
          plan: try Self.plan("keyed", types: ["x"], onRemove: .deadLetter),
          sources: ["a"]
        )
      default: configured.remove(at: 1)
      }
      simulation.configured = configured
      simulation.crash()
    }
    simulation.settle()
    let missing = simulation.owed.subtracting(simulation.succeeded).subtracting(simulation.died)
    #expect(missing.count == 0, "seed \(seed)")
    #expect(simulation.succeeded.subtracting(simulation.owed).count == 0)
  }
}
