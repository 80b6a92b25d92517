extension PollPreset {
  static let texts = [eventLogs, storedLogs, deliveryLogs]

  /// Lists of every event of the account.
  static let eventLogs = #"""
    [
    {
      "name": "stripe",
      "title": "Stripe events",
      "profiles": ["stripe"],
      "auth": "{ bearer: \"env:STRIPE_KEY\" }",
      "notes": ["a restricted key with read access to events is enough"],
      "parameters": {"host": {"summary": "the API's host", "default": "api.stripe.com"}},
      "poll": {
        "kind": "event_log",
        "request": {
          "url": "https://{host}/v1/events?limit=100",
          "since": {"param": "created[gte]", "format": "unix_s"}
        },
        "paging": {
          "kind": "id_cursor", "param": "ending_before", "from": "first_item",
          "more": "/has_more", "page_order": "newest_first", "older": "starting_after"
        },
        "items": "/data", "errors": "/error", "id": "/id", "type": "/type",
        "time": {"pointer": "/created", "format": "unix_s"},
        "errors_map": [
          {"status": 404, "code_at": "/error/code", "code": "resource_missing",
           "action": "reset_cursor"},
          {"status": 400, "code_at": "/error/code", "code": "resource_missing",
           "action": "reset_cursor"}
        ],
        "retention": "30d"
      }
    },
    {
      "name": "square",
      "title": "Square events",
      "profiles": ["square"],
      "auth": "{ bearer: \"env:SQUARE_TOKEN\" }",
      "notes": [
        "PUT /v2/events/enable makes it list events; those before the call are not listed",
        "it takes a personal access token"
      ],
      "parameters": {
        "host": {
          "summary": "the API's host; connect.squareupsandbox.com for the sandbox",
          "default": "connect.squareup.com"
        }
      },
      "poll": {
        "kind": "event_log",
        "request": {
          "url": "https://{host}/v2/events",
          "method": "POST",
          "headers": {"Content-Type": "application/json"},
          "body": {
            "limit": 100,
            "query": {
              "filter": {"created_at": {}},
              "sort": {"field": "DEFAULT", "order": "ASC"}
            }
          },
          "since": {"param": "body:/query/filter/created_at/start_at", "format": "rfc3339"}
        },
        "paging": {
          "kind": "token", "token": "/cursor", "param": "body:/cursor", "persistent": false,
          "order": "oldest_first"
        },
        "items": "/events", "items_missing": "empty", "errors": "/errors",
        "id": "/event_id", "type": "/type",
        "time": {"pointer": "/created_at", "format": "rfc3339", "zone": "+00:00"},
        "advice": "events are listed only once PUT /v2/events/enable was called",
        "retention": "28d"
      }
    },
    {
      "name": "paddle",
      "title": "Paddle Billing events",
      "profiles": ["paddle"],
      "auth": "{ bearer: \"env:PADDLE_KEY\" }",
      "parameters": {
        "host": {
          "summary": "the API's host; sandbox-api.paddle.com for the sandbox",
          "default": "api.paddle.com"
        }
      },
      "poll": {
        "kind": "event_log",
        "request": {"url": "https://{host}/events?order_by=id%5BASC%5D&per_page=200"},
        "paging": {
          "kind": "id_cursor", "param": "after", "from": "last_item",
          "more": "/meta/pagination/has_more", "page_order": "oldest_first",
          "prime": {
            "url": "https://{host}/events?order_by=id%5BDESC%5D&per_page=1",
            "order": "newest_first"
          }
        },
        "items": "/data", "errors": "/error", "id": "/event_id", "type": "/event_type",
        "time": {"pointer": "/occurred_at", "format": "rfc3339"},
        "retention": "90d"
      }
    },
    {
      "name": "svix",
      "title": "Svix polling endpoint",
      "profiles": ["svix", "standard-webhooks", "clerk", "resend", "openai", "replicate"],
      "auth": "{ bearer: \"env:SVIX_POLL_KEY\" }",
      "notes": [
        "it lists events from when the polling endpoint was made: make it before it is needed",
        "how long it keeps them depends on the sender's plan; write retention when you know it"
      ],
      "parameters": {
        "region": {"summary": "the region in the endpoint's URL", "default": "us"},
        "app": {"summary": "the application in the endpoint's URL, like app_…"},
        "sink": {"summary": "the poller in the endpoint's URL, like poll_…"}
      },
      "poll": {
        "kind": "event_log",
        "request": {
          "url": "https://api.{region}.svix.com/api/v1/app/{app}/poller/{sink}?limit=100"
        },
        "paging": {
          "kind": "token", "token": "/iterator", "param": "iterator", "persistent": true,
          "order": "oldest_first", "done": "/done"
        },
        "items": "/data", "id": "/id", "type": "/eventType",
        "time": {"pointer": "/timestamp", "format": "rfc3339"},
        "emit": {"body": "/payload"},
        "settle": "0s", "overlap": "0s",
        "errors_map": [
          {"status": 400, "code_at": "/code", "code": "invalid_iterator",
           "action": "reset_cursor"}
        ]
      }
    }
    ]
    """#

  /// Logs of what happened, of which deliveries carry a part.
  static let storedLogs = #"""
    [
    {
      "name": "okta",
      "title": "Okta System Log",
      "profiles": ["okta"],
      "push_id": "json:/data/events/0/uuid",
      "auth": "{ header: { value: \"env:OKTA_TOKEN\" } }",
      "notes": [
        "the log has more types than a hook delivers: list those of the hook under filter",
        "several events in one delivery are one event here, known by the ids of all of them"
      ],
      "parameters": {"domain": {"summary": "the organisation's host, like example.okta.com"}},
      "poll": {
        "kind": "event_log",
        "request": {
          "url": "https://{domain}/api/v1/logs?limit=200&sortOrder=ASCENDING",
          "since": {"param": "since", "format": "rfc3339"}
        },
        "auth": {"header": {"name": "Authorization", "prefix": "SSWS "}},
        "paging": {"kind": "link_header", "order": "oldest_first", "persistent": true},
        "items": "", "id": "/uuid", "type": "/eventType",
        "time": {"pointer": "/published", "format": "rfc3339"},
        "settle": "0s", "retention": "90d"
      }
    },
    {
      "name": "auth0",
      "title": "Auth0 logs",
      "profiles": ["bearer-token"],
      "push_id": "json:/log_id",
      "auth": "{ oauth2: { client_id: \"env:AUTH0_ID\", client_secret: \"env:AUTH0_SECRET\" } }",
      "notes": [
        "set the log stream's content format to JSON Object, so that one delivery is one event",
        "how long logs are kept depends on the plan; write retention when you know it"
      ],
      "parameters": {"domain": {"summary": "the tenant's host, like example.eu.auth0.com"}},
      "poll": {
        "kind": "event_log",
        "request": {"url": "https://{domain}/api/v2/logs?take=100"},
        "auth": {
          "oauth2": {
            "token_url": "https://{domain}/oauth/token", "credentials": "body",
            "audience": "https://{domain}/api/v2/"
          }
        },
        "paging": {
          "kind": "id_cursor", "param": "from", "from": "last_item",
          "page_order": "oldest_first",
          "prime": {
            "url": "https://{domain}/api/v2/logs?per_page=1&sort=date%3A-1",
            "order": "newest_first"
          }
        },
        "items": "", "id": "/log_id", "type": "/type",
        "time": {"pointer": "/date", "format": "rfc3339"},
        "settle": "0s"
      }
    },
    {
      "name": "mailgun",
      "title": "Mailgun events",
      "profiles": ["mailgun"],
      "push_id": "json:/event-data/id",
      "auth": "{ basic: { password: \"env:MAILGUN_KEY\" } }",
      "notes": [
        "events appear in the list up to half an hour late, so walks begin as far back",
        "they are kept for three days at least; write retention when your plan keeps them longer",
        "a polled body is what a delivery has under event-data"
      ],
      "parameters": {
        "host": {
          "summary": "the API's host; api.eu.mailgun.net for the European Union",
          "default": "api.mailgun.net"
        },
        "domain": {"summary": "the sending domain"}
      },
      "poll": {
        "kind": "event_log",
        "request": {
          "url": "https://{host}/v3/{domain}/events?ascending=yes&limit=300",
          "since": {"param": "begin", "format": "unix_s"}
        },
        "auth": {"basic": {"user": "literal:api"}},
        "paging": {"kind": "next_url", "pointer": "/paging/next", "order": "oldest_first"},
        "items": "/items", "id": "/id", "type": "/event",
        "time": {"pointer": "/timestamp", "format": "unix_s"},
        "settle": "30m", "overlap": "30m", "retention": "3d"
      }
    }
    ]
    """#
}
