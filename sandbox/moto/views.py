"""What the gateway reads in one piece where AWS's API would take a dozen calls."""

import json
from typing import Any, Callable

from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends


def iam(account_id: str) -> dict[str, Any]:
    """Users, roles and groups of an account: ids, ARNs, and every policy document that bears on them."""
    if account_id not in iam_backends:
        return {"users": {}, "roles": {}, "groups": {}}
    backend = iam_backends[account_id]["aws"]

    def document(arn: str) -> Any:
        policy = backend.managed_policies.get(arn)
        version = next((v for v in policy.versions if v.version_id == policy.default_version_id), None) if policy else None
        return _document(version.document) if version else None

    def identity(entity: Any, boundary: Any) -> dict[str, Any]:
        return {
            "arn": entity.arn,
            "id": entity.id,
            "inline": {name: _document(text) for name, text in entity.policies.items()},
            "attached": {arn: document(arn) for arn in entity.managed_policies},
            "boundary": {boundary: document(boundary)} if boundary else None,
            "tags": _tags(getattr(entity, "tags", None)),
        }

    return {
        "users": {
            name: {
                **identity(user, getattr(user, "permissions_boundary_arn", None)),
                "groups": [g.name for g in backend.groups.values() if any(u.name == name for u in g.users)],
            }
            for name, user in backend.users.items()
        },
        "roles": {
            role.name: {
                **identity(role, role.permissions_boundary_arn),
                "trust": _document(role.assume_role_policy_document),
                "maxSessionDuration": int(role.max_session_duration or 3600),
            }
            for role in backend.roles.values()
        },
        "groups": {name: identity(group, None) for name, group in backend.groups.items()},
    }


def _document(text: Any) -> Any:
    """A document as an object; what is not JSON stays text, so that whoever decides on it sees that it is damaged."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def resource(service: str, account_id: str, region: str, name: str) -> Any:
    """What decisions must know of one resource; None when it does not exist, or the service is not known."""
    view = _RESOURCES.get(service)
    return view(account_id, region, name) if view else None


def _bucket(_account: str, _region: str, name: str) -> Any:
    found = s3_backends.bucket_accounts.get(name)
    if found is None:
        return None
    partition, account_id = found
    backend = s3_backends[account_id][partition]
    bucket = backend.buckets.get(name)
    if bucket is None:
        return None
    rule = (bucket.encryption or {}).get("Rule") or {}
    key = _key_in(rule.get("ApplyServerSideEncryptionByDefault") or {})
    return {
        "account": account_id,
        "region": bucket.region_name,
        "policy": bucket.policy.decode() if bucket.policy else None,
        "tags": backend.tagger.get_tag_dict_for_resource(bucket.arn),
        "key": key,
        "bucketKey": _is_true(rule.get("BucketKeyEnabled")),
        "keyed": key is not None or any(_customer_key(o) for o in bucket.keys.values()),
    }


def _object(_account: str, _region: str, name: str) -> Any:
    """The customer's key that encrypts an object, if one does, and whether by way of a bucket key."""
    bucket_name, key = name.split("/", 1)
    partition, account_id = s3_backends.bucket_accounts.get(bucket_name, (None, None))
    bucket = s3_backends[account_id][partition].buckets.get(bucket_name) if account_id else None
    found = bucket.keys.get(key) if bucket else None
    key = _customer_key(found) if found is not None else None
    return None if key is None else {"key": key, "bucketKey": _is_true(getattr(found, "bucket_key_enabled", None))}


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _key_in(default: dict[str, Any]) -> str | None:
    if default.get("SSEAlgorithm") not in ("aws:kms", "aws:kms:dsse"):
        return None
    return default.get("KMSMasterKeyID") or None


def _customer_key(key: Any) -> str | None:
    if getattr(key, "encryption", None) not in ("aws:kms", "aws:kms:dsse"):
        return None
    return getattr(key, "kms_key_id", None) or None


def _function(account_id: str, region: str, name: str) -> Any:
    backend = _existing(lambda_backends, account_id, region)
    try:
        function = backend.get_function(name) if backend else None
    except Exception:
        return None
    if function is None:
        return None
    statements = function.policy.statements if function.policy else []
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": [_lambda_statement(s) for s in statements]}
    return {"policy": json.dumps(policy) if statements else None, "tags": _tags(getattr(function, "tags", None))}


def code(account_id: str, region: str, name: str, qualifier: str) -> bytes | None:
    """The zip file of a function's version or alias; None when there is none."""
    backend = _existing(lambda_backends, account_id, region)
    try:
        return backend.get_function(name, qualifier or None).code_bytes if backend else None
    except Exception:
        return None


def _lambda_statement(statement: dict[str, Any]) -> dict[str, Any]:
    """moto keeps an account or ARN as plain text, which is no principal of a policy."""
    principal = statement.get("Principal")
    if not isinstance(principal, str) or principal == "*":
        return statement
    kind = "AWS" if principal.isdigit() or principal.startswith("arn:") else "Service"
    return {**statement, "Principal": {kind: principal}}


def _key(account_id: str, region: str, name: str) -> Any:
    if account_id == "":
        backends = [b for regions in kms_backends.values() for b in regions.values() if name in b.keys]
        backend = backends[0] if backends else None
    else:
        backend = _existing(kms_backends, account_id, region)
    if backend is None:
        return None
    wanted = backend.get_alias_name(name)
    key_id = backend.get_key_id(wanted)
    for key in list(backend.keys.values()):
        if key.id != key_id and wanted not in key.aliases:
            continue
        return {
            "arn": key.arn,
            "state": key.key_state,
            "policy": key.policy,
            "aliases": list(key.aliases),
            "tags": backend.tagger.get_tag_dict_for_resource(key.id),
            "grants": [_grant(grant) for grant in key.grants.values()],
        }
    return None


def _grant(grant: Any) -> dict[str, Any]:
    constraints = grant.constraints or {}
    known = {"EncryptionContextSubset": "encryptionContextSubset", "EncryptionContextEquals": "encryptionContextEquals"}
    return {
        "id": grant.id,
        "grantee": grant.grantee_principal,
        "operations": list(grant.operations or []),
        "constraints": {known[k]: v for k, v in constraints.items() if k in known and v},
    }


def _catalog(account_id: str, region: str, _name: str) -> Any:
    backend = _existing(glue_backends, account_id, region)
    policy = backend.resource_policies.get(backend.default_catalog_arn) if backend else None
    return {"policy": policy["PolicyInJson"] if policy else None, "tags": {}}


def _table(account_id: str, region: str, name: str) -> Any:
    backend = _existing(dynamodb_backends, account_id, region)
    table = backend.tables.get(name) if backend else None
    if table is None:
        return None
    policy = backend.resource_policies.get(table.table_arn)
    return {
        "policy": policy.policy_doc if policy else None,
        "tags": _tags(table.tags),
        "hashKey": table.hash_key_attr,
    }


def _secret(account_id: str, region: str, name: str) -> Any:
    backend = _existing(secretsmanager_backends, account_id, region)
    try:
        secret = backend.secrets.get(name) if backend else None
    except Exception:
        return None
    if secret is None:
        return None
    return {"arn": secret.arn, "policy": getattr(secret, "policy", None), "tags": _tags(getattr(secret, "tags", None))}


def _topic(account_id: str, region: str, name: str) -> Any:
    backend = _existing(sns_backends, account_id, region)
    topic = next((t for t in backend.topics.values() if t.name == name), None) if backend else None
    return None if topic is None else {"policy": topic.policy, "tags": _tags(topic._tags)}


def matched_rules(account_id: str, region: str, event: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules of the account's default bus that the event matches, with the ARNs of their targets."""
    backend = _existing(events_backends, account_id, region)
    bus = backend.event_buses.get("default") if backend else None
    return [
        {"arn": rule.arn, "targets": [target["Arn"] for target in rule.targets]}
        for rule in (bus.rules.values() if bus else [])
        if rule.state != "DISABLED" and rule.event_pattern.dump() and rule.event_pattern.matches_event(event)
    ]


def _existing(backends: Any, account_id: str, region: str) -> Any:
    """The backend of a place; None for one that nothing was ever made in, or that is no place at all."""
    if account_id not in backends:
        return None
    try:
        return backends[account_id][region]
    except KeyError:
        return None


def _tags(tags: Any) -> dict[str, str]:
    """Tags in the one form, from the several that moto keeps them in."""
    if isinstance(tags, dict):
        return {k: str(v.get("Value", "")) if isinstance(v, dict) else str(v) for k, v in tags.items()}
    return {str(t["Key"]): str(t.get("Value", "")) for t in tags or [] if isinstance(t, dict) and "Key" in t}


_RESOURCES: dict[str, Callable[[str, str, str], Any]] = {
    "s3": _bucket,
    "s3-object": _object,
    "lambda": _function,
    "kms": _key,
    "glue": _catalog,
    "dynamodb": _table,
    "secretsmanager": _secret,
    "sns": _topic,
}
