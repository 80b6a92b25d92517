internal import RelayCore
internal import RelayHTTP
internal import RelaySystem

/// One URL that is asked from time to time whether it is well (contract §3 `health`).
struct HealthCheck {
  let lane: Int
  let upstream: Int
  let url: OutboundURL
  let interval: Int64
  /// Monotonic nanoseconds.
  var next: Int64
  var isOut = false
}

/// Active checks: an upstream that rests because it failed is found well again without a delivery.
extension RelayEngine {
  /// An answer that takes longer is none: who waits for it would wait as well.
  private static let timeoutMax: Int64 = 5_000_000_000

  func prepareHealthChecks(_ loop: OutboundContext) {
    for index in planner.activeIndexes {
      let plan = planner.lanes[index].plan
      guard targets[index] != nil, let health = plan.health else { continue }
      for (upstream, url) in plan.urls.enumerated() {
        checks.append(
          HealthCheck(
            lane: index,
            upstream: upstream,
            url: OutboundURL(origin: url.origin, target: health.target),
            interval: health.interval.nanoseconds,
            next: loop.now
          )
        )
      }
    }
  }

  /// Asks those whose time has come.
  func checkHealth(_ loop: OutboundContext) {
    for index in checks.indices where !checks[index].isOut {
      guard loop.now >= checks[index].next else {
        loop.wake(at: checks[index].next)
        continue
      }
      checks[index].isOut = true
      let check = checks[index]
      let limit = min(check.interval, Self.timeoutMax)
      let request = OutboundRequest(
        "GET",
        check.url,
        trust: targets[check.lane]?.trust,
        limits: OutboundLimits(
          connectNanoseconds: limit,
          totalNanoseconds: limit,
          excess: .isCutOff
        )
      )
      loop.client.send(request) { [self] result in finish(index, result, loop) }
    }
  }

  private func finish(_ index: Int, _ result: OutboundResult, _ loop: OutboundContext) {
    let check = checks[index]
    checks[index].isOut = false
    checks[index].next = loop.now + check.interval
    var isWell = false
    if case .response(let response) = result { isWell = (200...299).contains(response.status) }
    guard planner.report(check.lane, check.upstream, isWell: isWell), !isStopping else { return }
    context.log.info(
      isWell ? "upstream_well" : "upstream_ill",
      [
        "destination": .text(planner.lanes[check.lane].name),
        "url": .text(check.url.origin.description),
      ]
    )
  }
}
