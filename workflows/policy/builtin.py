"""The policy that holds when nobody gave one (formats.md, kind `policy`), written in the language itself."""

from storage.org import OrgSettings

_TEMPLATE = """\
# Bursar's built-in policy: nothing is approved automatically.
version: 1
data_classes: [public, internal, confidential, restricted]
approval:
  baseline: [manager]
  rules:
    - id: over-5000
      when: {{field: request.annual_value, gt: "5000 {currency}"}}
      then: {{route: [cost_center_owner]}}
    - id: over-25000
      when: {{field: request.annual_value, gt: "25000 {currency}"}}
      then: {{route: ["role:finance"]}}
    - id: tool-not-approved
      when: {{not: {{field: tool.status, eq: approved}}}}
      then: {{route: ["role:security", "role:procurement"]}}
idle:
  defaults: {{idle: {idle} days, grace: {grace} days}}
"""


def builtin_text(org: OrgSettings) -> str:
    """In the company's base currency, with its idle and grace days."""
    return _TEMPLATE.format(currency=org.base_currency, idle=org.default_idle_days, grace=org.default_grace_days)
