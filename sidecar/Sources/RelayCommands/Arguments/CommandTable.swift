/// The command line as a table: what is not in it does not exist.
package enum CommandTable {
  package static let commands: [CommandSpec] =
    [run, check] + configuration + [profiles, sign, verify, send] + journal + [status] + events
    + replays + [version]

  private static let configOption = OptionSpec(
    "config",
    "FILE",
    "the configuration; default ./webhook-sidecar.json5, or the built-in one without it"
  )
  private static let jsonOption = OptionSpec("json", nil, "print one JSON object")
  private static let caOption = OptionSpec(
    "ca",
    "FILE",
    "certificates (PEM) that https trusts; $WEBHOOK_SIDECAR_CA or the system's by default"
  )
  private static let profileOption = OptionSpec(
    "profile",
    "NAME",
    "how the provider signs; see webhook-sidecar profiles; file:PATH or ./PATH for your own"
  )
  private static let parameterOption = OptionSpec(
    "parameter",
    "NAME=VALUE",
    "a setting that the profile asks for, such as webhook_id"
  ).repeated
  private static let urlOption = OptionSpec(
    "url",
    "U",
    "the endpoint's address as the provider knows it, for those that sign it or its path"
  )

  private static let run = CommandSpec(
    "run",
    .run,
    "run the sidecar",
    details: """
      Receives webhooks, verifies them, and answers once they are on disk. SIGTERM drains and stops,
      a second one stops now. Without a configuration a source "demo" at /in/demo is served on
      127.0.0.1:8080 and the API on 127.0.0.1:8081.
      """,
    options: [
      configOption,
      OptionSpec("data", "DIR", "where everything durable lives; default ./webhook-sidecar-data"),
    ],
    examples: [
      "webhook-sidecar run",
      "webhook-sidecar run --config /etc/webhook-sidecar.json5 --data /var/lib/webhook-sidecar",
    ]
  )

  private static let check = CommandSpec(
    "check",
    .check,
    "check a configuration",
    details: """
      Names every problem with file, line, column and what to write instead. Looks at the file, and
      at every secret and profile that it names. Does not look at what only a start can tell:
      whether the ports are free, and whether the data directory can be written, is locked, or
      holds a damaged journal. Of a good file it says for each source what its fallback guarantees,
      and how long the sidecar may be away before something is lost. Exits 0 when it found no
      problem, 1 when it did; a warning is none.
      """,
    options: [configOption, jsonOption],
    examples: ["webhook-sidecar check --config webhook-sidecar.json5"]
  )

  private static let configuration = [
    CommandSpec(
      "config schema",
      .configSchema,
      "print the JSON Schema of the configuration",
      examples: ["webhook-sidecar config schema > webhook-sidecar.schema.json"]
    ),
    CommandSpec(
      "config show",
      .configShow,
      "print the effective configuration, secrets redacted",
      options: [configOption]
    ),
  ]

  private static let profiles = CommandSpec(
    "profiles",
    .profiles,
    "list the provider profiles, or print one as data",
    details: """
      What --json prints is what --profile file:PATH and verify.profile read: change a copy to
      describe a provider that is not in the list. Under polling it says which presets fetch events
      that were not delivered, what they stand for, and what they guarantee.
      """,
    operands: [
      OperandSpec(
        "NAME",
        "the profile or preset to print, or the file of your own",
        isRequired: false
      )
    ],
    options: [jsonOption],
    examples: [
      "webhook-sidecar profiles", "webhook-sidecar profiles github --json > mine.json",
      "webhook-sidecar profiles ./mine.json",
    ]
  )

  private static let sign = CommandSpec(
    "sign",
    .sign,
    "sign a body and print the headers, one a line",
    details: """
      What is printed can be given to curl as it is. Nothing else is printed, and never the secret
      (but where the provider sends the secret itself, as a token).
      Some providers have their signature in the body or in the URL: --whole prints the request as
      verify reads it. Where they sign the path or the address, --url is needed.
      """,
    options: [
      profileOption.required,
      OptionSpec("secret", "REF", "the signing secret: env:NAME, file:PATH or literal:VALUE")
        .required,
      OptionSpec("body", "FILE", "the exact bytes to sign; - is standard input").required,
      OptionSpec("id", "ID", "the delivery's id; a new one by default"),
      OptionSpec("type", "TYPE", "the event type, where the provider sends it as a header"),
      OptionSpec("timestamp", "T", "when it is signed; now by default"),
      urlOption,
      OptionSpec("method", "METHOD", "the method, for providers that sign it; POST by default"),
      parameterOption,
      OptionSpec("whole", nil, "print the whole request, not only its headers"),
      jsonOption,
    ],
    examples: [
      "webhook-sidecar sign --profile github --secret env:SECRET --body push.json > headers",
      "curl -H @headers --data-binary @push.json http://127.0.0.1:8080/in/github",
    ]
  )

  private static let verify = CommandSpec(
    "verify",
    .verify,
    "verify one stored HTTP request",
    details: """
      The file holds one HTTP request as bytes: the request line, header lines ended by CRLF or LF,
      an empty line; every remaining byte is the body, exactly. Several secrets are tried in turn.
      Exits 0 when a signature matches, 1 when the request is refused. A request that a server
      refused has to be recorded in front of it; one that was stored is printed by events show
      --request.
      """,
    options: [
      profileOption.required,
      OptionSpec("secret", "REF", "a secret: env:NAME, file:PATH or literal:VALUE")
        .required.repeated,
      OptionSpec("request", "FILE", "the request; - is standard input").required,
      OptionSpec("now", "T", "the time to hold its timestamp against; now by default"),
      OptionSpec("tolerance", "D", "how far the timestamp may be off; the profile's by default"),
      urlOption,
      parameterOption,
      OptionSpec("source", "NAME", "the source the idempotency key is for; the profile by default"),
      jsonOption,
      OptionSpec("retired-secret", "REF", "a secret no longer in use, for --explain").repeated,
      OptionSpec("explain", nil, "try the usual mistakes, and name those that explain a refusal"),
    ],
    examples: [
      "webhook-sidecar verify --profile stripe --secret env:STRIPE_SECRET --request stored.http",
      "webhook-sidecar verify --profile github --secret file:secret --request - --json < stored",
    ]
  )

  private static let send = CommandSpec(
    "send",
    .send,
    "sign events and POST them",
    details: """
      Every event has an id of its own; a body that carries the id (Stripe, Slack) is sent as it is,
      so the second one is a duplicate. Without --body a small JSON event is made up. Exits 0 when
      every answer was 2xx, 1 when one was not, 75 when nothing answers.
      """,
    operands: [OperandSpec("URL", "where to: http://HOST[:PORT]/PATH, or https")],
    options: [
      profileOption.required,
      OptionSpec("secret", "REF", "the signing secret: env:NAME, file:PATH or literal:VALUE")
        .required,
      OptionSpec("body", "FILE", "the exact bytes to send; - is standard input"),
      OptionSpec("id", "ID", "the delivery's id; with --count, -1, -2… are added"),
      OptionSpec("type", "TYPE", "the event type, where the provider sends it as a header"),
      OptionSpec("url", "U", "the address that is signed, where it is; URL by default"),
      parameterOption,
      OptionSpec("count", "N", "how many events; 1 by default"),
      OptionSpec("concurrency", "C", "how many connections at once; 1 by default"),
      caOption, jsonOption,
    ],
    examples: [
      "webhook-sidecar send http://127.0.0.1:8080/in/github --profile github"
        + " --secret env:SECRET --body push.json"
    ]
  )

  private static let directory = OperandSpec("DIR", "the data directory, or the journal in it")

  private static let journal = [
    CommandSpec(
      "journal verify",
      .journalVerify,
      "read every record and check it",
      details: "Changes nothing, and may run beside a sidecar. Exits 1 when something is damaged.",
      operands: [directory],
      options: [
        OptionSpec("tail", nil, "only the newest segment, and the headers of the others"),
        jsonOption,
      ]
    ),
    CommandSpec(
      "journal stat",
      .journalStat,
      "what is in the journal: segments, bytes, events by source",
      operands: [directory],
      options: [jsonOption]
    ),
    CommandSpec(
      "journal dump",
      .journalDump,
      "print the events, one JSON object a line",
      operands: [directory],
      options: [
        OptionSpec("source", "NAME", "only this source's"),
        OptionSpec("type", "TYPE", "only of this event type"),
        OptionSpec("from", "SEQUENCE", "from this event on"),
        OptionSpec("to", "SEQUENCE", "up to this event"),
        OptionSpec("bodies", nil, "with their bodies, base64"),
      ],
      examples: ["webhook-sidecar journal dump ./webhook-sidecar-data --source github --bodies"]
    ),
    CommandSpec(
      "journal copy",
      .journalCopy,
      "copy the journal, also while the sidecar runs: a backup, and the way back",
      details: """
        Copies every event, key and position as of one moment to another data directory, in which
        there is no journal yet, and reads all of it again there. It changes nothing in DIR. A copy
        knows that it is one: a cursor for events that it never had is refused (409), also after it
        has taken as many of its own. Other files of the data directory are not copied.
        """,
      operands: [directory, OperandSpec("TO", "a data directory without a journal")],
      options: [jsonOption],
      examples: ["webhook-sidecar journal copy ./webhook-sidecar-data /backup/2026-03-04"]
    ),
    CommandSpec(
      "journal repair",
      .journalRepair,
      "set right what a crash or damage left behind",
      details: """
        Does what the next start of the sidecar would do, and closes the journal again; the sidecar
        must not run. Without --accept-loss only a write that was never acknowledged is cut off, and
        a damaged journal is left as it is (exit 1). With it the log goes on behind the damage: what
        is lost becomes a gap for readers, all that is readable stays readable, and the bytes that
        are cut off are in journal/quarantine. journal verify goes on naming damage inside of older
        segments until retention removes them.
        """,
      operands: [directory],
      options: [
        OptionSpec("tail-only", nil, "what it does without an option"),
        OptionSpec("accept-loss", nil, "go on without what cannot be read"), jsonOption,
      ],
      examples: [
        "webhook-sidecar journal repair ./webhook-sidecar-data",
        "webhook-sidecar journal repair ./webhook-sidecar-data --accept-loss",
      ]
    ),
  ]

  private static let apiDetails = """
    Asks the sidecar whose API is at $WEBHOOK_SIDECAR_API (http://HOST:PORT, https://HOST:PORT or
    unix:/PATH; default http://127.0.0.1:8081), with the token in $WEBHOOK_SIDECAR_TOKEN when that
    is set.
    """

  private static let status = CommandSpec(
    "status",
    .status,
    "the state of a running sidecar",
    details: apiDetails,
    options: [caOption, jsonOption]
  )

  private static let events = [
    CommandSpec(
      "events list",
      .eventsList,
      "list stored events",
      details: apiDetails + "\nBodies are not listed; see webhook-sidecar events show.",
      options: [
        OptionSpec("source", "NAME", "only this source's"),
        OptionSpec("type", "TYPE", "only of this event type"),
        OptionSpec("origin", "ORIGIN", "push, poll or manual"),
        OptionSpec("event-id", "ID", "only with the provider's id"),
        OptionSpec("idempotency-key", "KEY", "only with this key"),
        OptionSpec("from", "T", "received at this time or later"),
        OptionSpec("to", "T", "received before this time"),
        OptionSpec("after", "CURSOR", "go on where a page ended"),
        OptionSpec("limit", "N", "how many, 1 to 1000; 100 by default"),
        OptionSpec("order", "ORDER", "asc or desc"),
        OptionSpec("wait", "D", "wait so long for the first event"),
        caOption, jsonOption,
      ],
      examples: ["webhook-sidecar events list --source github --order desc --limit 10"]
    ),
    CommandSpec(
      "events show",
      .eventsShow,
      "show one event, or its exact body",
      details: apiDetails,
      operands: [OperandSpec("ID", "the event's id, as list prints it")],
      options: [
        OptionSpec("body", nil, "print the body's exact bytes and nothing else"),
        OptionSpec("request", nil, "print the whole request, as verify reads it"), caOption,
        jsonOption,
      ],
      examples: [
        "webhook-sidecar events show ID --body > body.json",
        "webhook-sidecar events show ID --request > stored.http",
      ]
    ),
    CommandSpec(
      "events erase",
      .eventsErase,
      "erase the body of an event for good",
      details: apiDetails + """

        The rest of the event stays, and says that its body was erased. Nothing is printed. Exits 1
        where a destination still waits for the event, or there is no such event; erasing again
        changes nothing. Copies that were made of the journal have the body still.
        """,
      operands: [OperandSpec("ID", "the event's id, as events list prints it")],
      options: [caOption],
      examples: ["webhook-sidecar events erase ID"]
    ),
  ]

  private static let identityOption = OptionSpec(
    "idempotency",
    "WHICH",
    "same: the event's own Idempotency-Key, by default; new: one of the replay's own"
  )

  private static let replays = [
    CommandSpec(
      "events replay",
      .eventsReplay,
      "deliver an event again",
      details: apiDetails,
      operands: [OperandSpec("ID", "the event's id, as events list prints it")],
      options: [
        OptionSpec("destination", "NAME", "only to this one; by default to all it is for"),
        identityOption, caOption, jsonOption,
      ],
      examples: ["webhook-sidecar events replay ID --idempotency new"]
    ),
    CommandSpec(
      "replay",
      .replay,
      "deliver many events again",
      details: apiDetails + """

        Every event that matches is delivered again to the destinations that take such events now.
        The sidecar does that in the background, and goes on after a restart.
        """,
      options: [
        OptionSpec("source", "NAME", "only this source's").repeated,
        OptionSpec("type", "TYPE", "only of this event type").repeated,
        OptionSpec("from", "T", "received at this time or later"),
        OptionSpec("to", "T", "received before this time"),
        OptionSpec("destination", "NAME", "only to this one"), identityOption,
        OptionSpec("dry-run", nil, "only count the events"), caOption, jsonOption,
      ],
      examples: [
        "webhook-sidecar replay --source github --from 2026-01-02T00:00:00Z --dry-run",
        "webhook-sidecar replay --source github --from 2026-01-02T00:00:00Z --destination app",
      ]
    ),
  ]

  private static let version = CommandSpec(
    "version",
    .version,
    "print the version",
    options: [jsonOption]
  )
}
