extension PollPreset {
  /// Lists of what was tried to be delivered to one hook.
  static let deliveryLogs = #"""
    [
    {
      "name": "github",
      "title": "GitHub, deliveries of a repository's hook",
      "profiles": ["github"],
      "auth": "{ bearer: \"env:GITHUB_TOKEN\" }",
      "notes": ["GitHub delivers once and does not try again; the log is kept for three days"],
      "parameters": {
        "host": {"summary": "the API's host", "default": "api.github.com"},
        "owner": {"summary": "the repository's owner"},
        "repo": {"summary": "the repository's name"},
        "hook_id": {"summary": "the hook's number, as its page shows it"}
      },
      "poll": {
        "kind": "delivery_log",
        "request": {
          "url": "https://{host}/repos/{owner}/{repo}/hooks/{hook_id}/deliveries?per_page=100",
          "headers": {
            "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"
          }
        },
        "paging": {"kind": "link_header", "order": "newest_first"},
        "items": "", "id": "/guid", "type": "/event",
        "time": {"pointer": "/delivered_at", "format": "rfc3339"},
        "detail": {
          "url": "https://{host}/repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{/id}",
          "body": "/request/payload"
        },
        "emit": {"headers_from": "/request/headers"},
        "attempt": {"status": "/status_code"},
        "errors_map": [{"status": 403, "action": "rate_limited"}],
        "retention": "3d"
      }
    },
    {
      "name": "github-organization",
      "title": "GitHub, deliveries of an organisation's hook",
      "profiles": ["github"],
      "auth": "{ bearer: \"env:GITHUB_TOKEN\" }",
      "notes": ["GitHub delivers once and does not try again; the log is kept for three days"],
      "parameters": {
        "host": {"summary": "the API's host", "default": "api.github.com"},
        "org": {"summary": "the organisation's name"},
        "hook_id": {"summary": "the hook's number, as its page shows it"}
      },
      "poll": {
        "kind": "delivery_log",
        "request": {
          "url": "https://{host}/orgs/{org}/hooks/{hook_id}/deliveries?per_page=100",
          "headers": {
            "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"
          }
        },
        "paging": {"kind": "link_header", "order": "newest_first"},
        "items": "", "id": "/guid", "type": "/event",
        "time": {"pointer": "/delivered_at", "format": "rfc3339"},
        "detail": {
          "url": "https://{host}/orgs/{org}/hooks/{hook_id}/deliveries/{/id}",
          "body": "/request/payload"
        },
        "emit": {"headers_from": "/request/headers"},
        "attempt": {"status": "/status_code"},
        "errors_map": [{"status": 403, "action": "rate_limited"}],
        "retention": "3d"
      }
    },
    {
      "name": "gitlab",
      "title": "GitLab, events of a project's hook",
      "profiles": ["gitlab", "gitlab-token"],
      "auth": "{ header: { value: \"env:GITLAB_TOKEN\" } }",
      "notes": ["GitLab lists no times: every sweep reads the list to what is known by its id"],
      "parameters": {
        "host": {"summary": "the instance's host", "default": "gitlab.com"},
        "project": {"summary": "the project's number or path, like group/project"},
        "hook_id": {"summary": "the hook's number"}
      },
      "poll": {
        "kind": "delivery_log",
        "request": {
          "url": "https://{host}/api/v4/projects/{project}/hooks/{hook_id}/events?per_page=100"
        },
        "auth": {"header": {"name": "PRIVATE-TOKEN"}},
        "paging": {"kind": "page_number", "param": "page", "order": "newest_first"},
        "items": "", "id": "/request_headers/Idempotency-Key",
        "type": "/request_headers/X-Gitlab-Event",
        "emit": {"body": "/request_data", "headers_from": "/request_headers"},
        "attempt": {
          "status": "/response_status",
          "succeeded": ["200", "201", "202", "203", "204", "205", "206"]
        },
        "retention": "7d"
      }
    },
    {
      "name": "paypal",
      "title": "PayPal event notifications",
      "profiles": ["paypal"],
      "auth": "{ oauth2: { client_id: \"env:PAYPAL_ID\", client_secret: \"env:PAYPAL_SECRET\" } }",
      "notes": ["PayPal does not say how long it lists them; deliveries are tried for three days"],
      "parameters": {
        "host": {
          "summary": "the API's host; api-m.sandbox.paypal.com for the sandbox",
          "default": "api-m.paypal.com"
        }
      },
      "poll": {
        "kind": "delivery_log",
        "request": {
          "url": "https://{host}/v1/notifications/webhooks-events?page_size=100",
          "since": {"param": "start_time", "format": "rfc3339"},
          "until": {"param": "end_time", "format": "rfc3339"}
        },
        "auth": {"oauth2": {"token_url": "https://{host}/v1/oauth2/token"}},
        "paging": {
          "kind": "next_url",
          "search": {"array": "/links", "key": "/rel", "is": "next", "url": "/href"},
          "order": "newest_first"
        },
        "items": "/events", "id": "/id", "type": "/event_type",
        "time": {"pointer": "/create_time", "format": "rfc3339"}
      }
    }
    ]
    """#
}
