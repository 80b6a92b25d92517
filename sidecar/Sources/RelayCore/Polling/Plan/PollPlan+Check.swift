internal import WebhookReceiver

extension PollPlan {
  /// What contradicts itself: the key of the file that it is about, and what to write.
  package struct Mistake: Hashable, Sendable {
    /// Below `poll`: `paging.from`.
    package let key: String
    package let message: String
  }

  /// Everything that is wrong with the plan as a whole; each value by itself has been judged when
  /// it was read.
  package var mistakes: [Mistake] {
    var found: [Mistake] = []
    checkRequest(&found)
    checkIDs(&found)
    checkCadence(&found)
    checkPaging(&found)
    return found
  }

  private func checkRequest(_ found: inout [Mistake]) {
    if !request.url.origin.isTLS, !request.url.isLoopback {
      found.append(
        Mistake(key: "request.url", message: "write https://; http:// is for loopback only")
      )
    }
    if case .oauth2(let client) = request.auth, !client.tokenURL.origin.isTLS,
      !client.tokenURL.isLoopback
    {
      found.append(
        Mistake(key: "request.auth", message: "the token URL is https://, except on loopback")
      )
    }
    if request.body != nil, request.method == .get {
      found.append(Mistake(key: "request.body", message: "a GET has no body; write method: POST"))
    }
  }

  private func checkIDs(_ found: inout [Mistake]) {
    if kind == .resourceState, version == nil {
      found.append(
        Mistake(
          key: "version",
          message: "resources come again and again: name what changes with them, as in /updated_at"
        )
      )
    }
    if kind != .resourceState, version != nil {
      found.append(
        Mistake(key: "version", message: "events have one version; this is for resource_state")
      )
    }
    if attempt != nil, kind != .deliveryLog {
      found.append(Mistake(key: "attempt", message: "only a delivery_log lists attempts"))
    }
  }

  private func checkCadence(_ found: inout [Mistake]) {
    if let retention = cadence.retention, cadence.sweep > retention / 3 {
      found.append(
        Mistake(
          key: "sweep",
          message: "sweep at least three times within retention, so that one that fails loses "
            + "nothing: write \((retention / 3).configurationText) or less"
        )
      )
    }
    if cadence.silence > cadence.cap {
      found.append(Mistake(key: "cap", message: "the cap is the longest silence: raise it"))
    }
    if case .since = cadence.initial, request.since == nil {
      found.append(
        Mistake(key: "initial", message: "this list takes no beginning; name it in request.since")
      )
    }
    if let preferPush, preferPush > .zero, time == nil {
      found.append(
        Mistake(key: "prefer_push", message: "items without a time cannot wait; name `time`")
      )
    }
  }

  private func checkPaging(_ found: inout [Mistake]) {
    switch paging {
    case .idCursor(let ids): checkCursor(ids, &found)
    case .timeAdvance:
      if time == nil || request.since == nil {
        found.append(
          Mistake(key: "paging.kind", message: "time_advance needs `time` and `request.since`")
        )
      }
    case .token(let token):
      if case .body = token.slot, request.body == nil {
        found.append(Mistake(key: "paging.slot", message: "there is no request.body to put it in"))
      }
    case .none, .linkHeader, .nextURL, .pageNumber, .offset: break
    }
  }

  /// The usual mistake is a cursor that leads to older events (stripe-dotnet #2819): a walk from
  /// the checkpoint would see nothing new, for ever.
  private func checkCursor(_ ids: IDPaging, _ found: inout [Mistake]) {
    let newestEnd: IDPaging.End = ids.pageOrder == .newestFirst ? .firstItem : .lastItem
    guard ids.pageOrder != .unordered else {
      found.append(
        Mistake(key: "paging.page_order", message: "a cursor needs an order; name the list's own")
      )
      return
    }
    switch ids.walk {
    case .forward where ids.from != newestEnd:
      found.append(
        Mistake(
          key: "paging.from",
          message: "this cursor goes back to older events; a forward walk goes on from "
            + newestEnd.rawValue + " (Stripe: ending_before, not starting_after)"
        )
      )
    case .backward where ids.from == newestEnd:
      found.append(
        Mistake(
          key: "paging.from",
          message: "this cursor goes on to newer events; write walk: forward"
        )
      )
    case .forward:
      // Without a first cursor a forward walk over newest-first pages has nowhere to begin.
      if ids.pageOrder == .newestFirst, ids.olderSlot == nil, ids.prime == nil {
        found.append(
          Mistake(
            key: "paging.older",
            message: "name the parameter that leads to older events: the first walk, and one whose "
              + "cursor has expired, need it (Stripe: starting_after)"
          )
        )
      }
    case .backward: break
    }
  }
}
