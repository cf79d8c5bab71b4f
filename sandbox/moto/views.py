"""What the gateway reads in one piece where AWS's API would take a dozen calls."""

import json
from typing import Any

from moto.iam.models import iam_backends


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
        }

    return {
        "users": {
            name: {
                **identity(user, None),
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
