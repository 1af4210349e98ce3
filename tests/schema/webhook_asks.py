"""The operations of webhooks that tests send, and ids as clients see them."""

import base64
from uuid import UUID

ENDPOINT = (
    "id url description topics state scopes challengeProblem verifiedAt failures disabledFor "
    "oldSecretUntil selections { topic document }"
)
PROBLEM = "... on Problem { code message path hint requestId }"
CREATE = f"""mutation($input: CreateWebhookEndpointInput!) {{
  createWebhookEndpoint(input: $input) {{
  __typename ... on WebhookEndpointCreated {{ secret endpoint {{ {ENDPOINT} }} }} {PROBLEM}
  ... on WebhookUrlRefused {{ reason }} ... on WebhookTopicNotGranted {{ topic scope }}
  ... on WebhookSelectionRefused {{ topic reason }} }} }}"""
UPDATE = f"""mutation($input: UpdateWebhookEndpointInput!) {{
  updateWebhookEndpoint(input: $input) {{
  __typename ... on WebhookEndpointUpdated {{ endpoint {{ {ENDPOINT} }} }} {PROBLEM} }} }}"""
REPLAY = f"""mutation($input: ReplayWebhooksInput!) {{ replayWebhooks(input: $input) {{
  __typename ... on WebhooksReplayed {{ deliveries nextSince }} {PROBLEM} }} }}"""
LIST = f"{{ webhookEndpoints {{ edges {{ node {{ {ENDPOINT} }} }} }} }}"
LOG = """query($endpoint: ID, $state: WebhookDeliveryState, $since: DateTime, $after: String) {
  webhookDeliveries(endpoint: $endpoint, state: $state, since: $since, first: 2, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { id webhookId endpointId topic replay state tries nextTryAt latencyMs
      requestHeaders { name value } requestBody responseStatus responseBody problem payloadProblem
      history { at status problem latencyMs } } } } }"""
RUN = "query($id: ID!) { feedRun(id: $id) { id state linesRead } }"
ALL = ("webhooks:read", "webhooks:write", "feeds:read", "offers:read")


def which(name: str, result: str, fields: str) -> str:
    return f"""mutation($input: WebhookEndpointInput!) {{ {name}(input: $input) {{
      __typename ... on {result} {{ {fields} }} {PROBLEM}
      ... on InvalidTransition {{ from to }} }} }}"""


DELETE = which("deleteWebhookEndpoint", "WebhookEndpointDeleted", "id").replace(
    "... on InvalidTransition { from to }", ""
)
ROTATE = which("rotateWebhookSecret", "WebhookSecretRotated", f"secret endpoint {{ {ENDPOINT} }}")
ROTATE = ROTATE.replace("... on InvalidTransition { from to }", "")
VERIFY = which("verifyWebhookEndpoint", "WebhookEndpointChallenged", f"endpoint {{ {ENDPOINT} }}")
TEST = which("sendTestEvent", "WebhookTestQueued", "delivery { id state topic webhookId }")


def row_of(global_id: str) -> UUID:
    return UUID(base64.b64decode(global_id).decode().partition(":")[2])


def id_of(kind: str, row: UUID) -> str:
    return base64.b64encode(f"{kind}:{row}".encode()).decode()
